import { type Json, WeaverError } from '@data-weaver/contracts'
import { CsvError, parse } from 'csv-parse/sync'
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

function linesOf(text: string, { delimiter = ',', quote = '"', skipLines = 0, comment }: CsvDecoder): string[][] {
  try {
    return parse(text, {
      delimiter,
      quote,
      from_line: skipLines + 1,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: longestLine,
      ...(comment === undefined ? {} : { comment }),
    }) as unknown as string[][]
  } catch (error) {
    // The library's messages quote the line; its codes do not.
    if (error instanceof CsvError) throw malformed(`the body is not valid CSV (${error.code})`)
    throw error
  }
}

const malformed = (problem: string): WeaverError => new WeaverError('source_malformed', `The answer cannot be read: ${problem}.`)
