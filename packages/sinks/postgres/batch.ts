import type { Doc, Rejection } from '@data-weaver/contracts'

/** A document ready to be written. */
export interface Row {
  /** Index into the batch. */
  readonly index: number
  readonly doc: Doc
  /** The fields as JSON text without raw control characters; `{}` for a delete. */
  readonly json: string
}

/** Longest id, bytes of UTF-8: an index entry has 2,704 bytes for it and the tenant. */
const maxIdBytes = 2000
/** Largest document, characters of its JSON text. */
const maxJsonCharacters = 64 * 2 ** 20

/** The documents that Postgres can store, and a rejection for each of the others. */
export function readRows(batch: readonly Doc[]): { rows: Row[]; rejections: Rejection[] } {
  const rows: Row[] = []
  const rejections: Rejection[] = []
  for (const [index, doc] of batch.entries()) {
    const json = doc.deleted ? '{}' : stringify(doc.fields)
    const problem = idProblem(doc.id) ?? (json === undefined ? 'its fields are nested too deeply' : jsonProblem(json, doc))
    if (problem === undefined) rows.push({ index, doc, json: json as string })
    else rejections.push({ index, code: 'sink_rejected', message: `the document cannot be stored: ${problem}` })
  }
  return { rows, rejections }
}

/** What makes a document one and the same. Ids have no NUL when they get here, so no two keys are alike. */
export const keyOf = ({ doc }: Row): string => `${doc.tenant}\0${doc.id}`

/**
 * Takes the newest row of each id out of `rows` and answers these in order of their ids: all writers lock rows in the same order,
 * so none waits for one that waits for it. What was superseded stays in `rows`, for the case that a newer one is refused.
 */
export function takeNewest(rows: Row[]): Row[] {
  const newest = new Map<string, Row>()
  const superseded: Row[] = []
  for (const row of rows) {
    const key = keyOf(row)
    const other = newest.get(key)
    if (other === undefined) {
      newest.set(key, row)
    } else if (isOlder(row.doc, other.doc)) {
      superseded.push(row)
    } else {
      superseded.push(other)
      newest.set(key, row)
    }
  }
  rows.splice(0, rows.length, ...superseded)
  return [...newest.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

/** The order of writes: by result, then by transform, then by place in the result. Equal is not older: the later entry wins. */
function isOlder(a: Doc, b: Doc): boolean {
  if (a.seq !== b.seq) return a.seq < b.seq
  if (a.lineage.transformVersion !== b.lineage.transformVersion) return a.lineage.transformVersion < b.lineage.transformVersion
  return a.lineage.record < b.lineage.record
}

function stringify(fields: Doc['fields']): string | undefined {
  try {
    return JSON.stringify(fields)
  } catch {
    return undefined
  }
}

function idProblem(id: string): string | undefined {
  if (id.includes('\0')) return 'its id holds the character U+0000'
  if (!id.isWellFormed()) return 'its id holds half of a surrogate pair'
  return id.length > maxIdBytes / 3 && Buffer.byteLength(id) > maxIdBytes ? `its id is longer than ${maxIdBytes} bytes` : undefined
}

/** JSON text shows both characters as escapes; only where one seems to be there the values are looked at. */
const suspicious = /\\u(?:0000|d[89a-f])/

function jsonProblem(json: string, doc: Doc): string | undefined {
  if (json.length > maxJsonCharacters) return `it is larger than ${maxJsonCharacters} characters`
  if (!suspicious.test(json)) return undefined
  // The text is looked at, not the values: it is exactly what would be stored, whatever the depth.
  for (const [escape] of json.matchAll(/\\(?:u[0-9a-f]{4}|.)/g)) {
    if (escape === '\\u0000') return `${whereIs(doc, (text) => text.includes('\0'))} holds the character U+0000, which jsonb cannot store`
    if (/^\\ud[89a-f]/.test(escape))
      return `${whereIs(doc, (text) => !text.isWellFormed())} holds half of a surrogate pair, which jsonb cannot store`
  }
  return undefined
}

/** The first field with such a text in it. The name is shown only when it is not the culprit itself. */
function whereIs({ fields }: Doc, isCulprit: (text: string) => boolean): string {
  for (const [name, value] of Object.entries(fields)) {
    if (isCulprit(name)) return 'the name of a field'
    let found = false
    JSON.stringify(value, (key, inner: unknown) => {
      found ||= isCulprit(key) || (typeof inner === 'string' && isCulprit(inner))
      return inner
    })
    if (found) return `the field ${name.slice(0, 64).toWellFormed()}`
  }
  return 'a value'
}
