import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, error, openBench, refused, tenant } from '../test/bench.ts'

let bench: Bench
beforeAll(async () => void (bench = await openBench()))
afterAll(async () => await bench[Symbol.asyncDispose]())

describe('a retry by hand', () => {
  /** A stream with a run of its schedule that failed. */
  async function failed() {
    const { ledger, fetched } = bench
    const { streamId } = await fetched()
    const runId = uuidv7()
    const claim = await ledger.claim('worker-1', 30_000, { kind: 'tick', streamId, at: Date.now(), runId, canaryRunId: uuidv7() })
    const { epoch } = claim.outcome === 'claimed' ? claim.run : { epoch: 0 }
    await ledger.endFetch({ runId, epoch, outcome: 'failed', error, retryAfterMs: 0, autoPause: null })
    return { streamId, runId }
  }

  test('is the same run with another attempt, also of a paused stream', async () => {
    const { ledger } = bench
    const { streamId, runId } = await failed()
    await ledger.streams.pause(tenant, streamId)
    await ledger.streams.retryRun(tenant, runId)
    expect(await ledger.history.run(tenant, runId)).toMatchObject({ state: 'queued', attempt: 1, finishedAt: null })
    expect(await refused(ledger.streams.retryRun(tenant, runId))).toBe('run_in_progress')
    const claim = await ledger.claim('worker-1', 30_000, { kind: 'run', runId })
    expect(claim).toMatchObject({ outcome: 'claimed', run: { id: runId, attempt: 2, epoch: 2, version: 1 } })
  })

  test('is refused for runs that ended well, are in progress, or belong to a stopped stream', async () => {
    const { ledger, fetch, deliver } = bench
    const { streamId, runId } = await failed()
    const { runId: good, deliveryIds } = await fetch(streamId)
    await deliver(deliveryIds)
    expect(await refused(ledger.streams.retryRun(tenant, good))).toBe('not_retryable')
    await ledger.streams.trigger(tenant, streamId)
    expect(await refused(ledger.streams.retryRun(tenant, runId))).toBe('run_in_progress')
    await ledger.operations.stopStream(tenant, streamId, {})
    expect(await refused(ledger.streams.retryRun(tenant, runId))).toBe('stream_stopped')
    expect(await refused(ledger.streams.retryRun(tenant, uuidv7()))).toBe('not_found')
  })

  test('brings an interrupted run back, and sends on what was held of it', async () => {
    const { ledger, other, fetched } = bench
    const { streamId, runId, deliveryIds } = await fetched()
    await ledger.operations.interruptRun(tenant, runId)
    await other.query(`update weaver.runs set state = 'interrupted' where id = $1`, [runId])
    expect((await ledger.history.run(tenant, runId)).heldDeliveries).toBe(1)
    await ledger.streams.retryRun(tenant, runId)
    expect(await ledger.beginDeliveries('worker-1', deliveryIds)).toHaveLength(1)
    expect((await ledger.history.run(tenant, runId)).heldDeliveries).toBe(0)
    expect((await ledger.streams.get(tenant, streamId)).stream.desired).toBe('started')
  })
})
