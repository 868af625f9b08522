import { createRequire, findPackageJSON, registerHooks, stripTypeScriptTypes } from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Adapter, type Clock, type FieldProblem, portVersion, summary, WeaverError } from '@data-weaver/contracts'
import { meantAsAdapter, shapeProblems, wrongPort } from './adapter-shape.ts'
import { type AdapterRegistry, builtIn, type RegisteredAdapter } from './registry.ts'

export interface OutsidePlace {
  /** Absolute folder whose installed packages are looked at first: the one a process is started in. Then those of this repository. */
  readonly from: string
  readonly clock: Clock
  /** What the adapters are added to. Default: those of this repository. */
  readonly registry?: AdapterRegistry
  /** What the problems are said of. Default: the setting. */
  readonly field?: string
}

/** Longest time for loading the code of one package, milliseconds. */
const loadMs = 30_000
/** Longest text of an error of somebody else's code that is passed on, characters. */
const longestReason = 300

/**
 * Loads adapters from outside and adds them to those of this repository. Their imports of `@data-weaver/…` are answered with what this
 * process runs, so that there is one port and one error class.
 * @param names npm package names or absolute folders, separated by commas; empty for none
 * @throws WeaverError `invalid_settings` with a problem for each package that cannot be used, and the way out
 */
export async function loadOutsideAdapters(names: string, place: OutsidePlace): Promise<AdapterRegistry> {
  const { registry = builtIn, field = 'WEAVER_ADAPTERS' } = place
  const listed = names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const errors: FieldProblem[] = []
  const loaded: RegisteredAdapter[] = []
  for (const name of listed) {
    const refuse = (problem: string, hint: string) =>
      void errors.push({ field, problem: `names ${JSON.stringify(name)}, which ${problem}`, hint })
    for (const one of await adaptersOf(name, place, refuse)) {
      const taken = registry.find(one.adapter.id) ?? loaded.find(({ adapter }) => adapter.id === one.adapter.id)
      if (taken === undefined) loaded.push(one)
      else refuse(`has an adapter "${one.adapter.id}", and that id is taken by ${ownerOf(taken)}`, 'Rename one, or leave one out.')
    }
  }
  if (errors.length > 0) throw new WeaverError('invalid_settings', summary(errors), { errors })
  return loaded.length === 0 ? registry : registry.with(loaded)
}

const ownerOf = ({ origin }: RegisteredAdapter): string =>
  origin.kind === 'builtIn' ? 'one of Data Weaver' : `the package ${origin.package}`

type Refuse = (problem: string, hint: string) => void

interface Manifest {
  readonly name?: unknown
  readonly version?: unknown
  readonly main?: unknown
  readonly exports?: unknown
  readonly dataWeaver?: { readonly port?: unknown }
}

async function adaptersOf(name: string, { from, clock }: OutsidePlace, refuse: Refuse): Promise<RegisteredAdapter[]> {
  const path = manifestPath(name, from, refuse)
  if (path === undefined) return []
  const manifest = readManifest(path, refuse)
  if (manifest === undefined) return []
  const port = manifest.dataWeaver?.port
  if (port !== undefined && port !== portVersion) {
    const { problem, hint } = wrongPort(port)
    refuse(problem, hint)
    return []
  }
  const folder = dirname(path)
  const exported = await load(join(folder, entryOf(manifest)), clock, refuse)
  if (exported === undefined) return []
  const candidates = candidatesIn(exported)
  if (candidates.length === 0) {
    refuse('exports no adapter', 'Export it from the main file of the package: `export default adapter`, or a list of several.')
    return []
  }
  const origin = {
    kind: 'package',
    package: typeof manifest.name === 'string' ? manifest.name : folder,
    version: typeof manifest.version === 'string' ? manifest.version : '',
    folder,
  } as const
  return candidates.flatMap((candidate): RegisteredAdapter[] => {
    if (port === undefined && candidate.port === undefined) {
      refuse('does not say which version of the port it is for', `Add \`"dataWeaver": { "port": ${portVersion} }\` to its package.json.`)
      return []
    }
    const problems = shapeProblems(candidate)
    for (const { problem, hint } of problems) refuse(`has an adapter ${JSON.stringify(candidate.id)} that ${problem}`, hint)
    return problems.length > 0 ? [] : [{ adapter: candidate as unknown as Adapter, origin }]
  })
}

const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/

