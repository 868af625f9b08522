import { createHash } from 'node:crypto'
import { adapter as adapterById } from '@data-weaver/adapters'
import {
  type Clock,
  type Doc,
  documentId,
  type ErrorCode,
  type JsonObject,
  type Log,
  type ObjectStore,
  type Rec,
  type RecordProblem,
  type Sink,
  type SinkEntry,
  toWeaverError,
  WeaverError,
} from '@data-weaver/contracts'
import { failpoint } from '@data-weaver/failpoints'
import { type DeliveryEnd, type Ledger, type PendingDelivery, type Refusal, toRunError } from '@data-weaver/ledger'
import { compileTransform } from '@data-weaver/transform'
import type { HeldRuns, Hold } from './held-runs.ts'
import { cannotRead, isLarge, openLarge } from './large-page.ts'
import type { PageCache } from './page-cache.ts'
import type { Slots } from './slots.ts'
import type { PinnedSpec, StreamSpecs } from './stream-specs.ts'

export interface SinkDependencies {
  readonly ledger: Ledger
  readonly store: ObjectStore
  readonly specs: StreamSpecs
  readonly pages: PageCache
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
  readonly workerId: string
  readonly held: HeldRuns
  /** Places for large pages on their way to sinks. */
  readonly large: Slots
  /** Opens a sink once per process and entry. */
  readonly sink: (entry: SinkEntry) => Promise<Sink>
}

/** Carries deliveries to their sinks; both ways end in the same code. */
export interface Carrier {
  /** Deliveries that a sink job names: begun here, as far as they are still pending. */
  fromQueue(deliveryIds: readonly string[]): Promise<void>
  /** Deliveries that were begun with the commit of their page, at `askedAt` or later (monotonic milliseconds). */
  carry(deliveries: readonly PendingDelivery[], askedAt: number): Promise<void>
}

/** Documents in one call to a sink. */
const batchSize = 500
/** Refused records of a large page, each of which becomes a dead letter. */
const mostRefusals = 10_000
/** When all places for large pages are in use, it is tried again so much later, milliseconds. */
const elsewhereMs = 2000
const firstRetryMs = 500
const longestRetryMs = 300_000

/** One delivery on its way: what became of its records so far. */
interface Parcel {
  readonly delivery: PendingDelivery
  readonly pinned: PinnedSpec
  readonly refusals: Refusal[]
  records: number
  documents: number
  transformMs: number
}

type Transform = ReturnType<typeof compileTransform>

/**
 * Reads the pages, transforms, upserts in batches that the deliveries of a load share, and acknowledges. Safe to call twice for one
 * delivery: ids and `seq` make the second one change nothing.
 */
export function createCarrier(dependencies: SinkDependencies): Carrier {
  const { ledger, specs, held, clock, workerId } = dependencies
  const transforms = new WeakMap<PinnedSpec, Transform>()
  const transformOf = (pinned: PinnedSpec): Transform => {
    let transform = transforms.get(pinned)
    if (transform === undefined) transforms.set(pinned, (transform = compileTransform(pinned.spec.transform)))
    return transform
  }
  const carry: Carrier['carry'] = async (deliveries, askedAt) => {
    if (deliveries.length === 0) return
    await failpoint('sink.begun')
    const hold = held.carry(deliveries, new Set(deliveries.map(({ streamId }) => streamId)), askedAt)
    try {
      const pinned = await Promise.all(
        deliveries.map(async (delivery) => ({ delivery, pinned: await specs.spec(delivery.streamId, delivery.streamVersion) })),
      )
      // A large page takes minutes: nothing waits for it that could have arrived.
      const bySink = Map.groupBy(pinned, ({ delivery, pinned: { spec } }) =>
        isLarge(delivery.key) ? delivery.id : sinkKey(spec, delivery.position),
      )
      await Promise.all(
        [...bySink].map(([, group]) =>
          deliver(group, transformOf, { ...dependencies, signal: hold.signal, demandFresh: hold.demandFresh }),
        ),
      )
    } finally {
      hold.release()
    }
    await failpoint('sink.finished')
  }
  return {
    async fromQueue(deliveryIds) {
      await failpoint('sink.received')
      const askedAt = clock.monotonic()
      await carry(await ledger.beginDeliveries(workerId, deliveryIds), askedAt)
    },
    carry,
  }
}

/** Sinks of one entry share batches, whatever streams they belong to. Written once per specification. */
const sinkKeys = new WeakMap<PinnedSpec['spec'], readonly string[]>()
function sinkKey(spec: PinnedSpec['spec'], position: number): string {
  let keys = sinkKeys.get(spec)
  if (keys === undefined) sinkKeys.set(spec, (keys = spec.sinks.map((entry) => JSON.stringify(entry))))
  return keys[position] ?? ''
}

