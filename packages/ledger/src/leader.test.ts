import { silentLog, systemClock } from '@data-weaver/contracts'
import { createDatabase, eventually, type TestDatabase } from '@data-weaver/testkit'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { competeForLeadership } from './leader.ts'

let database: TestDatabase
beforeAll(async () => void (database = await createDatabase()))
afterAll(async () => await database[Symbol.asyncDispose]())

const compete = (lead: () => void, silenceMs?: number) =>
  competeForLeadership(database.url, {
    clock: systemClock,
    log: silentLog,
    name: 'leader-test',
    lead: async () => lead(),
    ...(silenceMs === undefined ? {} : { silenceMs }),
  })

test('who is stopped with the lock in its hands is no leader any more', async () => {
  // What a stopped process looks like to the database: a connection that holds the lock and asks nothing.
  const stopped = new pg.Client(database.url)
  const lost = Promise.withResolvers<void>()
  stopped.on('error', () => lost.resolve())
  await stopped.connect()
  await stopped.query('select pg_advisory_lock(7263113)')
  let reigns = 0
  const leadership = compete(() => (reigns += 1), 100)
  try {
    await eventually(() => leadership.isLeader, { what: 'another leader' })
    await lost.promise
    expect(reigns).toBe(1)
  } finally {
    await leadership.close()
    await stopped.end().catch(() => {})
  }
})

test('a leader that looks at its lock stays the leader', async () => {
  const first = compete(() => {})
  await eventually(() => first.isLeader, { what: 'a leader' })
  const second = compete(() => {})
  const client = new pg.Client(database.url)
  await client.connect()
  // The second one has tried, and looked for silence.
  const tries = `select count(*)::int as n from pg_stat_activity where application_name = 'leader-test' and query like 'select pg_terminate_backend%'`
  try {
    await eventually(async () => (await client.query<{ n: number }>(tries)).rows[0]?.n === 1, { what: 'the second one to look' })
    expect([first.isLeader, second.isLeader]).toEqual([true, false])
  } finally {
    await client.end()
    await second.close()
    await first.close()
  }
})
