import { createHash } from 'node:crypto'
import { adapter as adapterById } from '@data-weaver/adapters'
import {
  type Clock,
  type Json,
  type LargePage,
  type Log,
  type ObjectStore,
  type Page,
  type StreamSpec,
  toWeaverError,
  WeaverError,
} from '@data-weaver/contracts'
import { failpoint } from '@data-weaver/failpoints'
import { type ClaimedRun, type FetchEnd, type Ledger, type PendingDelivery } from '@data-weaver/ledger'
import type { FetchOrder, WeaverQueue } from '@data-weaver/queue'
import { v7 as uuidv7 } from 'uuid'
import { abortable } from './abortable.ts'
import type { DirectDelivery } from './direct.ts'
import type { HeldRuns, RunHold } from './held-runs.ts'
import { endOf, handover, refusedByLedger } from './outcome.ts'
import type { PageCache } from './page-cache.ts'
import type { RunContexts } from './run-context.ts'
import { type RunLog, runLog } from './run-log.ts'
import type { StreamSpecs } from './stream-specs.ts'
import { storeLarge } from './large-page.ts'
import { contentId, type StoredPageFacts } from './result-id.ts'
import type { Slots } from './slots.ts'
import { inspectLarge, inspectPage } from './trial.ts'

export interface FetchDependencies {
  readonly ledger: Ledger
  readonly queue: WeaverQueue
  readonly store: ObjectStore
  readonly specs: StreamSpecs
  readonly contexts: RunContexts
  readonly held: HeldRuns
  readonly pages: PageCache
  readonly direct: DirectDelivery
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
  readonly workerId: string
  readonly leaseMs: number
  /** Live connections this worker holds at most. */
  readonly liveSlots: number
  /** Places for large bodies on their way to the store. */
  readonly large: Slots
}

/** Made once: an abort without a reason makes an error with a stack each time. */
const runOver = new Error('the run has ended')
/** How often the end of a fetch is reported to a ledger that cannot be reached, before the lease decides. */
const reportAttempts = 3
const reportPauseMs = 1000
/** When a worker has no place for another live connection, another one is asked so much later, milliseconds. */
const elsewhereMs = 1000
/** After it was asked for a good end, a live run has so long to flush what it gathers, milliseconds. */
const flushMs = 3000
/** A backfill may take so long at least, milliseconds. */
const backfillTimeoutMs = 86_400_000

export interface Fetcher {
  /** Handles a fetch job: claim, fetch, store, commit, wake the sinks, report the end. Safe to call twice for one order. */
  handle(order: FetchOrder): Promise<void>
  /** Live connections held. */
  readonly live: number
  /** Resolves when the live runs have ended. */
  settled(): Promise<void>
}

export function createFetcher(dependencies: FetchDependencies): Fetcher {
  const { ledger, log, specs, held, clock, workerId, leaseMs, liveSlots } = dependencies
  const live = new Set<Promise<void>>()
  return {
    get live() {
      return live.size
    },
    async settled() {
      await Promise.all(live)
    },
    async handle(order) {
      await failpoint('fetch.received')
      const request = order.kind === 'run' ? order : { ...order, runId: uuidv7(), canaryRunId: uuidv7() }
      const askedAt = clock.monotonic()
      const claim = await ledger.claim(workerId, leaseMs, request)
      if (claim.outcome !== 'claimed') return log.debug({ order, outcome: claim.outcome }, 'nothing to run')
      await failpoint('fetch.claimed')
      const { run } = claim
      const hold = held.hold({ runId: run.id, epoch: run.epoch, streamId: run.streamId }, askedAt)
      const spec = await specs.spec(run.streamId, run.version).then(
        (pinned) => pinned.spec,
        (error: unknown) => toWeaverError(error),
      )
      const full = live.size >= liveSlots
      const work = execute(run, spec, full, hold, dependencies)
      if (spec instanceof WeaverError || !('continuous' in spec.schedule) || full) return await work
      // A live connection has no end: it does not keep a place of those that come and go.
      const lasting = work.catch((error: unknown) => log.error({ runId: run.id, err: error }, 'live run failed'))
      live.add(lasting)
      void lasting.then(() => live.delete(lasting))
    },
  }
}

