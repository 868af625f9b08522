import type { Clock, Log } from '@data-weaver/contracts'
import pg from 'pg'

export type Channel =
  | 'weaver_results'
  | 'weaver_documents'
  | 'weaver_streams'
  | 'weaver_stop'
  | 'weaver_stopped'
  | 'weaver_worker_available'
  | 'weaver_operations'
  | 'weaver_budgets'
  | 'weaver_sinks'

export interface Listener {
  /**
   * Calls back for each notification. After a lost connection, and when the connection was there before anybody asked for this channel, the callback
   * is called once with `''`: something may have been missed.
   */
  on(channel: Channel, callback: (payload: string) => void): () => void
  close(): Promise<void>
}

const firstRetryMs = 100
const longestRetryMs = 5000

/**
 * One connection that listens to the channels that somebody asks for, and comes back by itself. Others wake nobody: there is a notification for each few results, and a
 * fleet has many workers that do not care. Notifications are wake-ups, never data: whoever listens also looks by itself now and then.
 */
export function listen(url: string, { clock, log, name }: { clock: Clock; log: Log; name: string }): Listener {
  const callbacks = new Map<Channel, Set<(payload: string) => void>>()
  const closing = new AbortController()
  let current: pg.Client | undefined
  /** The connection, once it listens. */
  let listening: pg.Client | undefined

  const call = (channel: Channel, payload: string): void => {
    for (const callback of callbacks.get(channel) ?? []) callback(payload)
  }

  const once = async (again: boolean): Promise<void> => {
    const client = new pg.Client({ connectionString: url, application_name: name, keepAlive: true, connectionTimeoutMillis: 10_000 })
    const lost = Promise.withResolvers<void>()
    client.on('error', () => lost.resolve())
    client.on('end', () => lost.resolve())
    client.on('notification', ({ channel, payload }) => call(channel as Channel, payload ?? ''))
    current = client
    try {
      await client.connect()
      const asked = [...callbacks.keys()]
      listening = client
      if (asked.length > 0) await client.query(asked.map((channel) => `listen ${channel}`).join(';'))
      if (again) for (const channel of asked) call(channel, '')
      if (!closing.signal.aborted) await lost.promise
    } finally {
      listening = undefined
      await client.end().catch(() => {})
    }
  }

  const forever = async (): Promise<void> => {
    let retryMs = firstRetryMs
    let again = false
    while (!closing.signal.aborted) {
      const begun = clock.monotonic()
      await once(again).catch((error: unknown) => log.warn({ err: error }, 'listening to the ledger failed'))
      again = true
      if (clock.monotonic() - begun > longestRetryMs) retryMs = firstRetryMs
      await clock.sleep(retryMs, closing.signal).catch(() => {})
      retryMs = Math.min(retryMs * 2, longestRetryMs)
    }
  }
  const ended = forever()

  return {
    on(channel, callback) {
      const known = callbacks.get(channel)
      if (known === undefined) callbacks.set(channel, new Set([callback]))
      else known.add(callback)
      // When the connection is lost meanwhile, the next one listens and calls.
      if (known === undefined)
        listening?.query(`listen ${channel}`).then(
          () => call(channel, ''),
          () => {},
        )
      return () => callbacks.get(channel)?.delete(callback)
    },
    async close() {
      closing.abort()
      await current?.end().catch(() => {})
      await ended
    },
  }
}
