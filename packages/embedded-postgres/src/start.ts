import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Clock, type Log, systemClock, WeaverError } from '@data-weaver/contracts'
import { type FolderLock, isAlive, lockFolder, signalProcess } from '@data-weaver/process'
import pg from 'pg'
import { type Account, closeFolder, postgresAccount } from './account.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { type Cluster, openCluster, quotedLines, readText, realFolder, serverEnvironment, superuser, writeDurably } from './cluster.ts'
import { isPostgresOf, readPidFile, disownPidFile } from './pid-file.ts'
import { freePort, portIsFree } from './port.ts'

export interface EmbeddedPostgresOptions {
  /** Folder of its own; made when missing. */
  readonly dataDir: string
  /** Port on 127.0.0.1. Default: the one of the last start, or a free one. */
  readonly port?: number
  /** Database that is created when missing and that `url` leads to. Default `postgres`. */
  readonly database?: string
  /** Default true. False gives up on surviving a crash of the machine, for data that is thrown away anyway. */
  readonly durable?: boolean
  /** How long to wait for another process that is just letting go of the folder, milliseconds. Default 10,000. */
  readonly waitMs?: number
  /** Gives the start up; what was begun is ended first. Has no meaning after the start. */
  readonly signal?: AbortSignal
  readonly log: Log
  readonly clock?: Clock
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Connection string with user and password. A secret. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** The folder with its files: in the data folder, or where Postgres's own user can get when it cannot get there. */
  readonly location: string
  /** Whether the server was running already, left behind by a process that was killed. */
  readonly adopted: boolean
  /** Resolves when the server is gone, whoever ended it. */
  readonly exited: Promise<void>
  /** Ends the server: clients are disconnected, data is written out. Resolves when it is gone. */
  stop(): Promise<void>
}

const pollMs = 25
/** Wait between two attempts to start. */
const retryMs = 250
/** Longest time from spawning the server to its first answer: recovery after a crash is part of it. */
const startLimitMs = 60_000
/** How often another port is tried when somebody takes the free one first. */
const portAttempts = 5
/** After this long a fast shutdown becomes an immediate one, and that becomes a kill. */
const shutdownLimitMs = 5000

/**
 * Starts the Postgres of a data folder on 127.0.0.1, as root or as a user. The first start makes the cluster. A server that a killed
 * process left running is adopted; what a killed server left is cleaned up.
 * @throws WeaverError `folder_in_use` when another process runs this folder, `port_in_use` when the given port is taken,
 *   `ledger_unavailable` with the server's last words when it does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, clock = systemClock, durable = true } = options
  if (process.platform === 'win32') {
    throw new WeaverError(
      'ledger_unavailable',
      'The embedded Postgres needs Linux or macOS. Set WEAVER_LEDGER_URL to a PostgreSQL server, or use WSL.',
    )
  }
  const dataDir = await realFolder(options.dataDir)
  const until = clock.monotonic() + (options.waitMs ?? 10_000)
  const lock = await lockWithin(dataDir, until, clock, options.signal)
  try {
    await closeFolder(dataDir, log)
    const account = await postgresAccount(log)
    const binaries = await findBinaries(account, log)
    const cluster = await openCluster(dataDir, { account, binaries, durable, log, signal: options.signal })
    const context: Context = { dataDir, cluster, account, binaries, durable, log, clock, wantedPort: options.port, signal: options.signal }
    const running = (await adopt(context, until)) ?? (await launch(context, until))
    return await finish(context, running, lock, options.database ?? superuser)
  } catch (error) {
    lock.release()
    throw error
  }
}

interface Context {
  readonly dataDir: string
  readonly cluster: Cluster
  readonly account: Account
  readonly binaries: Binaries
  readonly durable: boolean
  readonly log: Log
  readonly clock: Clock
  readonly wantedPort: number | undefined
  readonly signal: AbortSignal | undefined
}

interface Running {
  readonly pid: number
  readonly port: number
  /** Absent: it was adopted. */
  readonly child?: ChildProcess
}

/** A process that was just told to stop may hold the lock for a moment more. */
async function lockWithin(dataDir: string, until: number, clock: Clock, signal: AbortSignal | undefined): Promise<FolderLock> {
  for (;;) {
    try {
      return lockFolder(dataDir, 'The database folder')
    } catch (error) {
      if (!(error instanceof WeaverError) || error.code !== 'folder_in_use' || clock.monotonic() >= until) throw error
    }
    await clock.sleep(pollMs, signal)
  }
}

/** Takes over a server that still runs on the cluster; waits for one that is on its way out or up; clears what a dead one left. */
async function adopt(context: Context, until: number): Promise<Running | undefined> {
  const { cluster, clock, log } = context
  for (;;) {
    const found = await readPidFile(cluster.path)
    if (found === undefined) return undefined
    if (!(await isPostgresOf(cluster.path, found.pid))) {
      log.warn({ pid: found.pid }, 'The database was not shut down the last time: it recovers')
      if (await isAlive(found.pid)) await disownPidFile(cluster.path)
      return undefined
    }
    const fits = context.wantedPort === undefined || context.wantedPort === found.port
    if (fits && found.status === 'ready' && (await answers(context, found.port))) {
      log.warn({ pid: found.pid, port: found.port }, 'The database is still running: it is adopted')
      return { pid: found.pid, port: found.port }
    }
    if (!fits && found.status === 'ready') {
      log.info({ pid: found.pid, port: found.port }, 'The database is still running on another port: it is started again')
      await endServer(found.pid, clock, log)
    } else if (clock.monotonic() >= until) {
      log.warn({ pid: found.pid }, 'A database process of this folder does not answer: it is ended')
      await endServer(found.pid, clock, log, 'SIGQUIT')
    } else {
      await clock.sleep(pollMs, context.signal)
    }
  }
}