async function execute(
  run: ClaimedRun,
  spec: StreamSpec | WeaverError,
  full: boolean,
  hold: RunHold,
  dependencies: FetchDependencies,
): Promise<void> {
  const { random, ledger, workerId } = dependencies
  const said = runLog(run, workerId, ledger, dependencies.log)
  const over = new AbortController()
  let woken: Promise<unknown> = Promise.resolve()
  try {
    const failed = await fetchPages(run, spec, full, hold, over.signal, said, dependencies).catch((thrown: unknown) => ({
      thrown: hold.signal.aborted ? hold.signal.reason : isRefusal(thrown) ? refusedByLedger : thrown,
    }))
    if (failed === 'ended') return
    const error = failed === 'fetched' ? leftBehind(hold, spec) : toWeaverError(failed.thrown)
    if (error?.code === 'internal') said.error({ err: error }, 'unexpected error in a run')
    const end = endOf(run, spec instanceof WeaverError ? undefined : spec, error, random)
    if (end !== undefined && error !== null && error !== refusedByLedger) {
      const { outcome, retryAfterMs } = end
      const fields = { code: error.code, detail: error.message, outcome, retryAfterMs }
      if (outcome === 'wait') said.info(fields, 'the run waits and loses no attempt')
      else said.warn(fields, 'an attempt ended with an error')
    }
    await failpoint('fetch.finished')
    if (end !== undefined) woken = (await report(run, end, hold.signal, dependencies)).woken
    await failpoint('fetch.ended')
  } finally {
    over.abort(runOver)
    hold.release()
    await said.written()
  }
  // A worker that leaves would be gone before the next one is woken, which would then be woken only by the reconciler, seconds later.
  await woken
}

/** What is found to be lost here aborts the hold; anything else that says so is an answer of the ledger. */
const isRefusal = (thrown: unknown): boolean => thrown instanceof WeaverError && thrown.code === 'lease_lost'

/** A live run that came to a good end because its worker leaves is not over: another worker goes on with it. */
const leftBehind = (hold: RunHold, spec: StreamSpec | WeaverError): WeaverError | null =>
  !(spec instanceof WeaverError) && 'continuous' in spec.schedule && hold.drain.reason === handover ? handover : null

/** Fetches until the end or an error. `ended`: the commit of the last page has ended the run. */
async function fetchPages(
  run: ClaimedRun,
  spec: StreamSpec | WeaverError,
  full: boolean,
  hold: RunHold,
  over: AbortSignal,
  said: RunLog,
  dependencies: FetchDependencies,
): Promise<'fetched' | 'ended'> {
  if (spec instanceof WeaverError) throw spec
  const { clock, contexts } = dependencies
  if ('continuous' in spec.schedule) {
    if (full)
      throw new WeaverError('interrupted', 'this worker holds all the live connections it can', {
        cause: handover,
        retryAfterMs: elsewhereMs,
      })
    endAfterDrain(hold, over, clock)
  } else {
    // The timeout of a stream is meant for one interval.
    const timeout = run.trigger === 'backfill' ? Math.max(spec.timeout, backfillTimeoutMs) : spec.timeout
    clock.sleep(timeout, over).then(
      () => hold.abort(new WeaverError('timed_out', `the run took longer than its timeout of ${timeout} ms`)),
      () => {},
    )
  }
  const adapter = adapterById(run.adapter)
  const open = await contexts.open(run, spec, { ...hold, log: said })
  let index = 0
  await failpoint('fetch.requesting')
  try {
    for (let cursor = run.cursor; ;) {
      const before = index
      for await (const page of abortable(adapter.pages({ ...open.context, cursor }), hold.signal)) {
        await failpoint('fetch.answered')
        if (page.cursor !== undefined) cursor = page.cursor
        const { ended } = await commit(run, page, run.parts + index, spec, hold, dependencies)
        if (ended) return 'ended'
        index += 1
      }
      if (index === before || !leavesPages(run, spec, cursor)) return 'fetched'
    }
  } catch (thrown) {
    if (thrown instanceof WeaverError) open.refused(thrown)
    throw thrown
  } finally {
    open.end()
  }
}

/** Of other runs the one after them goes on; after a backfill there is none, so it goes on itself until nothing is left. */
const leavesPages = (run: ClaimedRun, spec: StreamSpec, cursor: Json | null): boolean =>
  run.trigger === 'backfill' && cursor !== null && adapterById(run.adapter).backfill?.underWay(spec.config, cursor) === true

/** A live adapter flushes what it gathers when it is asked for a good end; one that takes too long is cut off. */
function endAfterDrain(hold: RunHold, over: AbortSignal, clock: Clock): void {
  const cut = (): void => {
    clock.sleep(flushMs, over).then(
      () => hold.abort(handover),
      () => {},
    )
  }
  if (hold.drain.aborted) cut()
  else hold.drain.addEventListener('abort', cut, { once: true, signal: over })
}

