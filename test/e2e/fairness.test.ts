import type { ServerResponse } from 'node:http'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { openLedger } from '@data-weaver/ledger'
import { openQueue } from '@data-weaver/queue'
import { eventually } from '@data-weaver/testkit'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startFleet } from './fleet.ts'
import { json, startSource } from './source.ts'

const options = { clock: systemClock, log: silentLog, name: 'fairness' }
const places = 4
const crowd = Array.from({ length: 12 }, (_, index) => `crowd-${index}`)
const manual = { manual: true }

/** A place that falls free goes to the tenant that uses the fewest, however many of another one's runs wait for it. */
test('many runs of one tenant do not hold back the one of another', async () => {
  const waiting: ServerResponse[] = []
  let over = false
  await using source = await startSource((_request, response, url) => {
    if (over || url.pathname === '/lone') json(response, { items: [{ id: url.pathname }] })
    else waiting.push(response)
  })
  await using fleet = await startFleet({ env: { WEAVER_FETCH_SLOTS: String(places) } })
  await using stack = new AsyncDisposableStack()
  const client = new pg.Client({ connectionString: fleet.databaseUrl })
  await client.connect()
  stack.defer(() => client.end())
  const ledger = stack.adopt(openLedger(fleet.databaseUrl, options), (open) => open.close())
  const queue = stack.adopt(openQueue(fleet.databaseUrl, options), (open) => open.close())
  const create = async (name: string): Promise<string> => {
    const config = { request: { url: `${source.url}/${name}` }, records: { path: 'items' }, primaryKey: ['id'] }
    const stream = { name, adapter: 'http', config, schedule: manual, timeout: 60_000 }
    return (await fleet.api.post<{ id: string }>('/v1/streams', stream)).id
  }

  const lone = await create('lone')
  await client.query(`update weaver.streams set tenant = 'other' where id = $1`, [lone])
  for (const name of crowd) await create(name)
  await fleet.api.post('/v1/streams/actions', { action: 'start', filter: {} })
  await Promise.all(crowd.map((name) => fleet.api.post(`/v1/streams/${name}/trigger`)))
  await eventually(() => waiting.length === places, { what: 'all places to be in use' })

  await ledger.streams.start('other', lone)
  const { runId, lane } = await ledger.streams.trigger('other', lone)
  await queue.wakeRun(lane, runId)
  // The worker has its wake-up in hand, and no place for it.
  await eventually(async () => Object.values(await queue.counts([lane])).some(({ active }) => active === 1), {
    what: 'the worker to have the other tenant’s job',
  })
  expect(source.requests.filter(({ url }) => url.pathname === '/lone')).toEqual([])

  json(waiting[0] as ServerResponse, { items: [] })
  await eventually(async () => (await ledger.history.run('other', runId)).state === 'succeeded', { what: 'the lone run to succeed' })
  const order = source.requests.map(({ url }) => url.pathname)
  expect(order[places]).toBe('/lone')
  over = true
  for (const response of waiting) if (!response.writableEnded) json(response, { items: [] })
})
