import type { Clock, Log } from '@data-weaver/contracts'
import { type Database, statement } from './database.ts'

const notifyResults = statement('announce_results', `select pg_notify('weaver_results', '')`)

/** Least time between two notifications of one process, milliseconds. */
const pauseMs = 50

/**
 * Tells readers of the event feed that there is something new, soon after a commit and never as part of it: a transaction that
 * notifies holds a lock of the whole database until it is on disk, so all commits would queue up one behind the other. A notification
 * that is lost costs the readers a moment: they also look by themselves.
 */
export function resultsAnnouncer(database: Database, clock: Clock, log: Log): () => void {
  let due = false
  let busy = false
  const announce = async (): Promise<void> => {
    busy = true
    while (due) {
      due = false
      await database.rows(notifyResults, []).catch((error: unknown) => log.debug({ err: error }, 'results were not announced'))
      await clock.sleep(pauseMs)
    }
    busy = false
  }
  return () => {
    due = true
    if (!busy) void announce()
  }
}
