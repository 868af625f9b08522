import { createHash } from 'node:crypto'
import {
  type Clock,
  type LargePage,
  type LargeStoredPage,
  type Log,
  maxHeldBytes,
  type ObjectStore,
  type StreamSpec,
  WeaverError,
} from '@data-weaver/contracts'
import type { ClaimedRun, Ledger, PendingDelivery } from '@data-weaver/ledger'
import { deadBuffers } from './dead-buffers.ts'
import { contentId, type StoredPageFacts } from './result-id.ts'
import type { Slots } from './slots.ts'

/** How keys of large pages end, by which those who read them know not to hold them. */
const ending = '.large'

/** Earlier attempts whose leftovers are looked for, at most. */
const mostAttempts = 100

/** The store's clock may be ahead of ours, milliseconds. */
const sweepAheadMs = 600_000

export const isLarge = (key: string): boolean => key.endsWith(ending)

export interface LargePageDependencies {
  readonly ledger: Pick<Ledger, 'retention'>
  readonly store: ObjectStore
  readonly clock: Clock
  readonly log: Log
  /** Places for large bodies on their way through this worker. */
  readonly large: Slots
}

interface Storing {
  readonly part: number
  readonly spec: StreamSpec
  readonly contentType: string
  readonly signal: AbortSignal
  readonly demandFresh: () => void
}

/**
 * Stores a page that is too large to be held, and answers what it turned out to be. Its hash is known only at the end, so its key comes from the
 * attempt: one that dies leaves an object, or parts of one, that no result names. The next attempt knows their keys and removes them.
 */
export async function storeLarge(
  run: ClaimedRun,
  page: LargePage,
  { part, spec, contentType, signal, demandFresh }: Storing,
  dependencies: LargePageDependencies,
): Promise<StoredPageFacts> {
  const { store, clock, large } = dependencies
  const named = (epoch: number) => {
    const resultId = contentId(run.id, part, `of attempt ${epoch}`)
    return { resultId, key: `${spec.bucket}/${run.id}/${resultId}${ending}` }
  }
  const earlier = Array.from({ length: Math.min(run.epoch - 1, mostAttempts) }, (_, index) => named(run.epoch - 1 - index))
  if (earlier.length > 0) await takeBack(run.id, earlier, dependencies, signal)
  const { resultId, key } = named(run.epoch)
  const hash = createHash('sha256')
  const passed = deadBuffers()
  let size = 0
  const begun = clock.monotonic()
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of page.pieces) {
      hash.update(piece)
      size += piece.byteLength
      yield piece
      passed(piece.byteLength)
    }
  }
  await takePlace(large, run.lane, signal)
  try {
    demandFresh()
    const { created } = await store.putStream(key, counted(), { contentType, signal })
    if (!created) throw new WeaverError('store_unavailable', `there is an object ${key} already, which only this attempt could have stored`)
  } finally {
    large.release(run.lane)
  }
  const { response } = page
  const durationMs = Math.round((response.durationMs + clock.monotonic() - begun) * 10) / 10
  return {
    resultId,
    key,
    sha256: hash.digest('hex'),
    size,
    response: { ...response, receivedAt: new Date(clock.now()).toISOString(), durationMs },
  }
}

/** Removes what earlier attempts at a part left, and nothing that a result names. What stays nevertheless is an orphan. */
async function takeBack(
  runId: string,
  attempts: readonly Pick<StoredPageFacts, 'resultId' | 'key'>[],
  { ledger, store, clock, log }: LargePageDependencies,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const { key } of attempts) await store.sweep(key, clock.now() + sweepAheadMs, signal)
    const abandoned = await ledger.retention.abandoned(attempts.map((attempt) => ({ ...attempt, runId })))
    if (abandoned.length > 0) await store.delete(abandoned, signal)
  } catch (error) {
    signal.throwIfAborted()
    log.warn({ err: error }, 'what an earlier attempt left in the object store stays there for now')
  }
}

/** Takes a place, or rejects with the signal's reason; then the place goes on to the next one. */
async function takePlace(places: Slots, lane: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const taken = places.take(lane)
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([taken, aborted.promise])
  } catch (error) {
    void taken.then(() => places.release(lane))
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

type Stored = Pick<PendingDelivery, 'key' | 'sha256' | 'request' | 'response'>

/** A stored page to be read piece by piece; reading it to the end checks its bytes against their hash. */
export async function openLarge(
  { key, sha256, request, response }: Stored,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<LargeStoredPage> {
  const { pieces } = await store.getStream(key, signal)
  const checked = async function* (): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256')
    const passed = deadBuffers()
    for await (const piece of pieces) {
      hash.update(piece)
      yield piece
      passed(piece.byteLength)
    }
    if (hash.digest('hex') !== sha256) throw new WeaverError('object_corrupt', `object ${key} does not have the SHA-256 it was stored with`)
  }
  return { pieces: checked(), request, response }
}

export const cannotRead = (adapter: string): WeaverError =>
  new WeaverError(
    'source_too_large',
    `the response is larger than ${maxHeldBytes} bytes, and the adapter ${adapter} cannot read such a one piece by piece; ask the source for smaller pages`,
  )
