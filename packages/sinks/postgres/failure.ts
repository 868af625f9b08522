import { WeaverError } from '@data-weaver/contracts'
import pg from 'pg'

/** SQLSTATE of an error that the server reported; undefined for everything else: sockets, timeouts of the client, a lost server. */
export const sqlState = (error: unknown): string | undefined => (error instanceof pg.DatabaseError ? error.code : undefined)

/** Data exception, constraint violation, program limit: the row is at fault, and the same row will fail again. */
export const isRowAtFault = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error) ?? '')

/** Whether the connection goes on working after the error: the server said it, and did not say good-bye with it. */
export const isConnectionGood = (error: unknown): boolean => !/^(08|57P|$)/.test(sqlState(error) ?? '')

/** Deadlock or serialization failure: nothing is wrong, the same statement may succeed at once. */
export const isCollision = (error: unknown): boolean => /^40/.test(sqlState(error) ?? '')

/** The statement did not run as a whole; by code, what to tell about it. Postgres' own messages may contain values. */
export function wholeFailure(error: unknown): WeaverError {
  if (error instanceof WeaverError) return error
  const state = sqlState(error)
  if (state === '53100') return new WeaverError('sink_full', 'the disk of the documents’ database is full', { cause: error })
  if (state === undefined) {
    const code = (error as { code?: unknown } | undefined)?.code
    const how = typeof code === 'string' ? code : 'the connection was lost or not made in time'
    return new WeaverError('sink_unavailable', `the documents’ database cannot be reached (${how})`, { cause: error })
  }
  return new WeaverError('sink_unavailable', `the documents’ database ${explain(state)} (SQLSTATE ${state})`, { cause: error })
}

/** Why Postgres will never take a row, without showing the row. */
export function rowProblem(error: unknown): string {
  const state = sqlState(error) ?? 'unknown'
  const problem =
    state === '54001'
      ? 'it is nested too deeply'
      : state.startsWith('54')
        ? 'it exceeds a limit of Postgres'
        : 'it holds a value that Postgres does not take'
  return `the document cannot be stored: ${problem} (SQLSTATE ${state})`
}

function explain(state: string): string {
  if (state === '57014') return 'took longer than a statement may take'
  if (state.startsWith('57P')) return 'is shutting down or starting up'
  if (state.startsWith('53')) return 'is short of resources'
  if (state.startsWith('28')) return 'refused the credentials'
  if (state.startsWith('40')) return 'kept aborting the statement because of others'
  if (state === '42501') return 'does not permit this to its user'
  if (state.startsWith('3D') || state.startsWith('3F') || state.startsWith('42')) return 'does not have what the sink made there'
  return 'failed'
}