function manifestPath(name: string, from: string, refuse: Refuse): string | undefined {
  if (isAbsolute(name)) return join(name, 'package.json')
  if (!packageName.test(name)) {
    refuse('is neither the name of a package nor an absolute folder', 'Write it like weaver-adapter-weather or /srv/adapters/weather.')
    return undefined
  }
  for (const base of [pathToFileURL(join(from, 'here.js')), import.meta.url]) {
    try {
      const path = findPackageJSON(name, base)
      if (path !== undefined) return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    }
  }
  refuse('is not installed', `Install it: npx -y pnpm@12 add -w ${name}. Or name the absolute folder it lies in.`)
  return undefined
}

function readManifest(path: string, refuse: Refuse): Manifest | undefined {
  try {
    // By Node's own loader, which is at hand here; files are nothing that adapters read.
    const manifest: unknown = createRequire(import.meta.url)(path)
    if (typeof manifest === 'object' && manifest !== null) return manifest
    refuse('has a package.json that is no object', `See ${path}.`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') refuse('is no folder with a package.json', `There is no ${path}.`)
    else refuse(`has a package.json that cannot be read: ${reasonOf(error)}`, `See ${path}.`)
  }
  return undefined
}

/** The main file of a package, as `import` finds it. */
function entryOf({ exports, main }: Manifest): string {
  const found = exportedFile(exports)
  if (found !== undefined) return found
  return typeof main === 'string' && main !== '' ? main : 'index.js'
}

const conditions: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'default'])

function exportedFile(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports
  if (Array.isArray(exports)) return exportedFile(exports[0])
  if (typeof exports !== 'object' || exports === null) return undefined
  if ('.' in exports) return exportedFile(exports['.'])
  // Conditions are tried in the order in which the package names them.
  const [first] = Object.entries(exports)
    .filter(([condition]) => conditions.has(condition))
    .map(([, target]) => exportedFile(target))
    .filter((target) => target !== undefined)
  return first
}

const hints: Readonly<Record<string, string>> = {
  ERR_MODULE_NOT_FOUND: 'Install what it depends on, and see that its main file is there.',
  ERR_UNKNOWN_FILE_EXTENSION: 'Its main file must be JavaScript, or TypeScript that Node runs.',
}

async function load(path: string, clock: Clock, refuse: Refuse): Promise<Readonly<Record<string, unknown>> | undefined> {
  offerThisPort()
  const over = new AbortController()
  const late = clock.sleep(loadMs, over.signal).then(() => {
    throw new Error(`it is not loaded after ${loadMs} ms`)
  })
  late.catch(() => {})
  try {
    const loading = import(pathToFileURL(path).href) as Promise<Readonly<Record<string, unknown>>>
    return await Promise.race([loading, late])
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | null)?.code ?? ''
    refuse(`cannot be loaded: ${reasonOf(error)}`, hints[code] ?? `See ${path}.`)
    return undefined
  } finally {
    over.abort()
  }
}

function candidatesIn(exported: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  const values = [exported.default, exported.adapter, exported.adapters].flat()
  return [...new Set(values)].filter(meantAsAdapter)
}

const reasonOf = (error: unknown): string => {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return line.slice(0, longestReason)
}

/** Where the code lies that this process is made of. A package from outside may lie beside it, in another folder of the same root. */
const ours = ['packages/', 'services/', 'scripts/', 'bench/', 'test/'].map((folder) => new URL(`../../../${folder}`, import.meta.url).href)
const isOurs = (url: string): boolean => ours.some((folder) => url.startsWith(folder)) && !url.includes('/node_modules/')

/** What the kits are made of: a package from outside that has no copy of its own gets the one of this process. */
const lent = /^(?:typebox|@bufbuild\/protobuf)(?:\/|$)/

let offered = false

/**
 * Packages from outside import the port by name, and mostly have no copy of it. Whatever copy they may have, they get the one of this
 * process: an error of another copy's class would not be known as one.
 */
function offerThisPort(): void {
  if (offered) return
  offered = true
  registerHooks({
    resolve(specifier, context, next) {
      const fromOutside = context.parentURL !== undefined && !isOurs(context.parentURL)
      if (!fromOutside) return next(specifier, context)
      const asIfFromHere = { ...context, parentURL: import.meta.url }
      if (specifier.startsWith('@data-weaver/')) return next(specifier, asIfFromHere)
      if (!lent.test(specifier)) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch {
        return next(specifier, asIfFromHere)
      }
    },
    // Node leaves types in files below `node_modules`. Adapters are read by this Node only, so they may be published as they are written.
    load(url, context, next) {
      if (!/\/node_modules\/.*\.ts$/.test(url)) return next(url, context)
      const loaded = next(url, { ...context, format: 'module' })
      const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
      return { ...loaded, format: 'module', source: stripTypeScriptTypes(source) }
    },
  })
}
