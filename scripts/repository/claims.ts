import type { TextFile } from './tree.ts'

/** Pages that people read, but for tutorials, which name the files that one makes by following them, and what is generated. */
const isPage = ({ path }: TextFile): boolean => path.endsWith('.md') && !path.startsWith('docs/tutorials/')
const architecture = 'docs/architecture.md'
const description = 'docs/openapi.json'

/** What a page names in code is there: files, tests, settings and operations of the API. Pages outlive what they speak of. */
export function judgeClaims(files: readonly TextFile[]): string[] {
  const isThere = named(files)
  return files.filter(isPage).flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) =>
      [...spans(line), ...settings(line)].flatMap((name) => {
        const missing = isThere(name)
        return missing === undefined ? [] : [`${path}:${index + 1} names \`${name}\`, ${missing}`]
      }),
    ),
  )
}

const spans = (line: string): string[] => [...line.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span)
/** Also in blocks of code. */
const settings = (line: string): string[] => [...line.matchAll(/\bWEAVER_[A-Z0-9_]*[A-Z0-9]\b/g)].map(([name]) => name)

/** Why a name is none, by what it looks like; undefined for one that is there, and for what is no such name. */
function named(files: readonly TextFile[]): (name: string) => string | undefined {
  const paths = new Set(files.map(({ path }) => path))
  const folders = new Set([...paths].flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))))
  const known = new Set(files.filter(({ path }) => !path.endsWith('.md')).flatMap(({ text }) => settings(text)))
  const operations = operationsOf(files)
  return (name) => {
    if (/^WEAVER_[A-Z0-9_]+$/.test(name))
      return known.has(name.replace(/_FILE$/, '')) || known.has(name) ? undefined : 'which nothing reads'
    if (/^(bench|deploy|docs|examples|migrations|packages|scripts|services|test)\/[\w./-]*$/.test(name)) {
      const path = name.replace(/\/$/, '')
      return paths.has(path) || folders.has(path) ? undefined : 'which is not there'
    }
    if (/^[\w./-]+\.(test|faults|simulation)\.tsx?$/.test(name)) {
      const end = `/${name.replace(/^(\.\.?\/)+/, '')}`
      return [...paths].some((path) => path.endsWith(end)) ? undefined : 'a test that is not there'
    }
    const [, method, route] = /^(GET|POST|PUT|PATCH|DELETE) (\/v1\/[^\s?]*)/.exec(name) ?? []
    if (method === undefined || route === undefined) return undefined
    return operations.some((operation) => operation.test(`${method} ${route}`)) ? undefined : 'which the API does not have'
  }
}

/** As patterns: a page may say `{id}` or name a stream. */
function operationsOf(files: readonly TextFile[]): RegExp[] {
  const text = files.find(({ path }) => path === description)?.text
  const { paths = {} } = (text === undefined ? {} : JSON.parse(text)) as { readonly paths?: Readonly<Record<string, object>> }
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => new RegExp(`^${method.toUpperCase()} ${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)),
  )
}

/** The page on the architecture has one row for each package and service. */
export function judgeArchitecture(files: readonly TextFile[]): string[] {
  const page = files.find(({ path }) => path === architecture)
  if (page === undefined) return []
  const homes = files.flatMap(({ path }) => /^((?:packages|services)\/[^/]+)\/package\.json$/.exec(path)?.[1] ?? [])
  const rows = [...page.text.matchAll(/^\| `((?:packages|services)\/[^`]+)` \|/gm)].map(([, home]) => home)
  return [
    ...homes.filter((home) => !rows.includes(home)).map((home) => `${architecture} does not say what is in ${home}`),
    ...rows.filter((home, index) => rows.indexOf(home) !== index).map((home) => `${architecture} says twice what is in ${home}`),
  ]
}
