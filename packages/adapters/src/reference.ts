import { type Adapter, errorKinds, type ErrorCode } from '@data-weaver/contracts'
import { statusMeanings } from './answer.ts'

/** JSON Schema as far as configurations use it. */
interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly SchemaNode[]
  readonly items?: SchemaNode
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: boolean | SchemaNode
  readonly required?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
}

interface Section {
  readonly title: string
  readonly intro: string
  readonly rows: string[]
  /** The kinds that it is one of: where they are, and what they are made of. */
  readonly of?: { readonly path: string; readonly same: string }
}

/**
 * The page of an adapter in Markdown, made from its schema.
 * @param notes what a person wrote about it, Markdown below the second heading level
 */
export function adapterReference(adapter: Adapter, notes: string): string {
  const config = sections(adapter.config)
  const secrets = [...rowsOf(adapter.secrets, '', [])]
  const open = (adapter.secrets as SchemaNode).additionalProperties !== false
  return [
    `# ${adapter.id}`,
    '',
    adapter.summary,
    '',
    workOf(adapter),
    '',
    '```json',
    JSON.stringify(adapter.example, null, 2),
    '```',
    '',
    notes.trim(),
    '',
    '## Configuration',
    '',
    ...config.flatMap(({ title, intro, rows }) => [
      ...(title === '' ? [] : [`### ${title}`, '']),
      ...(intro === '' ? [] : [intro, '']),
      ...table(rows),
    ]),
    '## Secrets',
    '',
    ...(open ? [(adapter.secrets as SchemaNode).description ?? 'Any names.', ''] : secrets.length === 0 ? ['None.', ''] : table(secrets)),
    // What is pushed asks nothing of a source that could fail.
    ...(adapter.pushed === true ? [] : ['## Errors', '', ...errorTable()]),
  ].join('\n')
}

function workOf({ mode, pushed }: Adapter): string {
  if (pushed === true) return 'Pushed: the source sends, each request is a run. The schedule of its streams is `{"manual": true}`.'
  return mode === 'poll' ? 'Polls: each run fetches what there is and ends.' : 'Live: a run holds a connection open.'
}

const table = (rows: readonly string[]): string[] =>
  rows.length === 0 ? [] : ['| field | type | default | description |', '|---|---|---|---|', ...rows, '']

/** The whole configuration, and after it a section for each kind of what comes in kinds. */
function sections(root: SchemaNode): Section[] {
  const kinds: Section[] = []
  const main: Section = { title: '', intro: root.description ?? '', rows: [] }
  if (isKinds(root)) addKinds(root, '', kinds)
  else main.rows.push(...rowsOf(root, '', kinds))
  return [main, ...kinds]
}

function* rowsOf(node: SchemaNode, path: string, kinds: Section[], necessity = 'required'): Generator<string> {
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    const field = path === '' ? name : `${path}.${name}`
    const required = node.required?.includes(name) === true ? `, ${necessity}` : ''
    const fallback = property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``
    yield `| \`${field}\` | ${typeOf(property)}${required} | ${fallback} | ${cell(property.description ?? '')} |`
    if (isKinds(property)) addKinds(property, field, kinds)
    else yield* rowsOf(property, field, kinds)
    const [value] = Object.values(property.patternProperties ?? {})
    if (value !== undefined) yield* rowsOf(value, `${field}.*`, kinds)
    if (property.items === undefined) continue
    if (isKinds(property.items)) addKinds(property.items, `${field}[]`, kinds)
    else yield* rowsOf(property.items, `${field}[]`, kinds)
  }
  // Branches without a constant to tell them by have their fields side by side.
  if (!isKinds(node)) for (const branch of node.anyOf ?? []) yield* rowsOf(branch, path, kinds, 'in one of the forms')
}

/** A union whose branches differ in constants. */
const isKinds = (node: SchemaNode): boolean =>
  node.anyOf?.every((branch) => Object.values(branch.properties ?? {}).some((property) => property.const !== undefined)) === true

function addKinds(node: SchemaNode, path: string, kinds: Section[]): void {
  // The same kinds may be in several places: at one path they are told once, and so are those in lists.
  const same = JSON.stringify(node.anyOf)
  const told = kinds.find(({ of }) => of?.same === same)?.of
  if (told?.path === path) return
  if (told !== undefined && path.includes('[]')) {
    kinds.push({ title: `\`${path}\``, intro: `Of the same kinds as \`${told.path}\`.`, rows: [] })
    return
  }
  for (const branch of node.anyOf ?? []) {
    const constants = Object.entries(branch.properties ?? {}).filter(([, property]) => property.const !== undefined)
    const title = constants
      .map(([name, property]) => `\`${path === '' ? name : `${path}.${name}`}\`: \`${String(property.const)}\``)
      .join(', ')
    const section: Section = { title, intro: '', rows: [], of: { path, same } }
    kinds.push(section)
    section.rows.push(...rowsOf(branch, path, kinds))
  }
}

function typeOf(node: SchemaNode): string {
  if (isKinds(node)) return 'object, of a kind below'
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``
  if (node.enum !== undefined) return node.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ')
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.flatMap((branch) => (branch.anyOf ?? [branch]).map(typeOf)))].join(' or ')
  if (node.type === 'array') return `array of ${typeOf(node.items ?? {})}`
  if (node.type === 'object') {
    const [value] = Object.values(node.patternProperties ?? {})
    return value === undefined ? 'object' : `object of ${typeOf(value)}`
  }
  if (node.type === undefined) return 'any JSON'
  const { minimum, maximum } = node
  const range = minimum === undefined ? '' : maximum === undefined ? ` from ${minimum}` : ` ${minimum} to ${maximum}`
  return `${node.type}${range}`
}

/** What adapters that go by HTTP have in common: how an answer, or none, is called. */
function errorTable(): string[] {
  const network: readonly (readonly [string, ErrorCode])[] = [
    ['An answer that is not readable: HTML, broken JSON, another encoding, a path that leads nowhere', 'source_malformed'],
    ['No answer within the time limit', 'source_timeout'],
    ['No connection', 'source_unreachable'],
    ['A certificate that is not trusted', 'source_tls'],
    ['An answer that ends before it is complete', 'source_truncated'],
    ['An answer larger than the limit', 'source_too_large'],
    ['Too many redirects, or pages that lead in a circle', 'source_loop'],
    ['An address that may not be reached', 'egress_refused'],
  ]
  const statuses = statusMeanings.map(({ when, code }) => [`Status ${when}`, code] as const)
  return [
    'See [all codes](../errors.md).',
    '',
    '| what happens | code | tried again |',
    '|---|---|---|',
    ...[...statuses, ...network].map(([when, code]) => `| ${cell(when)} | \`${code}\` | ${errorKinds[code].retryable ? 'yes' : 'no'} |`),
    '',
  ]
}

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')
