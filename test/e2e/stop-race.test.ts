import { eventually } from '@data-weaver/testkit'
import pg from 'pg'
import { expect, test } from 'vitest'
import { runsOf, startFleet } from './fleet.ts'
import { json, startSource } from './source.ts'

/** So long that nothing in this test ends by it. */
const leaseMs = 120_000

test('a stop that overtakes a commit is acknowledged by the worker, and does not wait for its lease', async () => {
  const asked = Promise.withResolvers<() => void>()
  await using source = await startSource((_request, response) => asked.resolve(() => json(response, [{ id: 'a' }])))
  await using fleet = await startFleet({ env: { WEAVER_LEASE_MS: String(leaseMs) } })
  const client = new pg.Client({ connectionString: fleet.databaseUrl })
  await client.connect()
  try {
    const config = { request: { url: source.url }, primaryKey: ['id'] }
    const { id } = await fleet.api.post<{ id: string }>('/v1/streams', {
      name: 'raced',
      adapter: 'http',
      config,
      schedule: { manual: true },
    })
    await fleet.api.post('/v1/streams/raced/start')
    await fleet.api.post('/v1/streams/raced/trigger')
    const respond = await asked.promise
    // The commit stands behind this lock; what is written in front of it is a stop of which the worker has not heard.
    await client.query('begin')
    await client.query('select from weaver.streams where id = $1 for no key update', [id])
    respond()
    await eventually(
      async () => {
        const { rows } = await client.query('select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))')
        return rows.length > 0
      },
      { what: 'the commit to wait' },
    )
    await client.query(`update weaver.runs set state = 'stopping' where stream_id = $1`, [id])
    await client.query('commit')
    await eventually(async () => (await runsOf(fleet.api, 'raced'))[0]?.state === 'interrupted', { what: 'the acknowledgement' })
    expect(await runsOf(fleet.api, 'raced')).toMatchObject([{ pages: 0, documents: 0 }])
  } finally {
    await client.end()
  }
})
