import { decodeJson } from '../../src/exact-json.ts'
import type { BodyReader } from './decoder.ts'
import { rowsAt } from './row.ts'

export function jsonBody(path: string | undefined): BodyReader {
  const rows = rowsAt(path)
  return (body, contentType) => {
    const json = decodeJson(body, contentType)
    return { json, rows: rows(json) }
  }
}
