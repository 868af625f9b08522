import type { JsonObject, PageResult, RunLogLevel, RunLogLine } from '@data-weaver/contracts'
import { type Database, ledgerError, statement, toJsonb } from './database.ts'
import { cursorNumber } from './history.ts'

/** What a worker says of a run. */
export interface RunLogEntry {
  readonly runId: string
  readonly level: RunLogLevel
  readonly attempt: number
  readonly workerId: string
  /** A constant sentence. */
  readonly message: string
  readonly fields: JsonObject
}

const append = statement(
  'run_log_append',
  `insert into weaver.run_log (run_id, level, attempt, worker_id, message, fields)
   select * from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::jsonb[])`,
)

const read = statement(
  'run_log_read',
  `select id::text, at, level, attempt, worker_id, message, fields from weaver.run_log
   where run_id = $1 and id > $2 order by run_log.id limit $3`,
)

interface Row extends Record<string, unknown> {
  id: string
  at: Date
  level: RunLogLevel
  attempt: number
  worker_id: string
  message: string
  fields: JsonObject
}

/** Writes lines down, many in one statement. */
export async function appendRunLog(database: Database, entries: readonly RunLogEntry[]): Promise<readonly void[]> {
  await database.rows(append, [
    entries.map(({ runId }) => runId),
    entries.map(({ level }) => level),
    entries.map(({ attempt }) => attempt),
    entries.map(({ workerId }) => workerId),
    entries.map(({ message }) => message),
    entries.map(({ fields }) => toJsonb(fields)),
  ])
  return entries.map(() => undefined)
}

/** What was said of a run, in order. */
export async function readRunLog(database: Database, runId: string, limit: number, after?: string): Promise<PageResult<RunLogLine>> {
  try {
    const rows = await database.rows<Row>(read, [runId, after === undefined ? 0 : cursorNumber(after), limit + 1])
    const items = rows
      .slice(0, limit)
      .map(({ worker_id: workerId, at, ...row }): RunLogLine => ({ ...row, workerId, at: at.toISOString() }))
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  } catch (thrown) {
    throw ledgerError(thrown)
  }
}