/** What carries one load: the dependencies, and the signal that aborts this load. */
type Load = SinkDependencies & Pick<Hold, 'signal' | 'demandFresh'>

type Pinned = Pick<Parcel, 'delivery' | 'pinned'>

/** Carries deliveries to one sink. What fails as a whole (store or sink not there) is tried again as a whole. */
async function deliver(group: readonly Pinned[], transformOf: (pinned: PinnedSpec) => Transform, dependencies: Load): Promise<void> {
  const { signal, log, clock } = dependencies
  // What is still open when something fails: parcels leave it once they are acknowledged.
  const open = new Set<Parcel>(group.map((pinned) => ({ ...pinned, refusals: [], records: 0, documents: 0, transformMs: 0 })))
  try {
    const sink = await dependencies.sink(entryOf(group))
    const batch: Addressed[] = []
    for (const parcel of [...open]) {
      if (isLarge(parcel.delivery.key)) {
        if (!(await carryLarge(sink, parcel, transformOf(parcel.pinned), dependencies))) open.delete(parcel)
        continue
      }
      const body = await read(parcel.delivery, dependencies)
      await failpoint('sink.read')
      const began = clock.monotonic()
      const docs = body instanceof WeaverError ? body : unpack(parcel, body, transformOf(parcel.pinned))
      parcel.transformMs = clock.monotonic() - began
      if (docs instanceof WeaverError) {
        await bury(parcel, docs, dependencies)
        open.delete(parcel)
        continue
      }
      for (const doc of docs) batch.push({ doc, parcel })
      await failpoint('sink.transformed')
      while (batch.length >= batchSize) {
        await upsert(sink, batch.splice(0, batchSize), dependencies)
        await failpoint('sink.partly')
      }
    }
    if (batch.length > 0) await upsert(sink, batch, dependencies)
    await failpoint('sink.upserted')
    await Promise.all([...open].map((parcel) => settle(parcel, dependencies)))
  } catch (thrown) {
    const error = toWeaverError(signal.aborted ? signal.reason : thrown)
    if (error.code === 'internal') log.error({ err: thrown }, 'unexpected error in a delivery')
    await Promise.all([...open].map((parcel) => fail(parcel, error, dependencies)))
  }
}

function entryOf([first]: readonly Pinned[]): SinkEntry {
  const entry = first?.pinned.spec.sinks[first.delivery.position]
  if (entry === undefined) throw new WeaverError('unknown_sink', 'the version of the stream has no sink at this position')
  return entry
}

interface Addressed {
  readonly doc: Doc
  readonly parcel: Parcel
}

async function upsert(sink: Sink, batch: readonly Addressed[], { signal, demandFresh }: Load): Promise<void> {
  demandFresh()
  const rejections = await sink.upsert(
    batch.map(({ doc }) => doc),
    signal,
  )
  const rejected = new Map(rejections.map((rejection) => [rejection.index, rejection]))
  for (const [index, { doc, parcel }] of batch.entries()) {
    const rejection = rejected.get(index)
    if (rejection === undefined) parcel.documents += 1
    else parcel.refusals.push({ record: doc.lineage.record, error: toRunError(new WeaverError(rejection.code, rejection.message)) })
  }
}

/** The documents of a page; an error when the page cannot be read at all. Refused records are noted in the parcel. */
function unpack(parcel: Parcel, body: Uint8Array, transform: Transform): readonly Doc[] | WeaverError {
  const { delivery, pinned } = parcel
  const docs: Doc[] = []
  try {
    for (const record of adapterById(delivery.adapter).records(
      { body, request: delivery.request, response: delivery.response },
      pinned.spec.config,
    )) {
      const doc = toDoc(record, parcel.records, parcel, transform)
      if (doc instanceof WeaverError) parcel.refusals.push({ record: parcel.records, error: toRunError(doc) })
      else docs.push(doc)
      parcel.records += 1
    }
    return docs
  } catch (thrown) {
    return toWeaverError(thrown)
  }
}

/**
 * Delivers a page while it is read, in memory that does not grow with it. What cannot be read on is a dead letter of its own: all before it has
 * arrived and counts. Answers whether the parcel is still open.
 */
