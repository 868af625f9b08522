import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// Each rule is shown to fire, and to stay silent where it should, on small files in a folder of their own. The linter runs once
// over all of them, with the project's own configuration.

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Case {
  readonly path: string
  readonly code: string
  /** The rules that must fire, all of them and no others. */
  readonly rules: readonly string[]
}

let count = 0
const library = () => `packages/egress/src/case-${++count}.ts`
const fires = (rule: string, code: string, path = library()): Case => ({ path, code, rules: [rule] })
const silent = (code: string, path = library()): Case => ({ path, code, rules: [] })
const testFile = () => `packages/egress/src/case-${++count}.test.ts`
const lines = (n: number, line = '  one()') => `${line}\n`.repeat(n)
// Written in two parts, so that a search for the banned call does not find this file.
const viCall = (method: string) => `import { vi } from 'vitest'\nvi.${method}('./x.ts')`

const ambient: Case[] = [
  ...[
    'export const a = Date.now()',
    'export const a = globalThis.Date.now()',
    "export const a = Date['now']()",
    'const { now } = Date\nexport const a = now()',
    'export const a = new Date()',
    'export const a = Date()',
    'export const a = performance.now()',
    'export const a = Math.random()',
    'export const a = (f: () => void) => setTimeout(f, 5)',
    'export const a = (f: () => void) => setInterval(f, 5)',
    "import { setTimeout as wait } from 'node:timers/promises'\nexport const a = () => wait(1)",
    "import { performance as p } from 'node:perf_hooks'\nexport const a = p.now()",
    "export const a = () => fetch('http://localhost')",
    'export const a = process.env.HOME',
    'export const { env } = process',
    "import { env } from 'node:process'\nexport const a = env",
    'export const a = process.argv',
    'export const a = () => process.exit(1)',
  ].map((code) => fires('weaver(no-ambient)', code)),
  silent('export const a = new Date(5)'),
  silent('export const a = Date.parse("2026-01-01")'),
  silent('export const a = (clock: { now(): number }) => clock.now()'),
  silent('export const a = (fetch: (url: string) => number) => fetch("x")'),
  silent('export const a = (process: { env: string }) => process.env'),
  silent('export const a = process.pid'),
  silent('export const a = Date.now()', 'packages/contracts/src/clock.ts'),
  fires('weaver(no-ambient)', 'export const a = process.env', 'packages/contracts/src/other.ts'),
  silent('export const a = [process.env, Date.now(), process.exit]\nconsole.log(a)', 'services/worker/src/main.ts'),
  fires('weaver(no-ambient)', 'export const a = process.env', 'services/worker/src/app.ts'),
  silent('export const a = [process.env, Date.now()]\nconsole.log(a)', 'scripts/case.ts'),
  silent('export const a = Date.now()', 'bench/case.ts'),
  silent('export const a = [process.env, Date.now()]', testFile()),
  fires('weaver(no-ambient)', 'export const a = Math.random()', testFile()),
  fires('weaver(no-ambient)', 'export const a = () => process.exit(0)', testFile()),
]

const imports: Case[] = [
  fires('weaver(imports)', "export * from 'bullmq'"),
  fires('weaver(imports)', "import 'bullmq'", 'services/worker/src/queue.ts'),
  fires('weaver(imports)', "export const a = () => import('bullmq')"),
  fires('weaver(imports)', "export type { Job } from 'bullmq'"),
  fires('weaver(imports)', "import 'bullmq'", testFile()),
  silent("import 'bullmq'", 'packages/queue/src/case.ts'),
  fires('weaver(imports)', "import '@data-weaver/supervisor'", 'services/worker/src/other-service.ts'),
  fires('weaver(imports)', "import '@data-weaver/worker'", 'packages/ledger/src/service.ts'),
  fires('weaver(imports)', "import '@data-weaver/ledger'", 'packages/contracts/src/ledger.ts'),
  fires('weaver(imports)', "import '@data-weaver/ledger'"),
  fires('weaver(imports)', "import '@data-weaver/testkit'"),
  fires('weaver(imports)', "import '@data-weaver/testkit'", 'services/worker/src/kit.ts'),
  fires('weaver(imports)', "import '../../ledger/src/index.ts'"),
  fires('weaver(imports)', "import '../../../scripts/case.ts'"),
  fires('weaver(imports)', "import 'undici'", 'packages/adapters/http/case.ts'),
  fires('weaver(imports)', "import 'node:http'", 'packages/adapters/http/server.ts'),
  fires('weaver(imports)', "import 'vitest'"),
  silent("import '@data-weaver/contracts'"),
  silent("import '@data-weaver/testkit'", testFile()),
  silent("import '@data-weaver/egress'", 'packages/adapters/http/case.test.ts'),
  silent("import '@data-weaver/ledger'", 'services/worker/src/ledger.ts'),
  silent("import 'vitest'", 'packages/queue/src/conformance.ts'),
]

