import { type DocumentQuery, type JsonObject, type StoredDocument, WeaverError } from '@data-weaver/contracts'
import { type Connections, guarded, type Query } from './connection.ts'
import { readCursor, writeCursor } from './cursor.ts'

export interface DocumentRow extends Record<string, unknown> {
  readonly id: string
  readonly stream: string
  /** A bigint, which comes as text. */
  readonly seq: string
  readonly fields: JsonObject
  readonly result_id: string
  readonly record: number
  readonly run_id: string
  readonly stream_id: string
  readonly stream_version: number
  readonly transform_version: number
  readonly changed_at: Date
  readonly revision: number
}

export const documentColumns = [
  ...['id', 'stream', 'seq', 'fields', 'result_id', 'record', 'run_id', 'stream_id', 'stream_version', 'transform_version'],
  ...['changed_at', 'revision'],
] as const
const columns = documentColumns.join(', ')

/** Longest text to search for: each word costs, and a question has few. */
const maxQueryCharacters = 1000
/** Documents that are looked through from the newest on before the index of words is asked. */
const lookThrough = 1000

/** Newest change first, then by id. */
export async function searchDocuments(
  connections: Connections,
  query: DocumentQuery,
): Promise<{ items: readonly StoredDocument[]; next: string | null }> {
  const { limit, q = '' } = query
  if (q.length > maxQueryCharacters) throw invalid('q', `is longer than ${maxQueryCharacters} characters`)
  if (!Number.isSafeInteger(limit) || limit < 1) throw invalid('limit', 'must be a whole number of at least 1')
  const found = await findPage(connections, query)
  const items = found.slice(0, limit).map(toDocument)
  const last = items.at(-1)
  return { items, next: found.length > limit && last !== undefined ? writeCursor(last) : null }
}

/** One row more than the limit, when there are more. */
async function findPage(connections: Connections, query: DocumentQuery): Promise<DocumentRow[]> {
  if (query.q === undefined || query.q.trim() === '') return await read(connections, newestStatement(query))
  // A frequent word is in enough of the newest documents, and a rare one in few documents altogether. Each way is fast where the
  // other is slow, and Postgres cannot know which it is: words go with streams and times. So the cheap one is tried first.
  const found = await read(connections, lookThroughStatement(query))
  return found.length > query.limit ? found : await read(connections, wordsStatement(query))
}

/** Goes down the index of times. */
export function newestStatement(query: DocumentQuery): Query {
  const { where, bind, values } = conditions(query)
  return {
    text: `SELECT ${columns} FROM weaver_documents.documents WHERE ${where} ORDER BY changed_at DESC, id LIMIT ${bind(query.limit + 1)}`,
    values,
  }
}

/** Goes down the index of times for a while, and looks for the words in each document. */
export function lookThroughStatement(query: DocumentQuery): Query {
  const { where, bind, values } = conditions(query)
  const newest = `SELECT * FROM weaver_documents.documents WHERE ${where} ORDER BY changed_at DESC, id LIMIT ${lookThrough}`
  const text = `SELECT ${columns} FROM (${newest}) AS newest WHERE ${matches(bind, query)} ORDER BY changed_at DESC, id LIMIT ${bind(query.limit + 1)}`
  return { text, values }
}

/** Takes what the index of words has and sorts it. The sum keeps Postgres from going down the index of times for the order. */
export function wordsStatement(query: DocumentQuery): Query {
  const { where, bind, values } = conditions(query)
  const order = `ORDER BY changed_at + interval '0' DESC, id LIMIT ${bind(query.limit + 1)}`
  return { text: `SELECT ${columns} FROM weaver_documents.documents WHERE ${where} AND ${matches(bind, query)} ${order}`, values }
}

type Bind = (value: unknown) => string

const matches = (bind: Bind, { q = '' }: DocumentQuery): string =>
  `weaver_documents.searchable(fields) @@ websearch_to_tsquery('pg_catalog.simple'::regconfig, ${bind(words(q))})`

/** All conditions but the words. The statements have no name: Postgres plans each with its values. */
function conditions({ tenant, stream, result, from, until, after }: DocumentQuery): { where: string; bind: Bind; values: unknown[] } {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`
  const parts = [`tenant = ${bind(tenant)}`, 'NOT deleted']
  if (stream !== undefined) parts.push(`stream = ${bind(words(stream))}`)
  // No index has it: one would be written with each newer lineage. With the stream it is looked for in one stream only.
  if (result !== undefined) parts.push(`result_id = ${bind(result)}`)
  if (from !== undefined) parts.push(`changed_at >= ${bind(from)}::timestamptz`)
  if (until !== undefined) parts.push(`changed_at <= ${bind(until)}::timestamptz`)
  if (after !== undefined) {
    const { changedAt, id } = readCursor(after)
    const time = `${bind(changedAt)}::timestamptz`
    // The first part is what the index is entered by; the second takes away the few of the same millisecond that were shown.
    parts.push(`changed_at <= ${time} AND (changed_at < ${time} OR id > ${bind(id)})`)
  }
  return { where: parts.join(' AND '), bind, values }
}

export async function findDocument(connections: Connections, tenant: string, id: string): Promise<StoredDocument | undefined> {
  // Postgres has no text with these in it, so no document either.
  if (id.includes('\0') || !id.isWellFormed()) return undefined
  const [row] = await read(connections, {
    name: 'weaver_documents_find',
    text: `SELECT ${columns} FROM weaver_documents.documents WHERE tenant = $1 AND id = $2 AND NOT deleted`,
    values: [tenant, id],
  })
  return row === undefined ? undefined : toDocument(row)
}

/** Text as Postgres can take it: the two things it cannot hold are between words anyway. */
const words = (text: string): string => text.replaceAll('\0', ' ').toWellFormed()

const read = async (connections: Connections, query: Query): Promise<DocumentRow[]> => await guarded(connections.rows<DocumentRow>(query))

const invalid = (field: string, problem: string): WeaverError =>
  new WeaverError('invalid_request', `${field} ${problem}`, { errors: [{ field, problem }] })

export const toDocument = (row: DocumentRow): StoredDocument => ({
  id: row.id,
  stream: row.stream,
  seq: Number(row.seq),
  fields: row.fields,
  lineage: {
    resultId: row.result_id,
    record: row.record,
    runId: row.run_id,
    streamId: row.stream_id,
    streamVersion: row.stream_version,
    transformVersion: row.transform_version,
  },
  changedAt: row.changed_at.toISOString(),
  revision: row.revision,
})
