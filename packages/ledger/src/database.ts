import { type Log, WeaverError } from '@data-weaver/contracts'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import * as schema from './schema.ts'

/** int8 comes as text by default; our counters and sequence numbers stay far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

export interface DatabaseOptions {
  /** Largest number of connections. */
  readonly connections: number
  /** Shown in `pg_stat_activity`. */
  readonly name: string
  readonly log: Log
}

export interface Statement {
  /** Names of prepared statements are unique per text. */
  readonly name: string
  readonly text: string
}

export interface Session {
  rows<R extends pg.QueryResultRow>(statement: Statement, values: unknown[]): Promise<R[]>
}

export interface Database extends Session {
  readonly drizzle: NodePgDatabase<typeof schema>
  /** One transaction, READ COMMITTED. Lost connections become `ledger_unavailable`. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** SQLSTATE classes and socket errors that mean: the server is not there, or not now. */
const unavailable = /^(08|53|57P|ECONN|ENOTFOUND|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_)/

/** What the database said, as an error of ours; anything that is not about its availability stays what it is. */
export function ledgerError(thrown: unknown): unknown {
  if (thrown instanceof WeaverError) return thrown
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  const code = (cause as { code?: unknown } | undefined)?.code
  if (typeof code === 'string' && unavailable.test(code))
    return new WeaverError('ledger_unavailable', `the ledger cannot be reached (${code})`, { cause: thrown })
  // pg gives no code when the server ends a connection or none is free in time.
  if (cause instanceof Error && code === undefined && cause.constructor === Error && cause.stack?.includes('/pg')) {
    return new WeaverError('ledger_unavailable', 'the connection to the ledger was lost', { cause: thrown })
  }
  return thrown
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw ledgerError(thrown)
  }
}

/**
 * Our statements take arrays of any length by the same plan; planning them anew each time cost twice what running them did. Such a plan is made
 * when tables are small, where reading all of a table looks cheapest, and is kept while they grow. Each of our statements finds its rows by
 * keys: with nothing but indexes and loops to choose from, the plan of the first day is right for the last one. None runs for so long that compiling
 * it would pay.
 */
const planning = ['jit=off', 'plan_cache_mode=force_generic_plan', 'enable_seqscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off']

export function openDatabase(url: string, options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections,
    application_name: options.name,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options: planning.map((setting) => `-c ${setting}`).join(' '),
    types,
  })
  pool.on('error', (error) => options.log.warn({ err: error }, 'idle ledger connection lost'))
  // A connection that breaks between two statements of a transaction says so here; without a listener that would end the process.
  pool.on('connect', (client) => client.on('error', (error) => options.log.debug({ err: error }, 'ledger connection lost')))
  const on = (client: pg.Pool | pg.PoolClient): Session => ({
    rows: async <R extends pg.QueryResultRow>(statement: Statement, values: unknown[]) =>
      (await client.query<R>({ name: statement.name, text: statement.text, values })).rows,
  })
  const open = on(pool)
  const db = drizzle(pool, { schema })
  return {
    drizzle: db,
    rows: (statement, values) => guarded(() => open.rows(statement, values)),
    transaction: (work) =>
      guarded(async () => {
        const client = await pool.connect()
        let broken: Error | undefined
        try {
          await client.query('begin')
          const result = await work(on(client))
          await client.query('commit')
          return result
        } catch (thrown) {
          broken = thrown instanceof Error ? thrown : new Error('transaction failed', { cause: thrown })
          await client.query('rollback').then(
            () => (broken = undefined),
            () => {},
          )
          throw thrown
        } finally {
          client.release(broken)
        }
      }),
    close: () => pool.end(),
  }
}

/** Declares a statement; the name follows from its place in the code, the text must be constant. */
export const statement = (name: string, text: string): Statement => ({ name: `weaver_${name}`, text })

/**
 * An expression that lets the statement it stands in be answered before it is on disk, within a fraction of a second it is. For what
 * may be lost with the server: an acknowledgement or a begun delivery that is forgotten is repeated, and changes nothing.
 */
export const unhurried = `set_config('synchronous_commit', 'off', true)`

/** Postgres stores neither NUL nor lone surrogates in jsonb; both become U+FFFD. Values that are undefined vanish. */
export const toJsonb = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.replaceAll('\0', '\u{FFFD}').toWellFormed() : inner,
  ) ?? 'null'
