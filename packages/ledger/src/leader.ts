import type { Clock, Log } from '@data-weaver/contracts'
import pg from 'pg'

/** One number for all supervisors: whoever holds this advisory lock is the leader. */
const leaderLock = 7_263_113
const tryEveryMs = 2000

export interface Leadership {
  readonly isLeader: boolean
  close(): Promise<void>
}

/**
 * Competes for being the leader. Leading lasts as long as one database connection: when it is lost the lock is free for another
 * supervisor within seconds, and `lead`'s signal aborts here. `lead` runs once per reign and should end soon after the abort.
 */
export function competeForLeadership(
  url: string,
  { clock, log, name, lead }: { clock: Clock; log: Log; name: string; lead: (signal: AbortSignal) => Promise<void> },
): Leadership {
  const closing = new AbortController()
  let leading = false

  const reign = async (client: pg.Client, lost: AbortSignal): Promise<void> => {
    leading = true
    log.info({}, 'leading')
    const signal = AbortSignal.any([closing.signal, lost])
    const work = lead(signal).catch((error: unknown) => log.error({ err: error }, 'leading failed'))
    // The lock ends with the session; a query now and then notices a connection that died in silence.
    while (!signal.aborted) {
      await clock.sleep(tryEveryMs, signal).catch(() => {})
      if (!signal.aborted) await client.query('select 1')
    }
    await work
  }

  const once = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: name,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
    })
    const lost = new AbortController()
    client.on('error', () => lost.abort())
    client.on('end', () => lost.abort())
    try {
      await client.connect()
      while (!closing.signal.aborted && !lost.signal.aborted) {
        const { rows } = await client.query<{ won: boolean }>('select pg_try_advisory_lock($1) as won', [leaderLock])
        if (rows[0]?.won === true) await reign(client, lost.signal)
        else await clock.sleep(tryEveryMs, closing.signal).catch(() => {})
      }
    } finally {
      lost.abort()
      leading = false
      await client.end().catch(() => {})
    }
  }

  const forever = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await once().catch((error: unknown) => log.warn({ err: error }, 'the ledger cannot be reached to compete for leadership'))
      await clock.sleep(500, closing.signal).catch(() => {})
    }
  }
  const ended = forever()

  return {
    get isLeader() {
      return leading
    },
    async close() {
      closing.abort()
      await ended
    },
  }
}
