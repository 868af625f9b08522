import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { type Log, silentLog, systemClock } from '@data-weaver/contracts'
import { isAlive } from '@data-weaver/process'
import { eventually, freePort, leakCheck, spawnNode, type Spawned, temporaryFolder } from '@data-weaver/testkit'
import pg from 'pg'
import { expect, test } from 'vitest'
import { postgresAccount } from './account.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start.ts'

const owner = new URL('./fixtures/owner.ts', import.meta.url)

const startQuick = (dataDir: string, more: { port?: number; waitMs?: number; log?: Log } = {}): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir, durable: false, log: silentLog, ...more })

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

interface Started {
  url: string
  pid: number
  port: number
  adopted: boolean
}

async function started(child: Spawned): Promise<Started> {
  const [, json = ''] = await child.line(/^STARTED (.*)$/)
  return JSON.parse(json) as Started
}

async function occupy(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}

test('the first start makes the cluster, the second goes on with it, on the same port', async () => {
  await using folder = await temporaryFolder('pg')
  const first = await startEmbeddedPostgres({ dataDir: folder.path, database: 'weaver', log: silentLog })
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS n')
  await first.stop()
  expect(await isAlive(first.pid)).toBe(false)
  await using second = await startEmbeddedPostgres({ dataDir: folder.path, database: 'weaver', log: silentLog })
  expect(second).toMatchObject({ url: first.url, port: first.port, adopted: false })
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
  expect((await stat(folder.join('password'))).mode & 0o777).toBe(0o600)
  expect((await stat(folder.path)).mode & 0o007, 'nobody else may enter').toBe(0)
  const setting = async (name: string) => (await query(second.url, `SHOW ${name}`))[0]?.[name]
  expect(await setting('listen_addresses')).toBe('127.0.0.1')
  expect(await setting('unix_socket_directories')).toBe('')
  expect(await setting('max_connections')).toBe('200')
  expect(await setting('max_wal_size')).toBe('512MB')
  expect(await setting('fsync')).toBe('on')
  expect(await setting('synchronous_commit')).toBe('on')
  expect(await setting('server_encoding')).toBe('UTF8')
})

test('a wrong password is refused', async () => {
  await using folder = await temporaryFolder('pg')
  await using server = await startQuick(folder.path)
  const wrong = new URL(server.url)
  wrong.password = 'guess'
  await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
})

