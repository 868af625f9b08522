import { existsSync } from 'node:fs'
import pg from 'pg'
import { expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { createDatabase, startOwnPostgres, startPostgres } from './postgres.ts'
import { spawnNode } from './spawn-node.ts'

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('a database is its own, and gone at the end', async () => {
  const cluster = await startPostgres()
  let name: string
  {
    await using one = await createDatabase()
    await using other = await createDatabase()
    name = one.name
    await query(one.url, 'CREATE TABLE only_here ()')
    expect(await query(other.url, "SELECT to_regclass('only_here') AS found")).toEqual([{ found: null }])
    const [row] = await query(cluster.url, `SELECT count(*)::int AS n FROM pg_database WHERE datname = '${name}'`)
    expect(row).toEqual({ n: 1 })
  }
  expect(await query(cluster.url, `SELECT FROM pg_database WHERE datname = '${name}'`)).toEqual([])
})

test('a database with somebody connected is dropped all the same', async () => {
  const database = await createDatabase()
  const client = new pg.Client({ connectionString: database.url })
  client.on('error', () => {})
  await client.connect()
  const cut = new Promise((resolve) => client.once('end', resolve))
  await database.drop()
  await cut
  await expect(query(database.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' })
})

test('a preparation runs once, also when many ask at once, and each gets a copy of its own', async () => {
  const key = `postgres.test ${process.pid} ${performance.timeOrigin}`
  let prepared = 0
  const preparation = {
    key,
    prepare: async (url: string) => {
      prepared += 1
      await query(url, 'CREATE TABLE ready AS SELECT 7 AS n')
    },
  }
  const databases = await Promise.all(Array.from({ length: 6 }, () => createDatabase(preparation)))
  try {
    expect(prepared).toBe(1)
    const [first, ...others] = databases
    await query(first!.url, 'UPDATE ready SET n = 8')
    for (const { url } of others) expect(await query(url, 'SELECT n FROM ready')).toEqual([{ n: 7 }])
  } finally {
    await Promise.all(databases.map((database) => database.drop()))
  }
})

test('a preparation that fails leaves nothing: the next one is tried again', async () => {
  const key = `postgres.test failing ${process.pid} ${performance.timeOrigin}`
  const failing = { key, prepare: () => Promise.reject(new Error('no')) }
  await expect(createDatabase(failing)).rejects.toThrow('no')
  await using database = await createDatabase({ key, prepare: async (url) => void (await query(url, 'CREATE TABLE fine ()')) })
  expect(await query(database.url, "SELECT to_regclass('fine')::text AS found")).toEqual([{ found: 'fine' }])
})

test('an own cluster can be stopped without touching the shared one', async () => {
  const own = await startOwnPostgres()
  const shared = await startPostgres()
  expect(await query(own.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await own.stop()
  await expect(query(own.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect(await query(shared.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('an own cluster can be killed and started again, with its data and its address', async () => {
  await using own = await startOwnPostgres()
  await query(own.url, 'CREATE TABLE kept ()')
  await own.halt()
  await expect(query(own.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await own.start()
  expect(await query(own.url, "SELECT to_regclass('kept')::text AS found")).toEqual([{ found: 'kept' }])
  await own.kill()
  await expect(query(own.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await own.start()
  expect(await query(own.url, "SELECT to_regclass('kept')::text AS found")).toEqual([{ found: 'kept' }])
})

test('when the test run is killed, its cluster goes as well', async () => {
  await using run = spawnNode(new URL('./fixtures/postgres-owner.ts', import.meta.url))
  const [, url = ''] = await run.line(/^(postgres:.*)$/)
  const [{ data_directory: folder } = {}] = await query(url, 'SHOW data_directory')
  await run.end('SIGKILL')
  await eventually(async () => (await query(url, 'SELECT 1').catch((error: NodeJS.ErrnoException) => error.code)) === 'ECONNREFUSED', {
    what: 'the server to end',
  })
  await eventually(() => !existsSync(String(folder)), { what: 'its folder to be removed' })
})
