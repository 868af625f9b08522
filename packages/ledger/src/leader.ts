import type { Clock, Log } from '@data-weaver/contracts'
import pg from 'pg'

/** One number for all supervisors: whoever holds this advisory lock is the leader. */
const leaderLock = 7_263_113
const tryEveryMs = 2000
/** A leader that did not look at its lock for so long is stopped or stuck: its connection is ended by one who waits, milliseconds. */
const longestSilenceMs = 6000

// A process that is stopped keeps its connection, and with it the lock. Whoever holds it asks something every two seconds.
const endSilentLeader = `select pg_terminate_backend(l.pid) as ended from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = $1 and l.objsubid = 1
    and l.database = (select oid from pg_database where datname = current_database())
    and a.state = 'idle' and a.state_change < clock_timestamp() - $2 * interval '1 ms'`

export interface Leadership {
  readonly isLeader: boolean
  close(): Promise<void>
}

export interface LeadershipOptions {
  readonly clock: Clock
  readonly log: Log
  /** Shown in `pg_stat_activity`. */
  readonly name: string
  readonly lead: (signal: AbortSignal) => Promise<void>
  /** Default 6,000 ms. */
  readonly silenceMs?: number
}

/**
 * Competes for being the leader. Leading lasts as long as one database connection: when it is lost the lock is free for another
 * supervisor within seconds, and `lead`'s signal aborts here. A leader that falls silent loses its connection. `lead` runs once per reign and should end soon after the abort.
 */
export function competeForLeadership(url: string, { clock, log, name, lead, silenceMs = longestSilenceMs }: LeadershipOptions): Leadership {
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
        else {
          const silent = await client.query(endSilentLeader, [leaderLock, silenceMs])
          if (silent.rows.length > 0) log.warn({}, 'the leader was silent for too long; its connection was ended')
          else await clock.sleep(tryEveryMs, closing.signal).catch(() => {})
        }
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