test('kill -9 of the owner: the server is adopted with its data, and can be stopped', async () => {
  await using folder = await temporaryFolder('pg')
  await using child = spawnNode(owner, { args: [folder.path] })
  const before = await started(child)
  await query(before.url, 'CREATE TABLE kept AS SELECT 1 AS n')
  await child.end('SIGKILL')
  expect(await isAlive(before.pid), 'the server outlives its owner').toBe(true)
  const after = await startQuick(folder.path)
  expect(after).toMatchObject({ ...before, adopted: true })
  expect(await query(after.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
  await after.stop()
  await after.exited
  expect(await isAlive(before.pid)).toBe(false)
})

test('kill -9 of the owner and the server: what was committed is there after the next start', async () => {
  await using folder = await temporaryFolder('pg')
  await using child = spawnNode(owner, { args: [folder.path, '0', 'durable'] })
  const before = await started(child)
  await query(before.url, 'CREATE TABLE kept AS SELECT g AS n FROM generate_series(1, 1000) g')
  process.kill(before.pid, 'SIGKILL')
  await child.end('SIGKILL')
  await using after = await startEmbeddedPostgres({ dataDir: folder.path, log: silentLog })
  expect(after.adopted).toBe(false)
  expect(await query(after.url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 1000 }])
})

test('a pid file whose number now belongs to another program does not prevent a start', async () => {
  await using folder = await temporaryFolder('pg')
  const first = await startQuick(folder.path)
  const pidFile = folder.join('cluster', 'postmaster.pid')
  const text = await readFile(pidFile, 'utf8')
  await first.stop()
  // A process of the user that Postgres runs as: it is alive and no Postgres, and Postgres itself would refuse to start because of it.
  const { ids } = await postgresAccount()
  const through = ids.uid === undefined ? [] : ['setpriv', `--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups']
  await using other = spawnNode(new URL('./fixtures/idle.ts', import.meta.url), { through, cwd: '/' })
  await other.line(/^idle$/)
  await writeFile(pidFile, text.replace(/^\d+/, String(other.pid)))
  await using second = await startQuick(folder.path)
  expect(second.adopted).toBe(false)
  expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(await isAlive(other.pid), 'the other program is left alone').toBe(true)
})

test('a busy process of a killed server holds up the next start, and does not break it', async () => {
  await using folder = await temporaryFolder('pg')
  const first = await startQuick(folder.path)
  const client = new pg.Client({ connectionString: first.url })
  client.on('error', () => {})
  await client.connect()
  // It computes and looks at nothing else, so it does not see for a while that its server is gone.
  const busy = client.query('SELECT count(*) FROM generate_series(1, 5000000) a').catch((error: unknown) => error)
  await eventually(
    async () =>
      (await query(first.url, "SELECT FROM pg_stat_activity WHERE query LIKE '%generate_series(1, 5%' AND state = 'active'")).length > 1,
    {
      what: 'the query to run',
    },
  )
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  await using second = await startQuick(folder.path)
  expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await busy
})

test('a remembered port that is taken is left for another; a demanded one is an error', async () => {
  await using folder = await temporaryFolder('pg')
  const first = await startQuick(folder.path)
  await first.stop()
  const intruder = await occupy(first.port)
  try {
    await expect(startQuick(folder.path, { port: first.port })).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(String(first.port)),
    })
    await using second = await startQuick(folder.path)
    expect(second.port).not.toBe(first.port)
    expect(await readFile(folder.join('port'), 'utf8')).toBe(`${second.port}\n`)
  } finally {
    intruder.close()
  }
})

test('a server left running on another port than the demanded one is started again there', async () => {
  await using folder = await temporaryFolder('pg')
  await using child = spawnNode(owner, { args: [folder.path] })
  const before = await started(child)
  await child.end('SIGKILL')
  const port = await freePort()
  await using after = await startQuick(folder.path, { port })
  expect(after).toMatchObject({ port, adopted: false })
  expect(await isAlive(before.pid)).toBe(false)
})

test('two starts of one folder: the second fails and says who has it, and the first goes on', async () => {
  await using folder = await temporaryFolder('pg')
  await using first = await startQuick(folder.path)
  await expect(startQuick(folder.path, { waitMs: 100 })).rejects.toMatchObject({
    code: 'folder_in_use',
    message: expect.stringContaining(`process ${process.pid}`),
  })
  expect(await query(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('two first starts at the same moment: exactly one wins', async () => {
  await using folder = await temporaryFolder('pg')
  await using one = spawnNode(owner, { args: [folder.path, '0'] })
  await using other = spawnNode(owner, { args: [folder.path, '0'] })
  const outcomes = await Promise.all([one, other].map(async (child) => (await child.line(/^(STARTED|FAILED \w+)/))[0]))
  expect(outcomes.toSorted()).toEqual(['FAILED folder_in_use', 'STARTED'])
  const winner = await started(outcomes[0] === 'STARTED' ? one : other)
  process.kill(winner.pid, 'SIGINT')
  await eventually(async () => !(await isAlive(winner.pid)), { what: 'the server to end' })
})

test('a start waits for a process that is just letting go of the folder', async () => {
  await using folder = await temporaryFolder('pg')
  const first = await startQuick(folder.path)
  const second = startQuick(folder.path)
  await first.stop()
  await using next = await second
  expect(next).toMatchObject({ port: first.port, adopted: false })
})

test('kill -9 in the middle of the initialisation leaves no half cluster', async () => {
  await using folder = await temporaryFolder('pg')
  await using child = spawnNode(owner, { args: [folder.path] })
  const aside = await eventually(async () => (await readdir(folder.path)).find((name) => name.startsWith('cluster.new-')), {
    what: 'initdb to begin',
    intervalMs: 2,
  })
  await eventually(async () => (await readdir(folder.join(aside, 'data'))).length > 3, {
    what: 'initdb to be in the middle',
    intervalMs: 2,
  })
  await child.end('SIGKILL')
  expect(await readdir(folder.path)).not.toContain('cluster')
  await using server = await startQuick(folder.path)
  expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect((await readdir(folder.path)).filter((name) => name.startsWith('cluster.'))).toEqual([])
})

test.each([
  ['the initialisation', 'cluster.new-'],
  ['the start of the server', 'postmaster.pid'],
])('a start that is given up in the middle of %s leaves nothing running', async (_what, sign) => {
  await using folder = await temporaryFolder('pg')
  const leaks = await leakCheck()
  const giveUp = new AbortController()
  const reason = new Error('enough')
  const starting = startEmbeddedPostgres({ dataDir: folder.path, durable: false, signal: giveUp.signal, log: silentLog })
  starting.catch(() => {})
  const seen = async () =>
    [...(await readdir(folder.path)), ...(await readdir(folder.join('cluster')).catch(() => []))].some((name) => name.startsWith(sign))
  await eventually(seen, { what: sign, intervalMs: 1 })
  giveUp.abort(reason)
  await expect(starting).rejects.toBe(reason)
  await leaks.check({ folders: [folder.path] })
  await using server = await startQuick(folder.path, { waitMs: 0 })
  expect(server.adopted).toBe(false)
})

test('a server that ends by itself is noticed, and frees the folder', async () => {
  await using folder = await temporaryFolder('pg')
  const first = await startQuick(folder.path)
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  await using second = await startQuick(folder.path)
  expect(second.adopted).toBe(false)
})

test('stop ends a server that does not react to a polite request', async () => {
  await using folder = await temporaryFolder('pg')
  // On a clock that runs twenty times as fast, so that nobody waits for the real limits.
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() * 20 }
  const warnings: string[] = []
  const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) }
  const server = await startEmbeddedPostgres({ dataDir: folder.path, durable: false, log, clock })
  process.kill(server.pid, 'SIGSTOP')
  await server.stop()
  expect(await isAlive(server.pid)).toBe(false)
  expect(warnings).toHaveLength(2)
})

test('clients that hold a transaction open do not hold up a stop', async () => {
  await using folder = await temporaryFolder('pg')
  const server = await startQuick(folder.path)
  const client = new pg.Client({ connectionString: server.url })
  const cut = new Promise((resolve) => client.on('error', () => {}).once('end', resolve))
  await client.connect()
  await client.query('BEGIN')
  await client.query('CREATE TABLE never ()')
  const began = systemClock.monotonic()
  await server.stop()
  expect(systemClock.monotonic() - began).toBeLessThan(4000)
  await cut
})

test('what Postgres says last is in the error when it does not start', async () => {
  await using folder = await temporaryFolder('pg')
  await (await startQuick(folder.path)).stop()
  await writeFile(join(folder.path, 'cluster', 'postgresql.conf'), 'no_such_setting = 1\n')
  await expect(startQuick(folder.path)).rejects.toMatchObject({
    code: 'ledger_unavailable',
    message: expect.stringContaining('no_such_setting'),
  })
  // The failed start holds nothing.
  await expect(startQuick(folder.path, { waitMs: 0 })).rejects.toMatchObject({ code: 'ledger_unavailable' })
})

test('a lost password is an error that names the file', async () => {
  await using folder = await temporaryFolder('pg')
  await (await startQuick(folder.path)).stop()
  await writeFile(folder.join('password'), '')
  await expect(startQuick(folder.path)).rejects.toMatchObject({
    code: 'ledger_unavailable',
    message: expect.stringContaining(folder.join('password')),
  })
})
