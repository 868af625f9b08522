import type { StreamSpec } from '@data-weaver/contracts'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Bench, ended, openBench, refused, spec, tenant } from '../test/bench.ts'

let bench: Bench
beforeAll(async () => void (bench = await openBench()))
afterAll(async () => await bench[Symbol.asyncDispose]())

// Operations are worked on all together: what a test left would go on in the next one.
beforeEach(async () => void (await bench.other.query('truncate weaver.operations cascade')))

describe('a re-parse', () => {
  test('delivers what is stored with the current version, and leaves runs as they are', async () => {
    const { ledger, fetched, change, deliver, next, look, deliveriesOf } = bench
    const { streamId, runId, resultIds, deliveryIds } = await fetched({ pages: 3 })
    await deliver(deliveryIds)
    await change(streamId)
    const before = await ledger.history.run(tenant, runId)
    expect(await ledger.redeliveries.previewReparse(tenant, streamId, {})).toEqual({ results: 3, deliveries: 3, deadLetters: 0 })
    const id = await ledger.redeliveries.reparse(tenant, streamId, {})
    const made = await next()
    const begun = await ledger.beginDeliveries('worker-1', made)
    expect(begun.map(({ resultId, streamVersion, runId: run }) => ({ resultId, streamVersion, run }))).toEqual(
      resultIds.map((resultId) => ({ resultId, streamVersion: 2, run: runId })),
    )
    expect(await look(id)).toMatchObject({ state: 'waiting', redelivery: { matched: 3, done: 3, deliveries: 3, delivered: 0 } })
    expect((await ledger.streams.get(tenant, streamId)).stream.freshness.goodAt).not.toBeNull()
    await deliver(made)
    expect(await look(id)).toMatchObject({
      state: 'completed',
      redelivery: { streamVersion: 2, delivered: 3, documents: 6, deadLetters: 0 },
    })
    expect(await ledger.history.run(tenant, runId)).toEqual(before)
    expect(await deliveriesOf(resultIds[0] as string)).toMatchObject([
      { streamVersion: 1, state: 'done' },
      { streamVersion: 2, state: 'done', position: 0 },
    ])
  })

  test('takes what was committed before it was asked for, in the range, for the sinks that are named', async () => {
    const { ledger, other, fetch, fetched, next, look, deliveriesOf } = bench
    const sinks = [{ type: 'postgres' }, { type: 'vespa' }, { type: 'vespa' }]
    const { streamId, resultIds } = await fetched({ pages: 2, change: { sinks } })
    await other.query(`update weaver.results set created_at = now() - interval '1 h' where id = $1`, [resultIds[0]])
    const since = new Date(Date.now() - 60_000).toISOString()
    expect(await ledger.redeliveries.previewReparse(tenant, streamId, { since })).toMatchObject({ results: 1, deliveries: 3 })
    expect(await ledger.redeliveries.previewReparse(tenant, streamId, { until: since, sinks: ['vespa'] })).toMatchObject({ deliveries: 2 })
    const all = await ledger.redeliveries.reparse(tenant, streamId, { sinks: [0] })
    const id = await ledger.redeliveries.reparse(tenant, streamId, { results: [resultIds[0] as string], sinks: [2] })
    await fetch(streamId, 1, sinks)
    await next()
    expect(await look(all)).toMatchObject({ redelivery: { matched: 2, done: 2, deliveries: 2 } })
    expect(await look(id)).toMatchObject({ state: 'waiting', redelivery: { matched: 1, deliveries: 1 } })
    expect((await deliveriesOf(resultIds[0] as string))?.filter(({ position }) => position === 2)).toHaveLength(2)
    expect(await refused(ledger.redeliveries.reparse(tenant, streamId, { sinks: ['kafka'] }))).toBe('invalid_request')
    expect(await refused(ledger.redeliveries.reparse(tenant, streamId, { results: [uuidv7()] }))).toBe('invalid_request')
  })

  test('fills a sink that was added', async () => {
    const { ledger, fetched, change, deliver, next, look, deliveriesOf } = bench
    const { streamId, resultIds } = await fetched({ pages: 2, change: { sinks: [] } })
    await change(streamId, { sinks: [{ type: 'postgres' }] })
    const id = await ledger.redeliveries.reparse(tenant, streamId, {})
    await deliver(await next())
    expect(await look(id)).toMatchObject({ state: 'completed', redelivery: { deliveries: 2, documents: 4 } })
    expect(await deliveriesOf(resultIds[1] as string)).toMatchObject([{ streamVersion: 2, sink: 'postgres' }])
  })

  test('has no more under way than a window, and goes on where it was', async () => {
    const { ledger, other, fetched, deliver, next, look } = bench
    const { streamId, deliveryIds } = await fetched({ pages: 1 })
    await deliver(deliveryIds)
    await other.query(
      `insert into weaver.results (id, stream_id, stream_version, run_id, part, key, sha256, size, content_type, request, response)
       select gen_random_uuid(), stream_id, 1, run_id, n, key, sha256, size, content_type, request, response from weaver.results, generate_series(1, 1299) n where stream_id = $1`,
      [streamId],
    )
    const id = await ledger.redeliveries.reparse(tenant, streamId, {})
    const made: string[] = []
    for (let round = 0; round < 6; round += 1) made.push(...(await next()))
    expect(made).toHaveLength(1000)
    await Promise.all(made.map((delivery) => ledger.acknowledge(ended(delivery))))
    made.push(...(await next()), ...(await next()))
    expect(made).toHaveLength(1300)
    await deliver(made.slice(1000))
    expect(await look(id)).toMatchObject({
      state: 'completed',
      redelivery: { matched: 1300, done: 1300, deliveries: 1300, delivered: 1300, documents: 2600 },
    })
  })

  test('is held by a stop, and goes on with the start; a drain waits for it', async () => {
    const { ledger, fetched, deliver, next, look, deliveriesOf } = bench
    const { streamId, deliveryIds, resultIds } = await fetched()
    await deliver(deliveryIds)
    const id = await ledger.redeliveries.reparse(tenant, streamId, {})
    const [made] = await next()
    await ledger.operations.stopStream(tenant, streamId, {})
    expect(await ledger.beginDeliveries('worker-1', [made as string])).toEqual([])
    expect(await look(id)).toMatchObject({ state: 'waiting' })
    await ledger.streams.start(tenant, streamId)
    expect(await deliveriesOf(resultIds[0] as string)).toMatchObject([{ state: 'done' }, { state: 'pending' }])
    const drain = await ledger.operations.stopStream(tenant, streamId, { mode: 'drain' })
    expect(await look(drain)).toMatchObject({ state: 'waiting', runs: { told: 1, acknowledged: 0 } })
    await deliver([made as string])
    expect(await look(drain)).toMatchObject({ state: 'completed' })
    expect(await look(id)).toMatchObject({ state: 'completed' })
  })

  test('a drain that is late holds it', async () => {
    const { ledger, fetched, deliver, next, look, deliveriesOf } = bench
    const { streamId, deliveryIds, resultIds } = await fetched()
    await deliver(deliveryIds)
    await ledger.redeliveries.reparse(tenant, streamId, {})
    await next()
    const drain = await ledger.operations.stopStream(tenant, streamId, { mode: 'drain', deadline: 0 })
    await ledger.operations.look()
    expect(await look(drain)).toMatchObject({ state: 'completed', mode: 'interrupt' })
    expect(await deliveriesOf(resultIds[0] as string)).toMatchObject([{ state: 'done' }, { state: 'held' }])
  })

  test('of a stopped stream delivers, until it is stopped again', async () => {
    const { ledger, fetched, deliver, next, deliveriesOf } = bench
    const { streamId, deliveryIds, resultIds } = await fetched({ pages: 2 })
    await deliver(deliveryIds)
    await ledger.operations.stopStream(tenant, streamId, {})
    await ledger.redeliveries.reparse(tenant, streamId, { results: [resultIds[0] as string] })
    expect(await next()).toHaveLength(1)
    await ledger.redeliveries.reparse(tenant, streamId, { results: [resultIds[1] as string] })
    await ledger.operations.stopStream(tenant, streamId, {})
    expect(await next()).toEqual([])
    for (const resultId of resultIds) expect(await deliveriesOf(resultId)).toMatchObject([{ state: 'done' }, { state: 'held' }])
  })

  test('twice with one version: what is under way is waited for, what has ended is made again', async () => {
    const { ledger, fetched, deliver, next, look, deliveriesOf } = bench
    const { streamId, deliveryIds, resultIds } = await fetched()
    await deliver(deliveryIds)
    const first = await ledger.redeliveries.reparse(tenant, streamId, {})
    const [made] = await next()
    const second = await ledger.redeliveries.reparse(tenant, streamId, {})
    expect(await next()).toEqual([])
    await deliver([made as string])
    for (const id of [first, second]) expect(await look(id)).toMatchObject({ state: 'completed', redelivery: { documents: 2 } })
    await ledger.redeliveries.reparse(tenant, streamId, {})
    const [again] = await next()
    expect(again).not.toBe(made)
    expect(await deliveriesOf(resultIds[0] as string)).toMatchObject([{ state: 'done' }, { state: 'pending', documents: 0 }])
  })

  test('waits while a worker is up that would transform with the version of the result', async () => {
    const { ledger, other, fetched, deliver, next } = bench
    const { streamId, deliveryIds } = await fetched({ change: { pool: 'mixed' } })
    await deliver(deliveryIds)
    await other.query(`insert into weaver.workers (id, host, pid, version, pools, slots) values ('old', 'h', 1, '0', '{mixed}', 1)`)
    await ledger.redeliveries.reparse(tenant, streamId, {})
    expect(await next()).toEqual([])
    await other.query(`delete from weaver.workers where id = 'old'`)
    expect(await next()).toHaveLength(1)
  })

  test('that cannot go on fails, and holds up no other', async () => {
    const { ledger, other, fetched, deliver, next, look } = bench
    const broken = await fetched()
    const sound = await fetched()
    for (const { deliveryIds } of [broken, sound]) await deliver(deliveryIds)
    const [first, second] = [broken, sound].map(({ streamId }) => ledger.redeliveries.reparse(tenant, streamId, {}))
    await other.query(`update weaver.redeliveries set wish = '{"since": "never"}' where operation_id = $1`, [await first])
    await second
    expect(await next()).toHaveLength(1)
    expect(await look((await first) as string)).toMatchObject({ state: 'failed', error: { code: 'internal' } })
    expect(await look((await second) as string)).toMatchObject({ state: 'waiting' })
  })

  test('leaves out what a version beside the current one had fetched, and ends with its stream', async () => {
    const { ledger, other, fetched, deliver, look } = bench
    const { streamId, runId, deliveryIds } = await fetched()
    await deliver(deliveryIds)
    await other.query(`update weaver.runs set trigger = 'canary' where id = $1`, [runId])
    expect(await ledger.redeliveries.previewReparse(tenant, streamId, {})).toMatchObject({ results: 0 })
    const nothing = await ledger.redeliveries.reparse(tenant, streamId, {})
    expect(await look(nothing)).toMatchObject({ state: 'completed', redelivery: { matched: 0, deliveries: 0 } })
    await other.query(`update weaver.runs set trigger = 'manual' where id = $1`, [runId])
    const cut = await ledger.redeliveries.reparse(tenant, streamId, {})
    await ledger.operations.stopStream(tenant, streamId, {}, true)
    expect(await look(cut)).toMatchObject({ state: 'failed', error: { code: 'not_found' } })
  })

  test('a changed configuration of the adapter has a transform version of its own, and no trial takes it away', async () => {
    const { ledger, fetched } = bench
    const { streamId } = await fetched()
    const numbers = async (more: Partial<StreamSpec>) => {
      const { stream } = await ledger.streams.change(tenant, streamId, { spec: { ...spec, ...more } })
      return [stream.version, stream.transformVersion]
    }
    expect(await numbers({ timeout: 5000 })).toEqual([2, 1])
    expect(await numbers({ config: { url: 'https://example.com' } })).toEqual([3, 2])
    const { revision } = await ledger.streams.get(tenant, streamId)
    await ledger.trials.begin(tenant, streamId, {
      spec: { ...spec, transform: { fields: { x: 'y' } } },
      mode: 'instead',
      ticks: 1,
      ifRevision: revision,
    })
    await ledger.trials.giveUp(tenant, streamId)
    expect(await numbers({ transform: { fields: { z: 'y' } } })).toEqual([5, 4])
  })
})