const promises: Case[] = [
  fires('typescript(no-floating-promises)', 'const f = async () => 1\nexport const g = () => {\n  f()\n}'),
  fires('typescript(no-misused-promises)', 'const f = async () => 1\nexport const g = () => [1].forEach(async () => {\n  await f()\n})'),
  fires('typescript(await-thenable)', 'export const g = async (a: number) => {\n  await a\n}'),
  silent('const f = async () => 1\nexport const g = async () => {\n  await f()\n  void f()\n}'),
]

const tests: Case[] = [
  ...['mock', 'doMock'].map((method) => fires('vitest(no-restricted-vi-methods)', viCall(method), testFile())),
  fires(
    'vitest(no-focused-tests)',
    ["import { expect, it } from 'vitest'\nit", "only('x', () => { expect(1).toBe(1) })"].join('.'),
    testFile(),
  ),
  fires('weaver(no-sleep)', 'export const a = () => new Promise((done) => setTimeout(done, 500))', testFile()),
  fires('weaver(no-sleep)', 'export const a = () => new Promise<void>((done) => setTimeout(() => done(), 5))', testFile()),
  fires('weaver(no-sleep)', 'export const a = async (c: { sleep(ms: number): Promise<void> }) => { await c.sleep(500) }', testFile()),
  silent('export const a = async (c: { sleep(ms: number): Promise<void> }) => { await c.sleep(20) }', testFile()),
  silent('export const a = (server: { close(): void }) => setTimeout(() => server.close(), 5)', testFile()),
]

const code: Case[] = [
  fires('typescript(no-explicit-any)', 'export const a = (b: any) => b'),
  fires('eslint(no-unused-vars)', 'const a = 1\nexport const b = 2'),
  fires('eslint(no-console)', "console.log('x')"),
  fires('weaver(no-message-matching)', "export const a = (error: Error) => error.message.includes('x')"),
  fires('weaver(no-message-matching)', 'export const a = (e: unknown) => /x/.test((e as Error).message)'),
  fires('weaver(no-message-matching)', "export const a = (error: Error) => error.message === 'x'"),
  silent('export const a = (event: { message: string }) => event.message.includes("x")'),
  fires(
    'weaver(constant-log-message)',
    'export const a = (log: { info(f: object, m: string): void }, n: number) => log.info({}, `took ${n}`)',
  ),
  silent("export const a = (log: { info(f: object, m: string): void }, n: number) => log.info({ n }, 'took')"),
  fires('weaver(function-length)', `const one = () => {}\nexport function a() {\n${lines(69)}}`),
  silent(`const one = () => {}\nexport function a() {\n${lines(68)}}`),
  fires(
    'weaver(function-length)',
    `import { expect, it } from 'vitest'\nconst one = () => {}\nit('x', () => {\n  expect(1).toBe(1)\n${lines(68)}})`,
    testFile(),
  ),
  silent(`import { describe } from 'vitest'\nconst one = () => {}\ndescribe('x', () => {\n${lines(100)}})`, testFile()),
  silent(
    `import { describe } from 'vitest'\nconst one = () => {}\nexport function suite() {\n  describe('x', () => {\n${lines(100)}})\n}`,
    'packages/sinks/src/conformance.ts',
  ),
  silent(
    `import { expect, it } from 'vitest'\nexport function listed() {\n${lines(40, "  it('x', () => {\n    expect(1).toBe(1)\n  })")}}`,
    'packages/sinks/src/conformance/listed.ts',
  ),
  fires('eslint(max-lines)', `export const a = 1\n${lines(400, '// line')}`),
  silent(`export const a = 1\n${lines(398, '// line')}`),
]

const groups: Record<string, Case[]> = { ambient, imports, promises, tests, code }
const found = new Map<string, Set<string>>()
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weaver-lint-'))
  const config = await readFile(join(root, '.oxlintrc.json'), 'utf8')
  await writeFile(join(folder, '.oxlintrc.json'), config.replace('./scripts/lint/plugin.ts', join(root, 'scripts/lint/plugin.ts')))
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['**/*.ts'], exclude: ['node_modules'] }),
  )
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const { path, code: text } of Object.values(groups).flat()) {
    await mkdir(join(folder, dirname(path)), { recursive: true })
    await writeFile(join(folder, path), `${text}\n`)
  }
  const answer = JSON.parse(await lint(folder)) as { diagnostics: { filename: string; code: string }[] }
  for (const { filename, code: rule } of answer.diagnostics) {
    found.set(filename, (found.get(filename) ?? new Set()).add(rule))
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

function lint(cwd: string): Promise<string> {
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  return new Promise((resolve, reject) => {
    // Exit status 1 is the expected one: there are findings.
    execFile(process.execPath, [oxlint, '--format=json'], { cwd, maxBuffer: 2 ** 26, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error !== null && error.code !== 1) reject(new Error(`oxlint: ${stderr}${stdout}`, { cause: error }))
      else resolve(stdout)
    })
  })
}

for (const [group, cases] of Object.entries(groups)) {
  describe(`lint: ${group}`, () => {
    it.each(cases)('$rules in $path: $code', ({ path, rules }) => {
      expect([...(found.get(path) ?? [])]).toEqual(rules)
    })
  })
}