/** Stores one page and commits its reference, its deliveries and its checkpoint. The id follows from run, part and content: again is the same. */
async function commit(
  run: ClaimedRun,
  page: Page | LargePage,
  part: number,
  spec: StreamSpec,
  { signal, demandFresh }: RunHold,
  dependencies: FetchDependencies,
): Promise<{ readonly ended: boolean }> {
  const { ledger, pages, direct, workerId, clock } = dependencies
  // A version that is tried beside the current one writes to no sink and moves no cursor.
  const beside = run.trigger === 'canary'
  const contentType = page.response.headers['content-type'] ?? 'application/octet-stream'
  const stored =
    'pieces' in page
      ? await storeLarge(run, page, { part, spec, contentType, signal, demandFresh }, dependencies)
      : nameOf(run, page, part, spec)
  const { resultId, key, sha256, size, response } = stored
  if (!('pieces' in page)) {
    if (beside) inspectPage(run, page, spec)
    demandFresh()
    await dependencies.store.put(key, page.body, { contentType, signal })
  } else if (beside) await inspectLarge(run, { ...stored, request: page.request }, spec, dependencies.store, signal)
  await failpoint('fetch.stored')
  signal.throwIfAborted()
  const sinks = beside ? [] : spec.sinks
  const promised = sinks.length > 0 && direct.promise()
  const ends = page.last === true && !leavesPages(run, spec, page.cursor ?? null)
  const askedAt = clock.monotonic()
  const { seq, deliveryIds, next } = await ledger
    .commitPage({
      runId: run.id,
      epoch: run.epoch,
      resultId,
      part,
      key,
      sha256,
      size,
      contentType,
      request: page.request,
      response,
      sinks,
      cursor: beside ? undefined : page.cursor,
      gap: page.gap,
      ends,
      carrier: promised ? workerId : null,
    })
    .catch((error: unknown) => {
      if (promised) direct.cancel()
      throw error
    })
  await failpoint('fetch.committed')
  if (next !== null) void wake(dependencies, run.lane, next)
  if (deliveryIds.length === 0) {
    if (promised) direct.cancel()
    return { ended: ends }
  }
  if (!('pieces' in page)) pages.put(resultId, page.body, deliveryIds.length)
  const { request } = page
  if (promised) {
    direct.carry(run.lane, toDeliveries(run, { resultId, key, sha256, seq, request, response }, deliveryIds), askedAt)
    // Its documents go out before the end of this job is written down.
    await new Promise((resolve) => setImmediate(resolve))
  } else await wakeSinks(dependencies, run.lane, deliveryIds)
  await failpoint('fetch.woken')
  return { ended: ends }
}

/** What a page is called in the store and in the ledger. */
function nameOf(run: ClaimedRun, page: Page, part: number, { bucket }: StreamSpec): StoredPageFacts {
  const sha256 = createHash('sha256').update(page.body).digest('hex')
  const resultId = contentId(run.id, part, sha256)
  return { resultId, key: `${bucket}/${run.id}/${resultId}.json`, sha256, size: page.body.byteLength, response: page.response }
}

const toDeliveries = (
  run: ClaimedRun,
  result: Pick<PendingDelivery, 'resultId' | 'key' | 'sha256' | 'seq' | 'request' | 'response'>,
  ids: readonly string[],
): PendingDelivery[] =>
  ids.map((id, position) => ({
    ...result,
    id,
    position,
    attempts: 1,
    tenant: run.tenant,
    stream: run.stream,
    streamId: run.streamId,
    adapter: run.adapter,
    streamVersion: run.version,
    runId: run.id,
  }))

type Waking = Pick<FetchDependencies, 'queue' | 'log'>

/** The commit is what counts: a delivery that is not woken now is found by the reconciler. */
async function wakeSinks({ queue, log }: Waking, lane: string, ids: readonly string[]): Promise<void> {
  await queue.wakeDeliveries(ids.map((id) => ({ lane, id }))).catch((error: unknown) => log.warn({ err: error }, 'deliveries not queued'))
}

/** The reconciler would wake it as well, later. */
async function wake({ queue, log }: Waking, lane: string, runId: string, delayMs = 0): Promise<void> {
  await queue.wakeRun(lane, runId, delayMs).catch((error: unknown) => log.warn({ runId, err: error }, 'run not queued'))
}

/** Tells the ledger; `woken` resolves when those are woken who go on from there. */
async function report(
  run: ClaimedRun,
  end: FetchEnd,
  signal: AbortSignal,
  dependencies: FetchDependencies,
): Promise<{ readonly woken: Promise<unknown> }> {
  const { ledger, clock, log } = dependencies
  for (let attempt = 1; ; attempt += 1) {
    try {
      const ended = await ledger.endFetch(end)
      log.info({ runId: run.id, stream: run.stream, state: ended?.state, code: end.error?.code }, 'fetch ended')
      const again = ended?.state === 'waiting' ? wake(dependencies, run.lane, run.id, end.retryAfterMs) : undefined
      const next = typeof ended?.next === 'string' ? wake(dependencies, run.lane, ended.next) : undefined
      return { woken: Promise.all([again, next]) }
    } catch (error) {
      log.warn({ runId: end.runId, err: error }, 'the end of a fetch could not be reported')
      const lost = signal.aborted && toWeaverError(signal.reason).code === 'lease_lost'
      if (attempt === reportAttempts || lost) return { woken: Promise.resolve() }
      await clock.sleep(reportPauseMs)
    }
  }
}
