import { posix } from 'node:path'

/**
 * Who may import whom, by folder. Services → packages → contracts; services never import each other. A package that is not in
 * the table may import nothing of ours, so a new edge is a decision that shows in this file.
 */
export const edges: Readonly<Record<string, readonly string[]>> = {
  'packages/contracts': [],
  // It is for any program, so it knows the API by its description alone.
  'packages/client': [],
  'packages/schedule': ['packages/contracts'],
  'packages/process': ['packages/contracts'],
  'packages/failpoints': ['packages/contracts'],
  'packages/embedded-postgres': ['packages/contracts', 'packages/process'],
  'packages/adapters': ['packages/contracts'],
  'packages/sinks': ['packages/contracts'],
  'packages/transform': ['packages/contracts'],
  'packages/egress': ['packages/contracts'],
  'packages/vault': ['packages/contracts'],
  'packages/object-store': ['packages/contracts', 'packages/process'],
  'packages/ledger': ['packages/contracts', 'packages/schedule'],
  'packages/queue': ['packages/contracts', 'packages/schedule'],
  'packages/testkit': ['packages/contracts', 'packages/embedded-postgres', 'packages/process'],
  'services/supervisor': ['packages/*'],
  'services/worker': ['packages/*'],
  'services/standalone': ['packages/*'],
  'services/cli': ['packages/*'],
  'services/console': ['packages/client', 'packages/contracts'],
  bench: ['packages/*'],
}

/** Packages that only tests and the benchmark import: they are never part of what is installed in production. */
const testOnly: ReadonlySet<string> = new Set(['packages/testkit'])

/** Folders outside the workspace packages that put everything together. */
const togetherness: readonly string[] = ['scripts', 'test']

/** Libraries that have one place, and why. A name that ends in `/` stands for all that begin with it. */
export const placed: readonly { readonly names: readonly string[]; readonly places: readonly string[]; readonly why: string }[] = [
  { names: ['bullmq', 'ioredis'], places: ['packages/queue'], why: 'The queue is behind packages/queue.' },
  { names: ['@bull-board/'], places: ['packages/queue', 'services/supervisor'], why: 'Bull Board is a page of the supervisor.' },
  { names: ['drizzle-orm', 'drizzle-kit'], places: ['packages/ledger', '.'], why: 'Tables and their SQL are behind packages/ledger.' },
  { names: ['minio'], places: ['packages/object-store'], why: 'Object stores are behind packages/object-store.' },
  { names: ['ajv', 'ajv-formats'], places: ['packages/contracts'], why: 'There are two Ajv profiles, both in packages/contracts.' },
  { names: ['ipaddr.js'], places: ['packages/egress'], why: 'Addresses are judged in packages/egress.' },
  { names: ['cron-parser'], places: ['packages/schedule'], why: 'Nominal times come from packages/schedule.' },
  { names: ['embedded-postgres'], places: ['packages/embedded-postgres'], why: 'Embedded Postgres is behind packages/embedded-postgres.' },
  {
    names: ['undici'],
    places: ['packages/egress', 'packages/object-store', 'packages/sinks'],
    why: 'Requests go through the `Http` that is passed in.',
  },
]

/** Modules by which code reaches out of the process, closed to packages that only compute. */
const outward = /^(node:)?(child_process|cluster|dgram|dns|fs|http|https|http2|inspector|net|tls|worker_threads)(\/|$)/
const pure: ReadonlySet<string> = new Set(['packages/adapters', 'packages/contracts', 'packages/schedule', 'packages/transform'])

export const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file) || /(^|\/)test\//.test(file)
/** A conformance suite is exported for the tests of implementations, so it may import the test runner. */
const isSuite = (file: string): boolean => /(^|\/)conformance(\.ts$|\/)/.test(file)

/** `packages/queue` for a file below it, `scripts`, `test` or `bench` likewise, `.` for a file at the root. */
export const homeOf = (file: string): string => /^((?:packages|services)\/[^/]+|scripts|test|bench)\//.exec(file)?.[1] ?? '.'

/**
 * What is wrong with an import, or undefined.
 * @param file path from the root of the repository, with forward slashes
 * @param specifier as written
 */
export function judgeImport(file: string, specifier: string): string | undefined {
  const home = homeOf(file)
  if (specifier.startsWith('.')) return judgeRelative(file, home, specifier)
  if (specifier.startsWith('@data-weaver/')) return judgeOurs(file, home, specifier)
  return judgeLibrary(file, home, specifier)
}

function judgeRelative(file: string, home: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(file), specifier)
  const targetHome = homeOf(target)
  if (targetHome === home || !/^(packages|services)\//.test(targetHome)) {
    return /^(packages|services)\//.test(home) && targetHome !== home ? `${home} may not reach into ${targetHome}.` : undefined
  }
  return `Import ${targetHome} by its package name, not by a path into it.`
}

function judgeOurs(file: string, home: string, specifier: string): string | undefined {
  const name = specifier.split('/')[1] ?? ''
  const targets = ['packages', 'services'].map((folder) => `${folder}/${name}`)
  if (targets.includes(home) || togetherness.includes(home) || home === '.') return undefined
  const allowed = edges[home] ?? []
  const mayPackages = allowed.includes('packages/*') || isTest(file) || isSuite(file)
  const [asPackage = '', asService = ''] = targets
  if (asService in edges) return `${home} may not import ${asService}: services are imported by nobody.`
  if (testOnly.has(asPackage) && home !== 'bench' && !isTest(file) && !isSuite(file)) return `${asPackage} is for tests only.`
  if (mayPackages || allowed.includes(asPackage)) return undefined
  return `${home} may not import ${asPackage}. Allowed edges are in scripts/repository/layers.ts.`
}

function judgeLibrary(file: string, home: string, specifier: string): string | undefined {
  if (isTest(file) || togetherness.includes(home) || home === 'bench')
    return specifier === 'bullmq' && home !== 'packages/queue' ? placed[0]?.why : undefined
  if (isSuite(file) || home === 'packages/testkit') return undefined
  if (specifier === 'vitest') return home === '.' ? undefined : 'The test runner is for tests.'
  if (pure.has(home) && outward.test(specifier)) return `${home} only computes: what it needs from outside is passed in.`
  for (const { names, places, why } of placed) {
    if (!places.includes(home) && names.some((name) => matches(specifier, name))) return why
  }
  return undefined
}

const matches = (specifier: string, name: string): boolean =>
  name.endsWith('/') ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`)
