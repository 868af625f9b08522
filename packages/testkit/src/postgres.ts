import { type ChildProcess, fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

export interface Postgres {
  /** Connection string of a superuser to the database `postgres`. */
  readonly url: string
}

export interface OwnedPostgres extends Postgres, AsyncDisposable {
  /** Shuts the server down in good order; its data stays, for {@link start}. */
  halt(): Promise<void>
  /** kill -9 of the server; its data stays. */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
  /** Ends it for good and removes its data. */
  stop(): Promise<void>
}

/** Where the workers of a test run ask for the shared cluster; set by `vitest-setup.ts`. */
export const postgresKey = 'weaverPostgres'

/** Starts a throw-away cluster in a process of its own. Most tests want {@link startPostgres}, which is shared. */
export async function startOwnPostgres(): Promise<OwnedPostgres> {
  const child = fork(fileURLToPath(new URL('./postgres-process.ts', import.meta.url)), {
    // A test run's coverage and inspector flags are not meant for it.
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const { url } = await answerOf(child)
  const order = async (what: 'start' | 'halt' | 'kill') => {
    const answer = answerOf(child)
    child.send(what)
    await answer
  }
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= endChild(child))
  return { url, halt: () => order('halt'), kill: () => order('kill'), start: () => order('start'), stop, [Symbol.asyncDispose]: stop }
}

function answerOf(child: ChildProcess): Promise<{ readonly url: string }> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown) => {
      forget()
      const { url, error } = message as { url: string; error?: string }
      if (error === undefined) resolve({ url })
      else reject(new Error(error))
    }
    const onExit = (code: number | null, signal: string | null) => {
      forget()
      reject(new Error(`The process of the throw-away Postgres ended (${code ?? signal})`))
    }
    const forget = () => {
      child.off('message', onMessage).off('exit', onExit)
    }
    child.once('message', onMessage).once('exit', onExit)
  })
}

function endChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve()
      return
    }
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

let shared: Promise<Postgres> | undefined

/** The throw-away cluster of this test run. The first test that asks starts it; it ends with the run. */
export function startPostgres(): Promise<Postgres> {
  return (shared ??= askForShared())
}

async function askForShared(): Promise<Postgres> {
  const { inject } = await import('vitest')
  const address = inject(postgresKey as never) as string | undefined
  if (address === undefined) throw new Error('The vitest configuration lacks globalSetup: packages/testkit/src/vitest-setup.ts')
  const { request } = await import('node:http')
  const body = await new Promise<string>((resolve, reject) => {
    request(address, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))))
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })
  return JSON.parse(body) as Postgres
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string
  readonly name: string
  /** Drops the database; whoever is connected is cut off. */
  drop(): Promise<void>
}

export interface Preparation {
  /** Names what `prepare` makes: databases with the same key are copies of one that was prepared once per test run. */
  readonly key: string
  /** Brings an empty database into the wanted state (migrations), and closes its connections. */
  prepare(url: string): Promise<void>
}

/**
 * A database of its own, empty or prepared: `await using database = await createDatabase({ key: 'ledger', prepare: migrate })`.
 * It is on the shared cluster unless another is given.
 */
export async function createDatabase(preparation?: Preparation, on?: Postgres): Promise<TestDatabase> {
  const cluster = on ?? (await startPostgres())
  const name = `test_${randomBytes(8).toString('hex')}`
  await withClient(cluster.url, async (client) => {
    const template = preparation === undefined ? undefined : await ensureTemplate(client, cluster.url, preparation)
    await client.query(`CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${template}`}`)
  })
  let dropped: Promise<void> | undefined
  const drop = () =>
    (dropped ??= withClient(cluster.url, async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))))
  return { url: databaseUrl(cluster.url, name), name, drop, [Symbol.asyncDispose]: drop }
}

/** The lock that lets one test file prepare a template while the others wait; an arbitrary number. */
const templateLock = 7_231_881

async function ensureTemplate(client: pg.Client, clusterUrl: string, { key, prepare }: Preparation): Promise<string> {
  const name = `template_${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
  const there = async () => (await client.query('SELECT FROM pg_database WHERE datname = $1', [name])).rowCount === 1
  if (await there()) return name
  await client.query('SELECT pg_advisory_lock($1)', [templateLock])
  try {
    if (await there()) return name
    // Prepared aside: the name appears when the template is complete.
    const aside = `${name}_new`
    await client.query(`DROP DATABASE IF EXISTS ${aside} WITH (FORCE)`)
    await client.query(`CREATE DATABASE ${aside}`)
    await prepare(databaseUrl(clusterUrl, aside))
    await client.query(`ALTER DATABASE ${aside} RENAME TO ${name}`)
    return name
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [templateLock])
  }
}

function databaseUrl(clusterUrl: string, name: string): string {
  const url = new URL(clusterUrl)
  url.pathname = `/${name}`
  return url.href
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
