import type { Json } from '@data-weaver/contracts'
import type { Decoder as DecoderConfig, Records } from '../schema/records.ts'
import { unpacking } from './compression.ts'
import { csvBody } from './csv.ts'
import { feedBody } from './feed.ts'
import { jsonBody } from './json.ts'
import { ndjsonBody } from './ndjson.ts'
import type { Row } from './row.ts'
import { xmlBody } from './xml.ts'

/** A body that was read. */
export interface Decoded {
  /** What stands for the whole of it where a path leads into the answer. */
  readonly json: Json
  readonly rows: readonly Row[]
}

/** Reads a body that is not packed. @throws WeaverError `source_malformed`, its message without anything from the body. */
export type BodyReader = (body: Uint8Array, contentType: string) => Decoded

export interface Decoder {
  /** What to ask for in `accept`. */
  readonly accept: string
  readonly read: BodyReader
}

const accepted: Readonly<Record<DecoderConfig['type'], string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson, application/jsonl, application/json;q=0.8, */*;q=0.5',
  csv: 'text/csv, */*;q=0.5',
  xml: 'application/xml, text/xml, */*;q=0.5',
  feed: 'application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5',
}

/** @param required names that the columns of a table must have for its rows to have keys */
export function decoder(records: Records | undefined, required: readonly string[]): Decoder {
  const type = records?.decoder?.type ?? 'json'
  const read = encoded(bodyReader(records, required), records?.encoding)
  const compression = records?.compression
  if (compression === undefined) return { accept: accepted[type], read }
  const unpack = unpacking(compression)
  return {
    accept: '*/*',
    read(body, contentType) {
      // The content type is that of the archive; only its files know better, and they do not say.
      const files = unpack(body).map((file) => read(file, charsetOf(contentType)))
      const [first] = files
      return first !== undefined && files.length === 1 ? first : { json: first?.json ?? null, rows: files.flatMap(({ rows }) => rows) }
    },
  }
}

const charsetOf = (contentType: string): string => /;\s*charset\s*=.*/i.exec(contentType)?.[0] ?? ''

function bodyReader(records: Records | undefined, required: readonly string[]): BodyReader {
  const { decoder: config = { type: 'json' }, path } = records ?? {}
  switch (config.type) {
    case 'json':
      return jsonBody(path)
    case 'ndjson':
      return ndjsonBody(path)
    case 'csv':
      return csvBody(config, required)
    case 'xml':
      return xmlBody(path)
    case 'feed':
      return feedBody
  }
}

function encoded(read: BodyReader, encoding: string | undefined): BodyReader {
  return encoding === undefined ? read : (body) => read(body, `text/plain; charset=${encoding}`)
}
