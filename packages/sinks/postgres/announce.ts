import { type Clock, systemClock } from '@data-weaver/contracts'
import type { Connections } from './connection.ts'

/** Least time between two notifications of one process, milliseconds. */
const pauseMs = 50

const query = { name: 'weaver_documents_announce', text: `SELECT pg_notify('weaver_documents', '')`, values: [] }

export interface Announcer {
  (): void
  close(): Promise<void>
}

/**
 * Tells those who follow the changes that there may be some, after a batch is committed and never as part of it: transactions that notify
 * commit one after the other. A notification that is lost costs them a moment, since they also look by themselves.
 */
export function changesAnnouncer(connections: Connections, clock: Clock = systemClock): Announcer {
  const closing = new AbortController()
  let due = false
  let busy: Promise<void> | undefined
  const announce = async (): Promise<void> => {
    while (due && !closing.signal.aborted) {
      due = false
      await connections.rows(query).catch(() => {})
      await clock.sleep(pauseMs, closing.signal).catch(() => {})
    }
    busy = undefined
  }
  return Object.assign(
    () => {
      due = true
      busy ??= announce()
    },
    {
      async close() {
        closing.abort()
        await busy
      },
    },
  )
}
