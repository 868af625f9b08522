import type { Adapter, Json, JsonObject, Page, Rec, RecordProblem } from '@data-weaver/contracts'
import { printable, table } from '../printable.ts'
import type { Session } from './session.ts'

/** Deeper than this a record's fields are shown as JSON. */
const deepest = 4
/** Columns of a table; more do not fit on any screen. */
const mostColumns = 30

export const recordsOf = (adapter: Adapter, config: unknown, { body, request, response }: Page): (Rec | RecordProblem)[] => [
  ...adapter.records({ body, request, response }, config as never),
]

/** What was asked and answered, on two lines. */
export function exchangeLines({ request, response, body, gap }: Page, { clean }: Session): string[] {
  return [
    `${request.method} ${clean(request.url)}`,
    `${response.status}, ${body.byteLength} bytes in ${Math.round(response.durationMs)} ms${response.headers['content-type'] === undefined ? '' : `, ${response.headers['content-type']}`}`,
    ...(gap === undefined ? [] : [`gap from ${gap.since} to ${gap.until} (${gap.reason})`]),
  ].map(printable)
}

/** One line of a table: the first cell is the key or the id. */
export interface Row {
  readonly name: string
  readonly fields: JsonObject
  readonly deleted: boolean
}

/** A table of rows: their names, then their fields by path, in the order in which they come. */
export function rowsTable(title: string, rows: readonly Row[], columns: number): string[] {
  const flat = rows.map(({ name, fields, deleted }) => ({
    name: deleted ? `${name} (deleted)` : name,
    cells: new Map(leaves(fields, '', 1)),
  }))
  const paths = [...new Set(flat.flatMap(({ cells }) => [...cells.keys()]))].slice(0, mostColumns)
  return table(
    [title, ...paths],
    flat.map(({ name, cells }) => [name, ...paths.map((path) => cells.get(path) ?? '')]),
    columns,
  )
}

/** The values of a record by the path under which a transform finds them. */
function* leaves(fields: JsonObject, prefix: string, depth: number): Generator<[string, string]> {
  for (const [name, value] of Object.entries(fields)) {
    const path = `${prefix}${name.replaceAll(/[.\\]/g, String.raw`\$&`)}`
    if (isObject(value) && depth < deepest) yield* leaves(value, `${path}.`, depth + 1)
    else yield [path, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')]
  }
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
