import { type StreamSpec, silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { createDatabase, eventually, type TestDatabase } from '@data-weaver/testkit'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, spec, tenant } from '../test/bench.ts'
import { type FetchEnd, type Ledger, migrate, openLedger, type PageCommit, type StreamWithRevision } from './index.ts'

let database: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  database = await createDatabase({ key: 'ledger', prepare: migrate })
  ledger = openLedger(database.url, { clock: systemClock, log: silentLog, name: 'test' })
})

afterAll(async () => {
  await ledger.close()
  await database.drop()
})

const leaseMs = 30_000

const create = (change: Partial<StreamSpec> = {}): Promise<StreamWithRevision> => {
  const id = uuidv7()
  return ledger.streams.create({ id, tenant, name: `stream-${id}`, adapter: 'http', spec: { ...spec, ...change }, sealed: {} })
}

async function started(change: Partial<StreamSpec> = {}) {
  const { stream } = await create(change)
  await ledger.streams.start(tenant, stream.id)
  return stream
}

const tick = (streamId: string, at = Date.now(), runId = uuidv7(), lease = leaseMs) =>
  ledger.claim('worker-1', lease, { kind: 'tick', streamId, at, runId, canaryRunId: uuidv7() })

async function claimed(streamId: string, at = Date.now(), lease = leaseMs) {
  const claim = await tick(streamId, at, uuidv7(), lease)
  if (claim.outcome !== 'claimed') throw new Error(`expected a claim, got ${claim.outcome}`)
  return claim.run
}

const page = (run: { id: string; epoch: number }, change: Partial<PageCommit> = {}): PageCommit => ({
  runId: run.id,
  epoch: run.epoch,
  resultId: uuidv7(),
  part: 0,
  key: `results/${run.id}/x.json`,
  sha256: 'ab'.repeat(32),
  size: 10,
  contentType: 'application/json',
  request: { method: 'GET', url: 'https://example.org', headers: {} },
  response: { status: 200, headers: {}, receivedAt: new Date().toISOString(), durationMs: 1 },
  sinks: spec.sinks,
  cursor: undefined,
  gap: undefined,
  ends: false,
  carrier: null,
  ...change,
})

const end = (run: { id: string; epoch: number }, outcome: FetchEnd['outcome'] = 'fetched'): FetchEnd => ({
  runId: run.id,
  epoch: run.epoch,
  outcome,
  error: null,
  retryAfterMs: 0,
  autoPause: null,
})
const worker = {
  id: 'worker-1',
  host: 'h',
  pid: 1,
  version: '0',
  pools: ['default'],
  slots: 1,
  draining: false,
  memoryBytes: 1,
  clockNow: Date.now(),
}
async function progress(operationId: string) {
  await ledger.operations.look(operationId)
  return await ledger.operations.get(tenant, operationId)
}
const stop = async (streamId: string) => await progress(await ledger.operations.stopStream(tenant, streamId, {}))
const done = (deliveryId: string, change = {}) => ({ ...ended(deliveryId), records: 1, documents: 1, ...change })
const state = async (runId: string) => (await ledger.history.run(tenant, runId)).state

async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof WeaverError) return error.code
    throw error
  }
  throw new Error('expected a refusal')
}

