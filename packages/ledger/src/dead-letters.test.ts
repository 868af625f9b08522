import type { RunError } from '@data-weaver/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Bench, ended, error, openBench, refused, tenant, whole } from '../test/bench.ts'

let bench: Bench
beforeAll(async () => void (bench = await openBench()))
afterAll(async () => await bench[Symbol.asyncDispose]())

// Operations are worked on all together: what a test left would go on in the next one.
beforeEach(async () => void (await bench.other.query('truncate weaver.operations cascade')))

describe('dead letters', () => {
  test('are grouped by cause, redriven with the current version, and new ones when they are refused again', async () => {
    const { ledger, fetched, change, next, look, letters } = bench
    const { streamId, name, deliveryIds, runId, resultIds } = await fetched({ pages: 2 })
    await ledger.acknowledge(
      ended(deliveryIds[0] as string, [
        { record: 0, error },
        { record: 1, error },
      ]),
    )
    await ledger.acknowledge(ended(deliveryIds[1] as string, [whole], 'dead'))
    const groups = await ledger.deadLetters.groups({ tenant, limit: 10, streamId })
    expect(groups.items).toMatchObject([
      { code: 'sink_rejected', stream: name, sink: 'postgres', count: 1, example: { record: null } },
      { code: 'transform_failed', count: 2, example: { record: 1 } },
    ])
    const page = await ledger.deadLetters.groups({ tenant, limit: 1, streamId })
    expect(await ledger.deadLetters.groups({ tenant, limit: 1, streamId, after: page.next ?? '' })).toMatchObject({
      items: [{ code: 'transform_failed' }],
      next: null,
    })
    await change(streamId)
    const filter = { stream: name, code: 'transform_failed' }
    expect(await ledger.redeliveries.previewDeadLetters(tenant, 'redrive', { filter })).toEqual({
      results: 1,
      deliveries: 1,
      deadLetters: 2,
    })
    const id = await ledger.redeliveries.actOnDeadLetters(tenant, 'redrive', { filter })
    const made = await next()
    const begun = await ledger.beginDeliveries('worker-1', made)
    expect(begun).toMatchObject([{ resultId: resultIds[0], streamVersion: 2 }])
    const again: RunError = { ...error, message: 'still no number' }
    await ledger.acknowledge(ended(made[0] as string, [{ record: 1, error: again }]))
    expect(await look(id)).toMatchObject({
      state: 'completed',
      scope: { stream: streamId, deadLetters: { filter } },
      redelivery: { matched: 2, done: 2, deliveries: 1, documents: 1, deadLetters: 1 },
    })
    expect(await letters(streamId)).toMatchObject([{ record: 1, error: again, runId, resolvedAt: null }, { record: null }])
    expect((await letters(streamId, 'resolved')).map(({ resolution }) => resolution)).toEqual(['redriven', 'redriven'])
    expect(await ledger.history.run(tenant, runId)).toMatchObject({ state: 'partial', deadLetters: 3, documents: 1, pendingDeliveries: 0 })
  })

  test('that are many in one result are all counted as done when it was redriven', async () => {
    const { ledger, fetched, change, deliver, next, look, letters } = bench
    const { streamId, deliveryIds } = await fetched({ pages: 1 })
    const refusals = Array.from({ length: 600 }, (_, record) => ({ record, error }))
    await ledger.acknowledge(ended(deliveryIds[0] as string, refusals))
    await change(streamId)
    const id = await ledger.redeliveries.actOnDeadLetters(tenant, 'redrive', { filter: { stream: streamId } })
    await deliver(await next())
    await next()
    expect(await look(id)).toMatchObject({ state: 'completed', redelivery: { matched: 600, done: 600, deliveries: 1, delivered: 1 } })
    expect(await letters(streamId)).toEqual([])
  })

  test('that come back by the same version are redriven again', async () => {
    const { ledger, fetched, next, look, letters } = bench
    const { streamId, deliveryIds } = await fetched()
    await ledger.acknowledge(ended(deliveryIds[0] as string, [whole], 'dead'))
    for (let round = 0; round < 3; round += 1) {
      const [open] = await letters(streamId)
      const id = await ledger.redeliveries.actOnDeadLetters(tenant, 'redrive', { ids: [open?.id as string] })
      const [made] = await next()
      await ledger.acknowledge(ended(made as string, [whole], 'dead'))
      expect(await look(id)).toMatchObject({ state: 'completed', redelivery: { deadLetters: 1 } })
      expect(await letters(streamId)).toHaveLength(1)
      expect(await letters(streamId, 'resolved')).toHaveLength(round + 1)
    }
  })

  test('are resolved by a re-parse that mends them, and only for its sink', async () => {
    const { ledger, fetched, change, deliver, next, look, letters } = bench
    const sinks = [{ type: 'postgres' }, { type: 'postgres' }]
    const { streamId, deliveryIds } = await fetched({ change: { sinks } })
    for (const id of deliveryIds) await ledger.acknowledge(ended(id, [{ record: 0, error }]))
    await change(streamId, { sinks })
    const operation = await ledger.redeliveries.reparse(tenant, streamId, { sinks: [1] })
    await deliver(await next())
    expect(await look(operation)).toMatchObject({ state: 'completed' })
    expect(await letters(streamId)).toHaveLength(1)
    expect(await letters(streamId, 'resolved')).toMatchObject([{ resolution: 'reparsed' }])
  })

  test('of a newer version are not resolved by an older one that ends later', async () => {
    const { ledger, fetched, change, deliver, next, look, letters } = bench
    const { streamId, deliveryIds } = await fetched()
    await deliver(deliveryIds)
    const older = await ledger.redeliveries.reparse(tenant, streamId, {})
    const made = await next()
    await change(streamId)
    const newer = await ledger.redeliveries.reparse(tenant, streamId, {})
    const [refusedByNewer] = await next()
    await ledger.acknowledge(ended(refusedByNewer as string, [{ record: 0, error }]))
    await deliver(made)
    for (const id of [older, newer]) expect(await look(id)).toMatchObject({ state: 'completed' })
    expect(await letters(streamId)).toHaveLength(1)
  })

  test('are discarded by id; a sink that is gone leaves them open', async () => {
    const { ledger, fetched, change, look, letters } = bench
    const { streamId, deliveryIds } = await fetched({ pages: 2 })
    for (const id of deliveryIds) await ledger.acknowledge(ended(id, [whole], 'dead'))
    const [newest] = await letters(streamId)
    const discard = await ledger.redeliveries.actOnDeadLetters(tenant, 'discard', { ids: [newest?.id as string] })
    expect(await look(discard)).toMatchObject({ state: 'completed', redelivery: { matched: 1, done: 1, deliveries: 0 } })
    expect(await letters(streamId, 'resolved')).toMatchObject([{ id: newest?.id, resolution: 'discarded' }])
    await change(streamId, { sinks: [{ type: 'vespa' }] })
    const redrive = await ledger.redeliveries.actOnDeadLetters(tenant, 'redrive', { filter: { stream: streamId } })
    expect(await look(redrive)).toMatchObject({ state: 'completed', redelivery: { deliveries: 0 } })
    expect(await letters(streamId)).toHaveLength(1)
    expect(await refused(ledger.redeliveries.actOnDeadLetters(tenant, 'discard', {}))).toBe('invalid_request')
  })
})
