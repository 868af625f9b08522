import { type Json, WeaverError } from '@data-weaver/contracts'
import { decodeText, parseJson } from '../../src/exact-json.ts'
import { lookup, parsePath } from '../../src/path.ts'
import type { BodyReader } from './decoder.ts'
import { BrokenRow, isReadable, type Row } from './row.ts'

/**
 * A JSON on each line. A line that is none is a record that cannot be read; but where the last one is not, or none is, the body was cut off
 * or is something else, and nothing of it is taken.
 */
export function ndjsonBody(path: string | undefined): BodyReader {
  const segments = path === undefined ? [] : parsePath(path)
  return (body, contentType) => {
    const lines = decodeText(body, contentType).split('\n')
    const rows: Row[] = []
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '') continue
      rows.push(rowOf(line, index, segments))
    }
    const last = rows.at(-1)
    if (last !== undefined && !isReadable(last) && (lines.at(-1)?.trim() !== '' || !rows.some(isReadable))) {
      throw new WeaverError('source_malformed', `The answer cannot be read: ${last.problem}.`)
    }
    return { json: rows.filter(isReadable), rows }
  }
}

export function rowOf(line: string, index: number, path: readonly string[]): Row {
  let json: Json
  try {
    json = parseJson(line)
  } catch {
    return new BrokenRow(`line ${index + 1} is not valid JSON`)
  }
  return lookup(json, path) ?? new BrokenRow(`line ${index + 1} has nothing at \`records.path\``)
}
