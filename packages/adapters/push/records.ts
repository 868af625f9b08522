import { createHash } from 'node:crypto'
import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'
import { BrokenRow, type Row, rowsAt } from '../http/decoder/row.ts'
import { decodeJson, decodeText, parseJson } from '../src/exact-json.ts'
import { lookup, parsePath } from '../src/path.ts'
import type { PushConfig } from './schema.ts'

/** The records of a body. @throws WeaverError `source_malformed` when it cannot be read as a whole. */
export function* records(page: StoredPage, config: PushConfig): Generator<Rec | RecordProblem> {
  const read = recordReader(config, page.request.headers)
  for (const row of rowsOf(page, config)) yield read(row)
}

function* rowsOf({ body, response }: StoredPage, { format = 'json', records: { path } = {} }: PushConfig): Generator<Row> {
  const contentType = response.headers['content-type'] ?? ''
  switch (format) {
    case 'json':
      yield* rowsAt(path)(decodeJson(body, contentType))
      return
    case 'ndjson':
      yield* lines(decodeText(body, contentType), path)
      return
    case 'text':
      yield { text: decodeText(body, contentType) }
      return
    case 'binary':
      yield { base64: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64') }
  }
}

function* lines(text: string, path: string | undefined): Generator<Row> {
  const rows = rowsAt(path)
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      // A line is one record, whatever it is; only a path may lead to several.
      const json = parseJson(line)
      if (path === undefined) yield json
      else yield* rows(json)
    } catch (error) {
      if (!(error instanceof WeaverError)) throw error
      yield new BrokenRow(`line ${index + 1} cannot be read: ${error.message.replace(/^The answer (?:cannot be read: )?/, '')}`)
    }
  }
}

function recordReader(config: PushConfig, headers: StoredPage['request']['headers']): (row: Row) => Rec | RecordProblem {
  const { primaryKey, deletedWhen, headersField, keepHeaders = [] } = config
  const keys = primaryKey?.map((text) => ({ text, path: parsePath(text) }))
  const deletedPath = deletedWhen && parsePath(deletedWhen.path)
  const kept = Object.fromEntries(
    keepHeaders.flatMap((name) => {
      const value = headers[name.toLowerCase()]
      return value === undefined ? [] : [[name.toLowerCase(), value]]
    }),
  )
  return (row) => {
    if (row instanceof BrokenRow) return { problem: row.problem }
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return { problem: `the record is ${nameOf(row)}, not an object` }
    const raw = row as JsonObject
    const fields = headersField === undefined ? raw : { ...raw, [headersField]: kept }
    const key: (string | number)[] = []
    for (const { text, path } of keys ?? []) {
      const value = lookup(fields, path)
      if (typeof value !== 'number' && (typeof value !== 'string' || value === ''))
        return { problem: `the record has no text or number at \`${text}\`, which is part of its primary key` }
      key.push(value)
    }
    if (keys === undefined) key.push(createHash('sha256').update(JSON.stringify(raw)).digest('hex').slice(0, 32))
    const deleted = deletedPath !== undefined && lookup(fields, deletedPath) === deletedWhen?.equals
    return deleted ? { key, fields, deleted: true } : { key, fields }
  }
}

const nameOf = (value: Json): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`)
