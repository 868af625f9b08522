import { parsePath } from '../../src/path.ts'
import { linesOfTable } from '../decoder/csv.ts'
import { rowOf } from '../decoder/ndjson.ts'
import { BrokenRow, isReadable, type Row } from '../decoder/row.ts'
import type { Records } from '../schema/records.ts'
import { jsonRows } from './json-rows.ts'
import { longestRecord } from './limits.ts'
import { malformed, tooLong } from './text.ts'

/**
 * The rows of a text that comes in pieces, as the decoders give them of a body that is held.
 * @param required names that the columns of a table must have
 */
export function rowsOf(text: AsyncIterable<string>, records: Records | undefined, required: readonly string[]): AsyncGenerator<Row> {
  const { decoder = { type: 'json' as const }, path } = records ?? {}
  if (decoder.type === 'csv') return tableRows(text, (chars) => linesOfTable(chars, decoder), decoder.columns, required)
  return decoder.type === 'ndjson' ? lineRows(text, path) : jsonRows(text, path)
}

async function* lineRows(text: AsyncIterable<string>, path: string | undefined): AsyncGenerator<Row> {
  const segments = path === undefined ? [] : parsePath(path)
  const ending = new Ending()
  let rest = ''
  let index = 0
  for await (const chars of text) {
    const lines = (rest + chars).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestRecord) throw tooLong(longestRecord)
    for (const line of lines) {
      if (line.trim() !== '') yield* ending.follow(rowOf(line, index, segments))
      index += 1
    }
  }
  const cut = rest.trim() !== ''
  if (cut) yield* ending.follow(rowOf(rest, index, segments))
  yield* ending.end(cut)
}

async function* tableRows(
  text: AsyncIterable<string>,
  linesOf: (text: AsyncIterable<string>) => AsyncIterable<readonly string[]>,
  named: readonly string[] | undefined,
  required: readonly string[],
): AsyncGenerator<Row> {
  const ending = new Ending()
  let last = ''
  const watched = async function* () {
    for await (const chars of text) {
      last = (last + chars.slice(-64)).slice(-64)
      yield chars
    }
  }
  let columns = named
  let index = 0
  const check = () => {
    const missing = required.find((name) => columns?.includes(name) === false)
    if (missing !== undefined) throw malformed(`the table has no column \`${missing}\`, which is part of the primary key`)
  }
  check()
  for await (const values of linesOf(watched())) {
    if (columns === undefined) {
      columns = values
      check()
      continue
    }
    index += 1
    yield* ending.follow(tableRow(values, columns, index))
  }
  yield* ending.end(!/[\r\n]\s*$/.test(last))
}

function tableRow(values: readonly string[], columns: readonly string[], index: number): Row {
  if (values.length !== columns.length) return new BrokenRow(`row ${index} has ${values.length} values for ${columns.length} columns`)
  return Object.fromEntries(columns.map((name, at) => [name, values[at] as string]))
}

/** Holds back a row that cannot be read until it is known not to be the last one: that one was cut off, and speaks for the whole. */
class Ending {
  #broken: BrokenRow | undefined
  #readable = false

  /** The row that was held back. @throws WeaverError when the text was cut off in its last row, or nothing of it could be read. */
  end(cut: boolean): readonly Row[] {
    if (this.#broken === undefined) return []
    if (cut || !this.#readable) throw malformed(this.#broken.problem)
    return [this.#broken]
  }

  /** What can be passed on once this row is there. */
  *follow(row: Row): Generator<Row> {
    if (this.#broken !== undefined) yield this.#broken
    this.#broken = undefined
    if (isReadable(row)) {
      this.#readable = true
      yield row
    } else this.#broken = row
  }
}
