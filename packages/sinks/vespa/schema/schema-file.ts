import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type VespaSchema, WeaverError } from '@data-weaver/contracts'
import { spellType } from '../fields/field-type.ts'

/** A schema file as it is written: fields of its own only. */
export interface SchemaFile {
  readonly name: string
  readonly inherits: readonly string[]
  /** Types by name of the field, in one spelling. */
  readonly fields: ReadonlyMap<string, string>
  /** By name of the field, what decides how text is found in it: whether it is in an index, and how it is matched, stemmed and normalized there. */
  readonly indexing: ReadonlyMap<string, string>
}

const token = /#[^\n]*|"(?:[^"\\]|\\.)*"|[A-Za-z0-9_.$-]+|\n|./gsu

/**
 * Reads what concerns feeding out of a schema: the document type, what it inherits, and its fields with their types. The rest (rank profiles, summaries) is passed over.
 * @throws WeaverError `invalid_config` when it is no schema
 */
export function parseSchema(text: string, file = 'the schema'): SchemaFile {
  const tokens = (text.match(token) ?? []).filter((each) => !each.startsWith('#'))
  const at = findDocument(tokens)
  if (at === undefined) throw new WeaverError('invalid_config', `${file} has no document in it`)
  const inherits: string[] = []
  const fields = new Map<string, string>()
  const indexing = new Map<string, string>()
  let next = at.next
  for (; next < tokens.length && tokens[next] !== '{'; next++) {
    const word = tokens[next] ?? ''
    if (/^[A-Za-z_]/.test(word) && word !== 'inherits') inherits.push(word)
  }
  let depth = 0
  for (; next < tokens.length; next++) {
    const word = tokens[next]
    if (word === '{') depth += 1
    else if (word === '}') {
      depth -= 1
      if (depth === 0) break
    } else if (word === 'field' && depth === 1) {
      const found = readField(tokens, next)
      if (found === undefined)
        throw new WeaverError('invalid_config', `${file} has a field without a type after ${[...fields.keys()].at(-1) ?? 'the beginning'}`)
      fields.set(found.name, spellType(found.type))
      indexing.set(found.name, found.indexing)
      next = found.next - 1
    }
  }
  return { name: at.name, inherits, fields, indexing }
}

/** Where `document NAME` stands. */
function findDocument(tokens: readonly string[]): { name: string; next: number } | undefined {
  const words = tokens.map((each, index) => [each, index] as const).filter(([each]) => each.trim() !== '')
  const found = words.findIndex(([word], index) => word === 'document' && /^[A-Za-z_{]/.test(words[index + 1]?.[0] ?? ''))
  const [name, index] = words[found + 1] ?? []
  if (found < 0 || name === undefined || index === undefined) return undefined
  if (name !== '{') return { name, next: index + 1 }
  // Without a name it is that of the schema.
  const own = words.findIndex(([word]) => word === 'schema' || word === 'search')
  const [schema] = words[own + 1] ?? []
  return own < 0 || schema === undefined ? undefined : { name: schema, next: index }
}

interface ReadField {
  readonly name: string
  readonly type: string
  readonly indexing: string
  /** The first token after its brace. */
  readonly next: number
}

/** `field NAME type TYPE {`: a type may have braces of its own, those of mapped dimensions. */
function readField(tokens: readonly string[], from: number): ReadField | undefined {
  const head: string[] = []
  let next = from + 1
  let round = 0
  for (; next < tokens.length; next++) {
    const each = tokens[next] ?? ''
    if (each === '(') round += 1
    if (each === ')') round -= 1
    if (each === '{' && round === 0) break
    if (each.trim() !== '') head.push(each)
  }
  const [name, word, ...type] = head
  if (name === undefined || word !== 'type' || type.length === 0) return undefined
  const body = closing(tokens, next)
  return { name, type: type.join(''), indexing: indexingOf(tokens.slice(next, body)), next: body }
}

/** The token after the brace that closes the one at `from`. */
function closing(tokens: readonly string[], from: number): number {
  let depth = 0
  for (let at = from; at < tokens.length; at++) {
    if (tokens[at] === '{') depth += 1
    if (tokens[at] === '}' && --depth === 0) return at + 1
  }
  return tokens.length
}

/** What of a field's body decides about its index; empty when it has none. */
function indexingOf(body: readonly string[]): string {
  if (!statement(body, 'indexing').includes('index')) return ''
  return [
    'index',
    ...['match', 'stemming', 'normalizing'].flatMap((word) => statement(body, word).map((value) => `${word}: ${value}`)),
  ].join(', ')
}

/** The words of `name: …` up to the end of its line, or in its braces. */
function statement(body: readonly string[], name: string): readonly string[] {
  const at = body.findIndex(
    (each, index) => each === name && (body[index + 1] === ':' || body[index + 1] === ' ' || body[index + 1] === '{'),
  )
  if (at < 0) return []
  const rest = body.slice(at + 1)
  const end = rest.findIndex((each, index) => (index > 1 && each === '\n') || each === '}')
  return rest.slice(0, end < 0 ? undefined : end).filter((each) => /^[A-Za-z]/.test(each))
}

/**
 * The document types of an application package: all their fields, inherited ones among them, by type.
 * @throws WeaverError `invalid_config` naming the file
 */
export async function readApplicationPackage(folder: string): Promise<WholeSchemas> {
  const schemas = join(folder, 'schemas')
  const names = await readdir(schemas).catch((cause: unknown) => {
    throw new WeaverError('invalid_config', `${schemas} cannot be read: it is no application package of Vespa`, { cause })
  })
  const files = new Map<string, SchemaFile>()
  for (const name of names.filter((each) => each.endsWith('.sd')).toSorted()) {
    const file = parseSchema(await readFile(join(schemas, name), 'utf8'), join(schemas, name))
    files.set(file.name, file)
  }
  return flatten(files)
}

/** A schema with all that it inherits. */
export interface WholeSchema extends VespaSchema {
  readonly indexing: ReadonlyMap<string, string>
}
export type WholeSchemas = ReadonlyMap<string, WholeSchema>

/** Schemas with what they inherit of one another. @throws WeaverError `invalid_config` when one inherits itself */
export const flatten = (files: ReadonlyMap<string, SchemaFile>): WholeSchemas =>
  new Map([...files.keys()].map((name) => [name, flattened(name, files, new Set())]))

function flattened(name: string, files: ReadonlyMap<string, SchemaFile>, seen: ReadonlySet<string>): WholeSchema {
  const file = files.get(name)
  if (file === undefined) return { inherits: [], fields: new Map(), indexing: new Map() }
  if (seen.has(name)) throw new WeaverError('invalid_config', `the document type ${name} inherits itself`)
  const parents = file.inherits.map((parent) => flattened(parent, files, new Set([...seen, name])))
  return {
    inherits: [...file.inherits, ...parents.flatMap(({ inherits }) => inherits)],
    fields: new Map([...parents.flatMap(({ fields }) => [...fields]), ...file.fields]),
    indexing: new Map([...parents.flatMap(({ indexing }) => [...indexing]), ...file.indexing]),
  }
}
