import pg from 'pg'
import { isConnectionGood, wholeFailure } from './failure.ts'

export interface Query {
  /** Set for statements that are prepared once per connection; unique per text. */
  readonly name?: string
  readonly text: string
  readonly values: readonly unknown[]
}

export interface Connections {
  /**
   * Runs one statement. When the signal aborts, the promise rejects at once with its reason, and the statement is cancelled on the server.
   * @throws what Postgres or the socket threw, unchanged, or the signal's reason
   */
  rows<R extends pg.QueryResultRow>(query: Query, signal?: AbortSignal): Promise<R[]>
  /** Waits for the statements under way. */
  close(): Promise<void>
}

const applicationName = 'weaver-sink-postgres'
/** Connections per opened sink: a few batches and searches side by side, not more than Postgres has cores. */
const maxConnections = 6
const connectTimeoutMs = 10_000
/** The server ends a statement after this. */
const statementTimeoutMs = 30_000
/** The client gives a statement up after this: only a server that no longer answers gets here. */
const answerTimeoutMs = 40_000

const settings = (url: string): pg.ClientConfig => ({
  connectionString: url,
  application_name: applicationName,
  connectionTimeoutMillis: connectTimeoutMs,
  statement_timeout: statementTimeoutMs,
  query_timeout: answerTimeoutMs,
  keepAlive: true,
})

/** `durable`: a statement that is answered is on disk; else it follows within a fraction of a second, in the order of the server's log. */
export function openConnections(url: string, durable: boolean): Connections {
  const options = durable ? {} : { options: '-c synchronous_commit=off' }
  const pool = new pg.Pool({ ...settings(url), ...options, max: maxConnections })
  // Without listeners a lost connection would end the process. The pool forgets an idle one that is lost; the statement
  // that runs on one that is in use rejects by itself.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const cancellations = new Set<Promise<void>>()

  const abandon = (client: pg.PoolClient): void => {
    // The connection goes back to no one: a cancellation that comes late must not hit the next statement.
    const cancellation = cancel(url, client).finally(() => {
      client.release(true)
      cancellations.delete(cancellation)
    })
    cancellations.add(cancellation)
  }

  return {
    async rows<R extends pg.QueryResultRow>(query: Query, signal?: AbortSignal): Promise<R[]> {
      signal?.throwIfAborted()
      const client = await checkOut(pool, signal)
      const answer = client.query<R>({ ...query, values: [...query.values] })
      const abort = signal === undefined ? undefined : abortion(signal)
      try {
        const { rows } = await (abort === undefined ? answer : Promise.race([answer, abort.promise]))
        client.release()
        return rows
      } catch (error) {
        if (abort?.happened() === true) {
          answer.catch(() => {})
          abandon(client)
        } else {
          client.release(!isConnectionGood(error))
        }
        throw error
      } finally {
        abort?.stop()
      }
    },
    async close() {
      await Promise.all(cancellations)
      await pool.end()
    },
  }
}

/** A connection of the pool. When the signal aborts while waiting, the connection that comes too late goes back unused. */
async function checkOut(pool: pg.Pool, signal: AbortSignal | undefined): Promise<pg.PoolClient> {
  const connecting = pool.connect()
  if (signal === undefined) return await connecting
  const abort = abortion(signal)
  try {
    return await Promise.race([connecting, abort.promise])
  } catch (error) {
    if (abort.happened()) {
      connecting.then(
        (client) => client.release(),
        () => {},
      )
    }
    throw error
  } finally {
    abort.stop()
  }
}

/** A promise that rejects with the signal's reason, and a way to stop listening. */
function abortion(signal: AbortSignal): { promise: Promise<never>; happened(): boolean; stop(): void } {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  let happened = false
  const onAbort = () => {
    happened = true
    reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return { promise, happened: () => happened, stop: () => signal.removeEventListener('abort', onAbort) }
}

/** Asks the server to cancel what the connection is running. Failing that, ending the connection has to do. */
async function cancel(url: string, client: pg.PoolClient): Promise<void> {
  // Known since the handshake, and missing from the types.
  const { processID } = client as unknown as { readonly processID: number }
  try {
    await withClient(url, (other) => other.query('SELECT pg_cancel_backend($1)', [processID]))
  } catch {
    // The server cannot be reached: then it does not run anything for us either, or notices that the connection is gone.
  }
}

/** A connection of its own for one use, closed afterwards. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(settings(url))
  client.on('error', () => {})
  try {
    await client.connect()
    return await use(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** What Postgres threw, as an error of ours. */
export async function guarded<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : wholeFailure(error)
  }
}
