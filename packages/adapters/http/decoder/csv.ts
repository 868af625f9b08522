import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Json, WeaverError } from '@data-weaver/contracts'
import { CsvError, parse as parseStream } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { decodeText } from '../../src/exact-json.ts'
import type { CsvDecoder } from '../schema/records.ts'
import type { BodyReader } from './decoder.ts'
import { BrokenRow, isReadable, type Row } from './row.ts'

/** Longest line, in characters: where a quote is never closed, the rest of the body would be one value. */
const longestLine = 1_000_000

/**
 * Lines with separated values. A line with more or fewer values than there are columns is a record that cannot be read, except at the end of
 * a body without a line break, which was cut off.
 * @param required columns without which no row has a key: a table without them is another one, or none
 */
export function csvBody(config: CsvDecoder, required: readonly string[]): BodyReader {
  return (body, contentType) => {
    const text = decodeText(body, contentType)
    const lines = linesOf(text, config)
    const columns = config.columns ?? lines.shift()
    if (columns === undefined) return { json: [], rows: [] }
    const missing = required.find((name) => !columns.includes(name))
    if (missing !== undefined) throw malformed(`the table has no column \`${missing}\`, which is part of the primary key`)
    const rows = lines.map((values, index): Row => {
      if (values.length !== columns.length)
        return new BrokenRow(`row ${index + 1} has ${values.length} values for ${columns.length} columns`)
      return Object.fromEntries(columns.map((name, at) => [name, values[at] as string]))
    })
    const last = rows.at(-1)
    if (last instanceof BrokenRow && !/[\r\n]\s*$/.test(text)) throw malformed(last.problem)
    return { json: rows.filter(isReadable) as Json, rows }
  }
}

const optionsOf = ({ delimiter = ',', quote = '"', skipLines = 0, comment }: CsvDecoder) => ({
  delimiter,
  quote,
  from_line: skipLines + 1,
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: longestLine,
  ...(comment === undefined ? {} : { comment }),
})

function linesOf(text: string, config: CsvDecoder): string[][] {
  try {
    return parse(text, optionsOf(config))
  } catch (error) {
    throw readable(error)
  }
}

/** The lines of a table that comes in pieces. */
export async function* linesOfTable(text: AsyncIterable<string>, config: CsvDecoder): AsyncGenerator<readonly string[]> {
  const parser = parseStream(optionsOf(config))
  const feeding = pipeline(Readable.from(text, { objectMode: false }), parser)
  feeding.catch(() => {})
  try {
    yield* parser as AsyncIterable<readonly string[]>
    await feeding
  } catch (error) {
    throw readable(error)
  }
}

/** The library's messages quote the line; its codes do not. */
const readable = (error: unknown): unknown => (error instanceof CsvError ? malformed(`the body is not valid CSV (${error.code})`) : error)

const malformed = (problem: string): WeaverError => new WeaverError('source_malformed', `The answer cannot be read: ${problem}.`)
