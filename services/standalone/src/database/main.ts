import { parseArgs } from 'node:util'
import { systemClock, WeaverError } from '@data-weaver/contracts'
import { startEmbeddedPostgres } from '@data-weaver/embedded-postgres'
import { createLog, runService, StopRequest } from '@data-weaver/process'
import pg from 'pg'

// Keeps the embedded Postgres in a process of its own. When its parent is gone, the database waits a moment for its clients, which
// notice the same.

/** Longest wait for clients that are still connected, milliseconds: a worker finishes what it has under way. */
const clientsLimitMs = 7000
const pollMs = 50
/** A server of a start that was killed just now may take this long to let go of the folder, milliseconds. */
const folderLimitMs = 25_000

const { values } = parseArgs({ options: { folder: { type: 'string' }, port: { type: 'string' }, instance: { type: 'string' } } })
const log = createLog({ service: 'database', level: 'info' })

await runService(
  async (stack, stopping) => {
    const { folder, port } = values
    if (folder === undefined) throw new WeaverError('invalid_settings', '--folder FOLDER is missing: where the database lies')
    const server = await startEmbeddedPostgres({
      dataDir: folder,
      database: 'weaver',
      waitMs: folderLimitMs,
      signal: stopping,
      log,
      ...(port === undefined ? {} : { port: Number(port) }),
    })
    stack.defer(async () => {
      // Only then: a parent that is alive stops the clients first.
      if (stopping.reason instanceof StopRequest && stopping.reason.from === 'parent gone') await untilNobodyIsConnected(server.url)
      await server.stop()
    })
    // The server ended although nobody told it to: end with an error, to be started again.
    void server.exited.then(() => {
      if (!stopping.aborted) throw new WeaverError('ledger_unavailable', 'The database server ended.')
    })
    log.info({ port: server.port, serverPid: server.pid, adopted: server.adopted }, 'database up')
    process.send?.({
      ready: true,
      url: server.url,
      port: server.port,
      serverPid: server.pid,
      adopted: server.adopted,
      location: server.location,
    })
  },
  { log, deadlineMs: clientsLimitMs + 12_000 },
)

async function untilNobodyIsConnected(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000, query_timeout: 1000 })
  client.on('error', () => {})
  const until = systemClock.monotonic() + clientsLimitMs
  try {
    await client.connect()
    while (systemClock.monotonic() < until) {
      const { rowCount } = await client.query(
        "SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
      )
      if (rowCount === 0) return
      await systemClock.sleep(pollMs)
    }
    log.warn({ clientsLimitMs }, 'clients are still connected; the database stops all the same')
  } catch (error) {
    log.warn({ err: error }, 'the database could not be asked for its clients')
  } finally {
    await client.end().catch(() => {})
  }
}
