import { silentLog, systemClock } from '@data-weaver/contracts'
import { createDatabase, eventually, type TestDatabase } from '@data-weaver/testkit'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listen } from './listen.ts'

let database: TestDatabase
let other: pg.Client
beforeAll(async () => {
  database = await createDatabase()
  other = new pg.Client(database.url)
  await other.connect()
})
afterAll(async () => {
  await other.end()
  await database[Symbol.asyncDispose]()
})

/** What the connection of a listener asked for last. */
async function lastAsked(name: string): Promise<string | undefined> {
  const { rows } = await other.query<{ query: string }>('select query from pg_stat_activity where application_name = $1', [name])
  return rows[0]?.query
}

const notify = (channel: string, payload: string) => other.query('select pg_notify($1, $2)', [channel, payload])

test('only what is asked for is listened to, and what is asked for later as well', async () => {
  const listener = listen(database.url, { clock: systemClock, log: silentLog, name: 'listen-test' })
  try {
    const stops: string[] = []
    listener.on('weaver_stop', (payload) => stops.push(payload))
    await eventually(async () => (await lastAsked('listen-test')) === 'listen weaver_stop', { what: 'the listener to listen' })
    const budgets: string[] = []
    listener.on('weaver_budgets', (payload) => budgets.push(payload))
    // Something may have been missed before.
    await eventually(() => budgets.length === 1, { what: 'the call after the late begin' })
    expect(await lastAsked('listen-test')).toBe('listen weaver_budgets')
    await notify('weaver_budgets', 'changed')
    await notify('weaver_stop', 'a stream')
    await eventually(() => stops.length === 1, { what: 'the notification' })
    expect({ stops, budgets }).toEqual({ stops: ['a stream'], budgets: ['', 'changed'] })
  } finally {
    await listener.close()
  }
})

test('a lost connection is made again, and each channel is called once', async () => {
  const listener = listen(database.url, { clock: systemClock, log: silentLog, name: 'listen-again' })
  try {
    const calls: string[] = []
    listener.on('weaver_stop', (payload) => calls.push(`stop ${payload}`))
    listener.on('weaver_streams', (payload) => calls.push(`streams ${payload}`))
    const both = 'listen weaver_stop;listen weaver_streams'
    await eventually(async () => (await lastAsked('listen-again')) === both, { what: 'the listener to listen' })
    await other.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listen-again'`)
    await eventually(() => calls.length === 2, { what: 'the calls after the loss' })
    await notify('weaver_streams', 'now')
    await eventually(() => calls.length === 3, { what: 'the notification' })
    expect(calls).toEqual(['stop ', 'streams ', 'streams now'])
  } finally {
    await listener.close()
  }
})