/** Whether the server on this port takes our password and serves our cluster. */
async function answers({ cluster }: Context, port: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(cluster, port, superuser), connectionTimeoutMillis: 2000, query_timeout: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    return rows[0]?.data_directory === cluster.path
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function launch(context: Context, until: number): Promise<Running> {
  const { dataDir, wantedPort, log, clock } = context
  const portFile = join(dataDir, 'port')
  if (wantedPort !== undefined && !(await portIsFree(wantedPort))) {
    throw new WeaverError('port_in_use', `Port ${wantedPort} of 127.0.0.1 is in use by another program.`)
  }
  let port = wantedPort ?? Number((await readText(portFile)) ?? 0)
  // A try that fails removes the file, but what the dead server left behind may still be there at the next one.
  let recovers = false
  for (let lostPorts = 0; ;) {
    recovers ||= (await readPidFile(context.cluster.path)) !== undefined
    if (port <= 0 || !(await portIsFree(port))) {
      if (port > 0) log.info({ port }, 'The port of the last start is taken: another is used')
      port = await freePort()
    }
    const started = await tryLaunch(context, port)
    if (typeof started !== 'string') {
      if (wantedPort === undefined) await writeDurably(portFile, `${port}\n`)
      return started
    }
    // Two failures are worth another try: somebody was faster at the port, and the server died while a client's process was busy,
    // which holds its memory until it notices.
    const portLost = wantedPort === undefined && !(await portIsFree(port))
    if (portLost && ++lostPorts < portAttempts) continue
    if (!recovers || clock.monotonic() >= until)
      throw new WeaverError('ledger_unavailable', `The embedded Postgres did not start: ${started}`)
    await clock.sleep(retryMs, context.signal)
  }
}

/** Spawns the server and waits until it answers. Answers its last words when it ends before that. */
async function tryLaunch(context: Context, port: number): Promise<Running | string> {
  const { cluster, account, binaries, clock, log, signal } = context
  signal?.throwIfAborted()
  const child = spawn(binaries.postgres, ['-D', cluster.path, ...settings(port, context.durable)], {
    ...account.ids,
    cwd: cluster.path,
    env: serverEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own: Ctrl-C in a terminal goes to the whole group in front, and the database must outlive its clients.
    detached: true,
  })
  const words: string[] = []
  let ended = false
  child.on('error', (error) => {
    words.push(error.message)
    ended = true
  })
  child.on('exit', () => (ended = true))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = chunk.split('\n').filter((line) => line !== '')
    words.push(...lines)
    words.splice(0, Math.max(0, words.length - quotedLines))
    for (const line of lines) log.info({ line }, 'Postgres')
  })
  const until = clock.monotonic() + startLimitMs
  while (!ended && clock.monotonic() < until && signal?.aborted !== true) {
    const found = await readPidFile(cluster.path)
    if (found?.pid === child.pid && found?.status === 'ready' && (await answers(context, port))) return { pid: found.pid, port, child }
    await clock.sleep(pollMs)
  }
  if (!ended && child.pid !== undefined) {
    await endServer(child.pid, clock, log, 'SIGQUIT')
    signal?.throwIfAborted()
    words.push(`it did not answer within ${startLimitMs} ms`)
  }
  return words.join(' | ')
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: durable ? '128MB' : '64MB',
    max_wal_size: '512MB',
    min_wal_size: '64MB',
    wal_level: 'minimal',
    max_wal_senders: 0,
    jit: 'off',
    log_line_prefix: '%m [%p] ',
    log_checkpoints: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', io_method: 'sync' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function finish(context: Context, running: Running, lock: FolderLock, database: string): Promise<EmbeddedPostgres> {
  const { cluster, clock, log } = context
  const { pid, port, child } = running
  try {
    if (database !== superuser) await ensureDatabase(urlOf(cluster, port, superuser), database)
  } catch (error) {
    await endServer(pid, clock, log)
    throw error
  }
  const exited = (child === undefined ? goneFromOutside(pid, clock) : goneChild(child)).then(() => lock.release())
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= endServer(pid, clock, log).then(() => exited))
  return {
    url: urlOf(cluster, port, database),
    port,
    pid,
    location: cluster.path,
    adopted: child === undefined,
    exited,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const urlOf = ({ password }: Cluster, port: number, database: string): string =>
  `postgres://${superuser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`

async function ensureDatabase(url: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`)
  } catch (error) {
    throw new WeaverError('ledger_unavailable', 'The embedded Postgres started, but its database could not be made.', { cause: error })
  } finally {
    await client.end().catch(() => {})
  }
}

const goneChild = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })

/** An adopted server is not our child: nobody tells us when it ends. */
async function goneFromOutside(pid: number, clock: Clock): Promise<void> {
  while (await isAlive(pid)) await clock.sleep(250)
}

/** Fast shutdown (SIGINT), then immediate (SIGQUIT), then a kill, until the process is gone. */
async function endServer(pid: number, clock: Clock, log: Log, first: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
  for (const signal of first === 'SIGINT' ? (['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) : (['SIGQUIT', 'SIGKILL'] as const)) {
    if (signal !== first) log.warn({ pid, signal }, 'The database takes too long to stop: a harder signal is sent')
    if (!signalProcess(pid, signal)) return
    const until = clock.monotonic() + shutdownLimitMs
    while (clock.monotonic() < until) {
      if (!(await isAlive(pid))) return
      await clock.sleep(pollMs)
    }
  }
}
