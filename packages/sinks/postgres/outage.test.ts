import { randomUUID } from 'node:crypto'
import type { Doc } from '@data-weaver/contracts'
import { createDatabase, eventually, freePort } from '@data-weaver/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postgres } from './index.ts'
import { Bench, doc, never } from './test/bench.ts'
import { breakableLine } from './test/breakable-line.ts'

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())
beforeEach(() => bench.clear())

const put = (...batch: readonly Doc[]) => bench.put(...batch)
const get = (id: string) => bench.get(id)

describe('the whole batch', () => {
  it.each([
    ['53100', 'sink_full'],
    ['53300', 'sink_unavailable'],
    ['57P03', 'sink_unavailable'],
    ['57014', 'sink_unavailable'],
    ['25006', 'sink_unavailable'],
    ['40P01', 'sink_unavailable'],
    ['42501', 'sink_unavailable'],
    ['58030', 'sink_unavailable'],
  ])('is to be tried again after SQLSTATE %s: %s', async (state, code) => {
    await bench.whileRaising(state, 'true', async () => {
      await expect(put(doc('a', 1, {}))).rejects.toMatchObject({ code, retryable: true })
    })
    expect(await put(doc('a', 1, {}))).toEqual([])
  })

  it('is to be tried again when the connection is lost under way', async () => {
    await put(doc('a', 1, {}))
    await bench.whileLocked('a', async () => {
      const upserted = put(doc('a', 2, {}))
      const outcome = expect(upserted).rejects.toMatchObject({ code: 'sink_unavailable', retryable: true })
      const pid = await waitingBackend()
      await bench.other.query('SELECT pg_terminate_backend($1)', [pid])
      await outcome
    })
    expect(await put(doc('a', 3, {}))).toEqual([])
    expect((await get('a')).seq).toBe(3)
  })

  it('is to be tried again when the network breaks under way', async () => {
    await using line = await breakableLine(bench.database.url)
    const far = await postgres.open({ ledgerUrl: line.url }, {})
    expect(await far.upsert([doc('a', 1, {})], never)).toEqual([])
    await bench.whileLocked('a', async () => {
      const outcome = expect(far.upsert([doc('a', 2, {})], never)).rejects.toMatchObject({ code: 'sink_unavailable', retryable: true })
      await waitingBackend()
      line.break()
      await outcome
    })
    expect(await far.upsert([doc('a', 3, {})], never)).toEqual([])
    await far.close()
  })

  it('does not suffer from connections that were lost while idle', async () => {
    await put(doc('a', 1, {}))
    const mine = `FROM pg_stat_activity WHERE application_name = 'weaver-sink-postgres' AND datname = current_database()`
    expect((await bench.other.query(`SELECT pg_terminate_backend(pid) ${mine}`)).rowCount).toBeGreaterThan(0)
    await eventually(async () => (await bench.other.query(`SELECT ${mine}`)).rowCount === 0, { what: 'the connections to end' })
    await eventually(() => put(doc('a', 2, {})).then(() => true), { what: 'a new connection' })
    expect((await get('a')).seq).toBe(2)
  })
})

/** Within a transaction, Postgres shows the activity as it was at the first look. */
const freshLook = () => bench.other.query('SELECT pg_stat_clear_snapshot()')

/** The process of the sink's statement that waits for a lock. */
const waitingBackend = (): Promise<number> =>
  eventually(
    async () => {
      await freshLook()
      const { rows } = await bench.other.query(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'weaver-sink-postgres' AND datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return (rows[0] as { pid: number } | undefined)?.pid
    },
    { what: 'the statement to wait for the lock' },
  )

describe('an abort', () => {
  it('rejects at once and ends the statement on the server', async () => {
    await put(doc('a', 1, { n: 1 }))
    await bench.whileLocked('a', async () => {
      const controller = new AbortController()
      const reason = new Error('stopped')
      const upserted = bench.sink.upsert([doc('a', 2, { n: 2 })], controller.signal)
      const outcome = expect(upserted).rejects.toBe(reason)
      const pid = await waitingBackend()
      controller.abort(reason)
      // The lock is still held: had the rejection to wait for the statement, it would not come.
      await outcome
      await eventually(
        async () => {
          await freshLook()
          return (await bench.other.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount === 0
        },
        { what: 'the statement to end' },
      )
    })
    expect((await get('a')).seq).toBe(1)
    expect(await put(doc('a', 2, { n: 2 }))).toEqual([])
  })

  it('is heard while all connections are in use', async () => {
    await put(doc('a', 1, {}))
    const blocked: Promise<unknown>[] = []
    await bench.whileLocked('a', async () => {
      blocked.push(...Array.from({ length: 6 }, (_, n) => put(doc('a', 2 + n, {}))))
      await waitingBackend()
      const controller = new AbortController()
      const upserted = bench.sink.upsert([doc('b', 1, {})], controller.signal)
      const outcome = expect(upserted).rejects.toMatchObject({ message: 'stopped' })
      controller.abort(new Error('stopped'))
      await outcome
    })
    await Promise.all(blocked)
    expect((await get('a')).seq).toBe(7)
    expect(await bench.sink.find('default', 'b')).toBeUndefined()
  })
})

describe('opening', () => {
  it('makes the tables once, however many do it at the same time', async () => {
    await using fresh = await createDatabase()
    const opened = await Promise.all(Array.from({ length: 8 }, () => postgres.open({ ledgerUrl: fresh.url }, {})))
    await opened[7]?.upsert([doc('a', 1, { n: 1 })], never)
    expect(await opened[0]?.find('default', 'a')).toMatchObject({ fields: { n: 1 } })
    await Promise.all(opened.map((one) => one.close()))
  })

  it('finds what is there, with a user that may not create anything', async () => {
    await put(doc('a', 1, { n: 1 }))
    const role = `test_${randomUUID().replaceAll('-', '')}`
    await bench.other.query(`
      CREATE ROLE ${role} LOGIN PASSWORD 'p';
      GRANT USAGE ON SCHEMA weaver_documents TO ${role};
      GRANT SELECT ON weaver_documents.migrations TO ${role};
      GRANT SELECT, INSERT, UPDATE ON weaver_documents.documents TO ${role}`)
    try {
      const url = new URL(bench.database.url)
      url.username = role
      url.password = 'p'
      const limited = await postgres.open({ ledgerUrl: url.href }, {})
      expect(await limited.upsert([doc('a', 2, { n: 2 })], never)).toEqual([])
      expect(await limited.find('default', 'a')).toMatchObject({ fields: { n: 2 } })
      await limited.close()
    } finally {
      await bench.other.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })

  it('fails as unavailable when nobody listens', async () => {
    const url = `postgres://user:hidden@127.0.0.1:${await freePort()}/none`
    const opening = postgres.open({ ledgerUrl: url }, {})
    await expect(opening).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: 'the documents’ database cannot be reached (ECONNREFUSED)',
    })
  })
})