describe('streams', () => {
  test('a name is taken once, and free again after the stream was removed', async () => {
    const { stream } = await create()
    const again = () => ledger.streams.create({ id: uuidv7(), tenant, name: stream.name, adapter: 'http', spec, sealed: {} })
    expect(await refused(again())).toBe('name_taken')
    await ledger.operations.stopStream(tenant, stream.id, {}, true)
    expect((await again()).stream.name).toBe(stream.name)
    expect(await refused(ledger.streams.get(tenant, stream.id))).toBe('not_found')
  })

  test('a change makes a version, the same again does not, an old ETag is refused', async () => {
    const { stream, revision } = await create()
    const changed = await ledger.streams.change(tenant, stream.id, { spec: { ...spec, timeout: 5000 }, ifRevision: revision })
    expect(changed.stream).toMatchObject({ version: 2, transformVersion: 1, timeout: 5000 })
    const same = await ledger.streams.change(tenant, stream.id, { spec: { ...spec, timeout: 5000 } })
    expect([same.stream.version, same.revision]).toEqual([2, changed.revision])
    expect(await refused(ledger.streams.change(tenant, stream.id, { spec, ifRevision: revision }))).toBe('version_conflict')
    const mapped = await ledger.streams.change(tenant, stream.id, { spec: { ...spec, transform: { fields: { a: 'b' } } } })
    expect(mapped.stream).toMatchObject({ version: 3, transformVersion: 2 })
    const { items } = await ledger.streams.versions(tenant, stream.id, 2)
    expect(items.map(({ version }) => version)).toEqual([3, 2])
  })

  test('a changed interval begins where the current one ends', async () => {
    const stream = await started({ schedule: { every: 3_600_000 } })
    const { stream: before } = await ledger.streams.get(tenant, stream.id)
    const { stream: after } = await ledger.streams.change(tenant, stream.id, { spec: { ...spec, schedule: { every: 1000 } } })
    expect(after.nextTickAt).toBe(before.nextTickAt)
    const early = await tick(stream.id, Date.now() + 1000)
    expect(early.outcome).toBe('gone')
  })

  test('lists in order of name, page by page', async () => {
    for (let index = 0; index < 3; index += 1) await create()
    const names: string[] = []
    let after: string | undefined
    do {
      const answer = await ledger.streams.list({ tenant, limit: 2, ...(after === undefined ? {} : { after }) })
      names.push(...answer.items.map(({ name }) => name))
      after = answer.next ?? undefined
    } while (after !== undefined)
    expect(names).toEqual([...names].sort())
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThanOrEqual(3)
  })
})

describe('claims', () => {
  test('of 20 at once for one tick exactly one runs', async () => {
    const stream = await started()
    const at = Date.now()
    const claims = await Promise.all(Array.from({ length: 20 }, () => tick(stream.id, at)))
    const outcomes = claims.map(({ outcome }) => outcome)
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(19)
  })

  test('two processes cannot both run one tick', async () => {
    const stream = await started()
    const other = openLedger(database.url, { clock: systemClock, log: silentLog, name: 'other' })
    try {
      const at = Date.now()
      const claims = await Promise.all(
        [ledger, other].flatMap((process) =>
          Array.from({ length: 5 }, () =>
            process.claim('w', leaseMs, { kind: 'tick', streamId: stream.id, at, runId: uuidv7(), canaryRunId: uuidv7() }),
          ),
        ),
      )
      expect(claims.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1)
    } finally {
      await other.close()
    }
  })

  test('a tick during a run is recorded as skipped', async () => {
    const stream = await started({ schedule: { every: 1000 } })
    await claimed(stream.id)
    const runId = uuidv7()
    expect((await tick(stream.id, Date.now() + 1000, runId)).outcome).toBe('skipped')
    expect(await ledger.history.run(tenant, runId)).toMatchObject({ state: 'skipped', reason: 'overlap' })
  })

  test('a run is pinned to the version it was claimed with, over its attempts', async () => {
    const stream = await started()
    const run = await claimed(stream.id)
    await ledger.streams.change(tenant, stream.id, { spec: { ...spec, timeout: 1234 } })
    await ledger.endFetch(end(run, 'retry'))
    const again = await ledger.claim('worker-2', leaseMs, { kind: 'run', runId: run.id })
    expect(again).toMatchObject({ outcome: 'claimed', run: { version: 1, epoch: 2, attempt: 2 } })
  })

  test('a stopped stream runs nothing', async () => {
    const stream = await started()
    await stop(stream.id)
    expect((await tick(stream.id)).outcome).toBe('gone')
    expect(await refused(ledger.streams.trigger(tenant, stream.id))).toBe('stream_stopped')
  })

  test('a run beyond its lease is taken over, and its first worker can write nothing more', async () => {
    const stream = await started()
    const run = await claimed(stream.id, Date.now(), 1)
    const taken = await eventually(
      async () => {
        const claim = await ledger.claim('worker-2', leaseMs, { kind: 'run', runId: run.id })
        return claim.outcome === 'claimed' ? claim.run : undefined
      },
      { what: 'the lease to end' },
    )
    expect(taken.epoch).toBe(run.epoch + 1)
    expect(await refused(ledger.commitPage(page(run)))).toBe('lease_lost')
    expect(await ledger.endFetch(end(run))).toBeUndefined()
    expect((await ledger.commitPage(page(taken))).deliveryIds).toHaveLength(1)
  })
})