async function carryLarge(sink: Sink, parcel: Parcel, transform: Transform, dependencies: Load): Promise<boolean> {
  const { delivery, pinned } = parcel
  const { large, store, signal } = dependencies
  let batch: Addressed[] = []
  const arrive = async () => {
    const full = batch
    batch = []
    if (full.length > 0) await upsert(sink, full, dependencies)
    await failpoint('sink.partly')
  }
  // Not waited for here: those who wait would keep the places of all others.
  if (!large.tryTake(delivery.streamId))
    throw new WeaverError('overloaded', 'this worker delivers as many large pages as it can', { retryAfterMs: elsewhereMs })
  try {
    const adapter = adapterById(delivery.adapter)
    if (adapter.largeRecords === undefined) throw cannotRead(delivery.adapter)
    const page = await openLarge(delivery, store, signal)
    for await (const record of adapter.largeRecords(page, pinned.spec.config)) {
      const doc = toDoc(record, parcel.records, parcel, transform)
      if (doc instanceof WeaverError) parcel.refusals.push({ record: parcel.records, error: toRunError(doc) })
      else batch.push({ doc, parcel })
      parcel.records += 1
      if (batch.length === batchSize) await arrive()
      if (parcel.refusals.length > mostRefusals)
        throw new WeaverError('record_invalid', `more than ${mostRefusals} records were refused; the rest was not read`)
    }
    await arrive()
    return true
  } catch (thrown) {
    const error = toWeaverError(thrown)
    if (!gone.has(error.code) || signal.aborted) throw thrown
    await arrive()
    await bury(parcel, error, dependencies, parcel.refusals)
    return false
  } finally {
    large.release(delivery.streamId)
  }
}

/** What is wrong with a page itself: it is the same at each attempt. */
const gone: ReadonlySet<string> = new Set<ErrorCode>([
  'source_malformed',
  'source_too_large',
  'object_missing',
  'object_expired',
  'object_corrupt',
  'record_invalid',
])

/** The page's bytes, checked against their hash; an error when they can never be had. */
async function read({ resultId, key, sha256 }: PendingDelivery, { pages, store, signal }: Load): Promise<Uint8Array | WeaverError> {
  const cached = pages.take(resultId)
  if (cached !== undefined) return cached
  try {
    const body = await store.get(key, signal)
    if (createHash('sha256').update(body).digest('hex') === sha256) return body
    return new WeaverError('object_corrupt', `object ${key} does not have the SHA-256 it was stored with`)
  } catch (thrown) {
    const error = toWeaverError(thrown)
    if (error.retryable || signal.aborted) throw error
    return error
  }
}

function toDoc(record: Rec | RecordProblem, index: number, { delivery, pinned }: Parcel, transform: Transform): Doc | WeaverError {
  if ('problem' in record) return new WeaverError('record_invalid', record.problem)
  try {
    const fields: JsonObject = record.deleted === true ? {} : transform(record.fields)
    return {
      id: documentId(delivery.stream, record.key),
      tenant: delivery.tenant,
      stream: delivery.stream,
      seq: delivery.seq,
      fields,
      deleted: record.deleted === true,
      lineage: {
        resultId: delivery.resultId,
        record: index,
        runId: delivery.runId,
        streamId: delivery.streamId,
        streamVersion: delivery.streamVersion,
        transformVersion: pinned.transformVersion,
      },
    }
  } catch (thrown) {
    return toWeaverError(thrown)
  }
}

const end = (parcel: Parcel, state: DeliveryEnd['state'], error: WeaverError | null, retryAfterMs = 0): DeliveryEnd => ({
  deliveryId: parcel.delivery.id,
  attempt: parcel.delivery.attempts,
  state,
  records: parcel.records,
  documents: parcel.documents,
  refusals: parcel.refusals,
  error: error === null ? null : toRunError(error),
  transformMs: parcel.transformMs,
  retryAfterMs,
})

async function settle(parcel: Parcel, { ledger }: Load): Promise<void> {
  await ledger.acknowledge(end(parcel, 'done', null))
  await failpoint('sink.acknowledged')
}

/** `before`: records of it that were refused one by one before. */
async function bury(parcel: Parcel, error: WeaverError, { ledger, log }: Load, before: readonly Refusal[] = []): Promise<void> {
  log.warn({ resultId: parcel.delivery.resultId, code: error.code }, 'result became a dead letter')
  await ledger.acknowledge(end({ ...parcel, refusals: [...before, { record: null, error: toRunError(error) }] }, 'dead', error))
}

/** The whole parcel did not arrive: again later when that may help, else it is a dead letter. */
async function fail(parcel: Parcel, error: WeaverError, dependencies: Load): Promise<void> {
  const { ledger, random, log, signal } = dependencies
  if (!error.retryable && !signal.aborted) return await bury(parcel, error, dependencies)
  const { attempts } = parcel.delivery
  const retryAfterMs = signal.aborted
    ? 0
    : (error.retryAfterMs ?? Math.round((0.5 + random() / 2) * Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 20))))
  log.warn({ resultId: parcel.delivery.resultId, code: error.code, retryAfterMs }, 'delivery will be tried again')
  await ledger.acknowledge(end(parcel, 'retry', error, retryAfterMs))
}
