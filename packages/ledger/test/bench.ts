import {
  type DeadLetterState,
  type RunError,
  type StreamSpec,
  silentLog,
  specDefaults,
  systemClock,
  WeaverError,
} from '@data-weaver/contracts'
import { createDatabase } from '@data-weaver/testkit'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { type DeliveryEnd, type Ledger, migrate, openLedger, type Refusal } from '../src/index.ts'

export const tenant = 'default'
export const spec: StreamSpec = {
  ...specDefaults,
  config: { url: 'https://example.org' },
  schedule: { every: 60_000 },
  timeout: 60_000,
  bucket: 'results',
  transform: null,
  sinks: [{ type: 'postgres' }],
  pool: 'default',
  retry: { attempts: 3, delay: 1000, maxDelay: 60_000 },
}
export const error: RunError = { code: 'transform_failed', origin: 'transform', message: 'no number' }
/** A sink that refuses a whole result. */
export const whole: Refusal = { record: null, error: { code: 'sink_rejected', origin: 'sink', message: 'no' } }

export interface Fetched {
  readonly runId: string
  readonly resultIds: readonly string[]
  readonly deliveryIds: readonly string[]
}

export const ended = (deliveryId: string, refusals: readonly Refusal[] = [], state: DeliveryEnd['state'] = 'done'): DeliveryEnd => ({
  deliveryId,
  attempt: 1,
  state,
  records: 2,
  documents: 2 - refusals.length,
  refusals,
  error: null,
  retryAfterMs: 0,
})

/** The code that a call is refused with. */
export async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (thrown) {
    if (thrown instanceof WeaverError) return thrown.code
    throw thrown
  }
  throw new Error('expected a refusal')
}

/** A run of a stream with so many pages. */
async function fetchOnce(ledger: Ledger, streamId: string, pages: number, sinks: StreamSpec['sinks']): Promise<Fetched> {
  const { runId } = await ledger.streams.trigger(tenant, streamId)
  const claim = await ledger.claim('worker-1', 30_000, { kind: 'run', runId })
  if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
  const committed: { resultId: string; deliveryIds: readonly string[] }[] = []
  for (let part = 0; part < pages; part += 1) {
    const resultId = uuidv7()
    const { deliveryIds } = await ledger.commitPage({
      runId,
      epoch: claim.run.epoch,
      resultId,
      part,
      key: 'k',
      sha256: 'ab'.repeat(32),
      size: 1,
      contentType: 'application/json',
      request: { method: 'GET', url: 'https://example.org', headers: {} },
      response: { status: 200, headers: {}, receivedAt: new Date().toISOString(), durationMs: 1 },
      sinks,
      cursor: undefined,
      gap: undefined,
      ends: part === pages - 1,
      carrier: null,
    })
    committed.push({ resultId, deliveryIds })
  }
  return {
    runId,
    resultIds: committed.map(({ resultId }) => resultId),
    deliveryIds: committed.flatMap(({ deliveryIds }) => deliveryIds),
  }
}

export type Bench = Awaited<ReturnType<typeof openBench>>

/** A ledger on a database of its own, and what a worker would do with it. */
export async function openBench() {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createDatabase({ key: 'ledger', prepare: migrate }))
  const ledger: Ledger = openLedger(database.url, { clock: systemClock, log: silentLog, name: 'test' })
  stack.defer(() => ledger.close())
  const other = new pg.Client({ connectionString: database.url })
  await other.connect()
  stack.defer(() => other.end())

  const fetch = (streamId: string, pages = 1, sinks = spec.sinks) => fetchOnce(ledger, streamId, pages, sinks)
  const owned = stack.move()
  return {
    ledger,
    /** A connection beside the ledger's. */
    other,
    fetch,
    /** A started stream and a run of it with so many pages. */
    async fetched({ pages = 1, change = {} }: { pages?: number; change?: Partial<StreamSpec> } = {}) {
      const id = uuidv7()
      const made = { id, tenant, name: `s-${id}`, adapter: 'http', spec: { ...spec, ...change }, sealed: {} }
      const { stream } = await ledger.streams.create(made)
      await ledger.streams.start(tenant, id)
      return { streamId: id, name: stream.name, ...(await fetch(id, pages, change.sinks)) }
    },
    /** Another transform: the next version. */
    change: (streamId: string, more: Partial<StreamSpec> = {}) =>
      ledger.streams.change(tenant, streamId, { spec: { ...spec, transform: { fields: { a: 'b' } }, ...more } }),
    deliver: async (ids: readonly string[]) => void (await Promise.all(ids.map((id) => ledger.acknowledge(ended(id))))),
    /** Ids of the deliveries that the next step makes. */
    next: async () => (await ledger.redeliveries.next()).map(({ id }) => id),
    /** The operation after the leader has looked. */
    async look(operationId: string) {
      await ledger.redeliveries.next()
      await ledger.operations.look()
      return await ledger.operations.get(tenant, operationId)
    },
    letters: async (streamId: string, state: DeadLetterState = 'open') =>
      (await ledger.deadLetters.list({ tenant, limit: 100, streamId, state })).items,
    deliveriesOf: async (resultId: string) => (await ledger.history.result(tenant, resultId)).deliveries,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