describe('commits', () => {
  test('results, deliveries and cursor come together; the same page again changes nothing', async () => {
    const stream = await started()
    const run = await claimed(stream.id)
    const first = page(run, { cursor: { since: 5 } })
    const { deliveryIds, seq } = await ledger.commitPage(first)
    expect(deliveryIds).toHaveLength(1)
    expect((await ledger.commitPage(first)).deliveryIds).toEqual([])
    expect(await ledger.history.run(tenant, run.id)).toMatchObject({ pages: 1, bytes: 10, pendingDeliveries: 1 })
    expect((await ledger.streams.get(tenant, stream.id)).stream.cursor).toEqual({ since: 5 })
    const second = await ledger.commitPage(page(run, { part: 1 }))
    expect(second.seq).toBeGreaterThan(seq)
  })

  test('a checkpoint without a page moves the cursor, but for a worker that has lost its run', async () => {
    const run = await claimed((await started()).id)
    await ledger.saveCheckpoint({ streamId: run.streamId, runId: run.id, epoch: run.epoch, cursor: { at: 1 } })
    await ledger.saveCheckpoint({ streamId: run.streamId, runId: run.id, epoch: run.epoch - 1, cursor: { at: 2 } })
    expect((await ledger.streams.get(tenant, run.streamId)).stream.cursor).toEqual({ at: 1 })
  })

  test('one page that cannot be stored does not fail its neighbours', async () => {
    const runs = await Promise.all([1, 2, 3].map(async () => await claimed((await started()).id)))
    const [bad, ...good] = runs
    const commits = await Promise.allSettled([
      ledger.commitPage(page(bad as { id: string; epoch: number }, { resultId: 'not a uuid' })),
      ...good.map((run) => ledger.commitPage(page(run))),
    ])
    expect(commits.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })

  test('text that Postgres cannot hold is kept as far as it can be', async () => {
    const run = await claimed((await started()).id)
    const resultId = uuidv7()
    await ledger.commitPage(page(run, { resultId, request: { method: 'GET', url: 'https://example.org/\0\ud800', headers: {} } }))
    expect((await ledger.history.result(tenant, resultId)).request.url).toBe('https://example.org/\ufffd\ufffd')
  })
})

describe('ends', () => {
  test('a run has succeeded when its last delivery is acknowledged, in either order', async () => {
    const run = await claimed((await started()).id)
    const [first] = (await ledger.commitPage(page(run))).deliveryIds
    const [second] = (await ledger.commitPage(page(run, { part: 1 }))).deliveryIds
    await ledger.acknowledge(done(first as string))
    expect(await state(run.id)).toBe('running')
    expect(await ledger.endFetch(end(run))).toMatchObject({ state: 'delivering' })
    await ledger.acknowledge(done(second as string))
    expect(await ledger.history.run(tenant, run.id)).toMatchObject({ state: 'succeeded', records: 2, documents: 2, pendingDeliveries: 0 })
    await ledger.acknowledge(done(second as string))
    expect(await ledger.history.run(tenant, run.id)).toMatchObject({ documents: 2, pendingDeliveries: 0 })
  })

  test('dropped records show: the run is partial and each has a dead letter', async () => {
    const stream = await started()
    const run = await claimed(stream.id)
    const [delivery] = (await ledger.commitPage(page(run))).deliveryIds
    await ledger.endFetch(end(run))
    const error = { code: 'record_invalid' as const, origin: 'transform', message: 'no id' }
    await ledger.acknowledge(done(delivery as string, { records: 2, refusals: [{ record: 1, error }] }))
    expect(await ledger.history.run(tenant, run.id)).toMatchObject({ state: 'partial', deadLetters: 1 })
    expect((await ledger.deadLetters.list({ tenant, limit: 9, streamId: stream.id })).items).toMatchObject([{ record: 1, error }])
  })

  test('a stop interrupts what waits at once and what runs when its worker says so', async () => {
    const waiting = await started()
    const waits = await claimed(waiting.id)
    await ledger.endFetch(end(waits, 'retry'))
    expect(await stop(waiting.id)).toMatchObject({ state: 'completed', runs: { told: 0 } })
    expect(await state(waits.id)).toBe('interrupted')

    const running = await started()
    const runs = await claimed(running.id)
    const operation = await stop(running.id)
    expect(operation).toMatchObject({ state: 'waiting', runs: { told: 1, acknowledged: 0 }, workers: [{ id: 'worker-1', told: 1 }] })
    expect(await refused(ledger.commitPage(page(runs)))).toBe('lease_lost')
    const { leases } = await ledger.renewLeases(worker, [{ runId: runs.id, epoch: runs.epoch }], leaseMs)
    expect(leases).toEqual(['stopping'])
    expect(await ledger.endFetch(end(runs, 'interrupted'))).toMatchObject({ state: 'interrupted' })
    expect(await progress(operation.id)).toMatchObject({ state: 'completed', runs: { told: 1, acknowledged: 1 } })
  })

  test('the reconciler ends what was told to stop when its worker is gone', async () => {
    const stream = await started()
    const run = await claimed(stream.id, Date.now(), 1)
    const { id } = await stop(stream.id)
    await eventually(async () => (await ledger.reconcile.endLost(100, leaseMs)) > 0 || (await state(run.id)) === 'interrupted', {
      what: 'the lost run to end',
    })
    expect(await state(run.id)).toBe('interrupted')
    expect(await progress(id)).toMatchObject({ state: 'completed' })
  })
})

describe('what the reconciler gives', () => {
  const ids = () => Array.from({ length: 5 }, () => uuidv7())

  test('a continuous stream has one run at any time, the next one when it has ended', async () => {
    const stream = await started({ schedule: { continuous: true } })
    const runs = async () => (await ledger.history.runs({ tenant, limit: 10, streamId: stream.id })).items
    await Promise.all([ledger.reconcile.continueStreams(ids()), ledger.reconcile.continueStreams(ids())])
    await ledger.reconcile.continueStreams(ids())
    const [first, ...others] = await runs()
    expect([first?.state, others]).toEqual(['queued', []])
    const claim = await ledger.claim('worker-1', leaseMs, { kind: 'run', runId: first?.id ?? '' })
    if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
    await ledger.reconcile.continueStreams(ids())
    expect(await runs()).toHaveLength(1)
    // It failed: the stream rests before the next one.
    await ledger.endFetch(end(claim.run, 'failed'))
    await ledger.reconcile.continueStreams(ids())
    expect(await runs()).toHaveLength(1)
    await eventually(async () => (await ledger.reconcile.continueStreams(ids()), (await runs()).length === 2), { what: 'the next run' })
    await stop(stream.id)
    await ledger.reconcile.continueStreams(ids())
    expect((await runs()).map(({ state: each }) => each)).toEqual(['interrupted', 'failed'])
  })

  test('a stream that failures paused is probed once when its time has come', async () => {
    const stream = await started()
    const run = await claimed(stream.id)
    await ledger.endFetch({ ...end(run, 'failed'), autoPause: { failures: 1, probe: 1 } })
    expect((await ledger.streams.get(tenant, stream.id)).stream).toMatchObject({ desired: 'paused', pausedBy: 'failures', failures: 1 })
    await eventually(async () => (await ledger.reconcile.probeStreams(ids())) > 0, { what: 'a probe' })
    expect(await ledger.reconcile.probeStreams(ids())).toBe(0)
    const [probe] = (await ledger.history.runs({ tenant, limit: 1, streamId: stream.id })).items
    const claim = await ledger.claim('worker-1', leaseMs, { kind: 'run', runId: probe?.id ?? '' })
    if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
    await ledger.endFetch(end(claim.run))
    expect((await ledger.streams.get(tenant, stream.id)).stream).toMatchObject({ desired: 'started', pausedBy: null, failures: 0 })
  })
})

describe('event feed', () => {
  test('misses nothing that commits out of order and repeats nothing', async () => {
    const runs = await Promise.all(Array.from({ length: 8 }, async () => await claimed((await started()).id)))
    let position = await ledger.feedEnd()
    const written = Array.from({ length: 80 }, () => uuidv7())
    const seen: string[] = []
    let writing = true
    const reader = (async () => {
      while (true) {
        const last = !writing
        const entries = await ledger.readFeed(position, 7)
        for (const entry of entries) {
          // What was committed before, while a transaction of another test was open, may come as well.
          if (written.includes(entry.resultId)) seen.push(entry.resultId)
          position = entry.position
        }
        if (last && entries.length === 0 && seen.length >= written.length) return
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await Promise.all(
      written.map((resultId, index) =>
        ledger.commitPage(page(runs[index % runs.length] as { id: string; epoch: number }, { resultId, part: index })),
      ),
    )
    writing = false
    await reader
    expect([...seen].sort()).toEqual([...written].sort())
  })
})

test('migrating again, and from many at once, changes nothing', async () => {
  await expect(Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)])).resolves.toHaveLength(3)
})

test('a ledger that cannot be reached is an error of its own', async () => {
  const nowhere = openLedger('postgres://nobody@127.0.0.1:1/none', { clock: systemClock, log: silentLog, name: 'test' })
  expect(await refused(nowhere.ping())).toBe('ledger_unavailable')
  await nowhere.close()
})
