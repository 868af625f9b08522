import { edges } from './layers.ts'
import type { TextFile } from './tree.ts'

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly private?: boolean
  readonly license?: string
  readonly type?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const ours = '@data-weaver/'

/**
 * Each package is named after its folder, has the version of all, is in the table of layers, depends at run time only on what the table allows, and takes
 * versions from the workspace or the catalog. That a package declares what it imports, and no more, is knip's work.
 */
export function judgePackages(files: readonly TextFile[]): string[] {
  const root = files.find(({ path }) => path === 'package.json')
  const version = root === undefined ? undefined : (JSON.parse(root.text) as Manifest).version
  return files.flatMap(({ path, text }) => {
    const folder = /^((?:packages|services)\/[^/]+|bench)\/package\.json$/.exec(path)?.[1]
    if (folder === undefined) return []
    const manifest = JSON.parse(text) as Manifest
    return [...judgeIdentity(folder, manifest, version), ...judgeDependencies(folder, manifest)].map((problem) => `${path} ${problem}`)
  })
}

function judgeIdentity(
  folder: string,
  { name, version, private: isPrivate, license, type }: Manifest,
  ofAll: string | undefined,
): string[] {
  const expected = `${ours}${folder.split('/').at(-1)}`
  return [
    ...(name === expected ? [] : [`should be named ${expected}`]),
    ...(version === ofAll ? [] : [`should have the version ${ofAll}`]),
    ...(isPrivate === true ? [] : ['should be private']),
    ...(license === 'MIT' ? [] : ['should have the license MIT']),
    ...(type === 'module' ? [] : ['should have the type module']),
    ...(folder in edges ? [] : [`is missing in the table of layers (scripts/repository/layers.ts): ${folder}`]),
  ]
}

function judgeDependencies(folder: string, { dependencies = {}, devDependencies = {} }: Manifest): string[] {
  const allowed = edges[folder] ?? []
  const refused = Object.keys(dependencies).filter((name) => {
    if (!name.startsWith(ours)) return false
    const target = name.slice(ours.length)
    return !(allowed.includes('packages/*') && !(`services/${target}` in edges)) && !allowed.includes(`packages/${target}`)
  })
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([name, version]) => version !== (name.startsWith(ours) ? 'workspace:*' : 'catalog:'),
  )
  return [
    ...refused.map((name) => `may not depend on ${name}`),
    ...loose.map(([name, version]) => `has ${name} at ${version} instead of ${name.startsWith(ours) ? 'workspace:*' : 'catalog:'}`),
  ]
}
