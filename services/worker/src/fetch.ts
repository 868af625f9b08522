import { createHash } from 'node:crypto'
import { adapter as adapterById } from '@data-weaver/adapters'
import {
  type AdapterContext,
  type Clock,
  type Log,
  type ObjectStore,
  type Page,
  type RetryPolicy,
  toWeaverError,
  WeaverError,
} from '@data-weaver/contracts'
import type { Egress } from '@data-weaver/egress'
import { failpoint } from '@data-weaver/failpoints'
import { type ClaimedRun, type FetchEnd, type Ledger, toRunError } from '@data-weaver/ledger'
import type { FetchOrder, WeaverQueue } from '@data-weaver/queue'
import { v7 as uuidv7 } from 'uuid'
import { abortable } from './abortable.ts'
import type { HeldRuns } from './held-runs.ts'
import type { PageCache } from './page-cache.ts'
import type { StreamSpecs } from './stream-specs.ts'

export interface FetchDependencies {
  readonly ledger: Ledger
  readonly queue: WeaverQueue
  readonly store: ObjectStore
  readonly egress: Egress
  readonly specs: StreamSpecs
  readonly held: HeldRuns
  readonly pages: PageCache
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
}

/** How often the end of a fetch is reported to a ledger that cannot be reached, before the lease decides. */
const reportAttempts = 3
const reportPauseMs = 1000

/** A worker that leaves hands its runs on: this reason is no error of the run. */
export const handover = new WeaverError('interrupted', 'the worker leaves, another one goes on')

/** Makes the handler of fetch jobs: claim, fetch, store, commit, wake the sinks, report the end. Safe to call twice for one order. */
export function fetchHandler(workerId: string, leaseMs: number, dependencies: FetchDependencies): (order: FetchOrder) => Promise<void> {
  const { ledger, log } = dependencies
  return async (order) => {
    await failpoint('fetch.received')
    const request = order.kind === 'run' ? order : { kind: 'tick' as const, streamId: order.streamId, at: order.at, runId: uuidv7() }
    const claim = await ledger.claim(workerId, leaseMs, request)
    await failpoint('fetch.claimed')
    if (claim.outcome === 'claimed') await execute(claim.run, dependencies)
    else log.debug({ order, outcome: claim.outcome }, 'nothing to run')
    await failpoint('fetch.finished')
  }
}

async function execute(run: ClaimedRun, dependencies: FetchDependencies): Promise<void> {
  const { held, log, queue } = dependencies
  const hold = held.hold({ runId: run.id, epoch: run.epoch, streamId: run.streamId })
  const over = new AbortController()
  try {
    const end = await fetchPages(run, hold, over.signal, dependencies)
    if (end === undefined) return
    const state = await report(end, hold.signal, dependencies)
    await failpoint('fetch.ended')
    log.info({ runId: run.id, stream: run.stream, state, code: end.error?.code }, 'fetch ended')
    // The reconciler would wake it as well, later.
    if (state === 'waiting')
      await queue.wakeRun(run.pool, run.id, end.retryAfterMs).catch((error: unknown) => log.warn({ err: error }, 'retry not queued'))
  } finally {
    over.abort()
    hold.release()
  }
}

interface Hold {
  readonly signal: AbortSignal
  readonly abort: (reason: WeaverError) => void
}

/** Fetches until the end or an error; answers what to report, or undefined when the run is somebody else's. */
async function fetchPages(run: ClaimedRun, hold: Hold, over: AbortSignal, dependencies: FetchDependencies): Promise<FetchEnd | undefined> {
  const { specs, clock } = dependencies
  const end = (outcome: FetchEnd['outcome'], error: WeaverError | null, retryAfterMs = 0): FetchEnd => ({
    runId: run.id,
    epoch: run.epoch,
    outcome,
    error: error === null ? null : toRunError(error),
    retryAfterMs,
  })
  let retry: RetryPolicy | undefined
  try {
    const { spec } = await specs.spec(run.streamId, run.version)
    retry = spec.retry
    clock.sleep(spec.timeout, over).then(
      () => hold.abort(new WeaverError('timed_out', `the run took longer than its timeout of ${spec.timeout} ms`)),
      () => {},
    )
    const adapter = adapterById(run.adapter)
    const context = await contextOf(run, spec.config, hold.signal, dependencies)
    let index = 0
    await failpoint('fetch.requesting')
    for await (const page of abortable(adapter.pages(context), hold.signal)) {
      await failpoint('fetch.answered')
      await commit(run, page, run.parts + index, spec, hold.signal, dependencies)
      index += 1
    }
    return end('fetched', null)
  } catch (thrown) {
    const error = toWeaverError(hold.signal.aborted ? hold.signal.reason : thrown)
    if (error === handover) return end('retry', null)
    if (error.code === 'lease_lost') return undefined
    if (error.code === 'interrupted') return end('interrupted', error)
    if (error.code === 'timed_out') return end('timedOut', error)
    if (error.code === 'internal') dependencies.log.error({ runId: run.id, err: thrown }, 'unexpected error in a run')
    const again = error.retryable && retry !== undefined && run.attempt < retry.attempts
    return again
      ? end('retry', error, error.retryAfterMs ?? backoff(retry as RetryPolicy, run.attempt, dependencies.random))
      : end('failed', error)
  }
}

/** Exponential with full jitter: anywhere between nothing and the doubled delay, milliseconds. */
const backoff = ({ delay, maxDelay }: RetryPolicy, attempt: number, random: () => number): number =>
  Math.round(random() * Math.min(maxDelay, delay * 2 ** (attempt - 1)))

async function contextOf(
  run: ClaimedRun,
  config: Record<string, unknown>,
  signal: AbortSignal,
  { specs, egress, clock, log }: FetchDependencies,
): Promise<AdapterContext<Record<string, unknown>>> {
  const secrets = await specs.secrets(run)
  return {
    config,
    cursor: run.cursor,
    http: egress.http({ signal, secrets: [...secrets.values()], log }),
    clock,
    secret(name) {
      const value = secrets.get(name)
      if (value === undefined) {
        const hint = `Set it: PATCH /v1/streams/${run.stream} with {"secrets":{"${name}":"…"}}.`
        throw new WeaverError('missing_secret', `the stream has no secret "${name}"`, {
          errors: [{ field: `secrets.${name}`, problem: 'is missing', hint }],
        })
      }
      return value
    },
    hasSecret: (name) => secrets.has(name),
    log,
    signal,
    drain: signal,
  }
}

type Spec = Awaited<ReturnType<StreamSpecs['spec']>>['spec']

/** Stores one page and commits its reference, its deliveries and its checkpoint. The id follows from run, part and content: again is the same. */
async function commit(
  run: ClaimedRun,
  page: Page,
  part: number,
  spec: Spec,
  signal: AbortSignal,
  { store, ledger, queue, pages, log }: FetchDependencies,
): Promise<void> {
  const sha256 = createHash('sha256').update(page.body).digest('hex')
  const resultId = contentId(run.id, part, sha256)
  const key = `${spec.bucket}/${run.id}/${resultId}.json`
  const contentType = page.response.headers['content-type'] ?? 'application/octet-stream'
  await store.put(key, page.body, { contentType, signal })
  signal.throwIfAborted()
  await failpoint('fetch.stored')
  const { deliveryIds } = await ledger.commitPage({
    runId: run.id,
    epoch: run.epoch,
    resultId,
    part,
    key,
    sha256,
    size: page.body.byteLength,
    contentType,
    request: page.request,
    response: page.response,
    sinks: spec.sinks,
    cursor: page.cursor,
  })
  await failpoint('fetch.committed')
  if (deliveryIds.length === 0) return
  pages.put(resultId, page.body, deliveryIds.length)
  // The commit is what counts: a delivery that is not woken now is found by the reconciler.
  await queue
    .wakeDeliveries(deliveryIds.map((id) => ({ pool: run.pool, id })))
    .catch((error: unknown) => log.warn({ err: error }, 'deliveries not queued'))
  await failpoint('fetch.woken')
}

/** A UUID (version 8, RFC 9562) from run, part and content. */
export function contentId(runId: string, part: number, sha256: string): string {
  const bytes = createHash('sha256').update(`${runId} ${part} ${sha256}`).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

async function report(end: FetchEnd, signal: AbortSignal, { ledger, clock, log }: FetchDependencies): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ledger.endFetch(end)
    } catch (error) {
      log.warn({ runId: end.runId, err: error }, 'the end of a fetch could not be reported')
      const lost = signal.aborted && toWeaverError(signal.reason).code === 'lease_lost'
      if (attempt === reportAttempts || lost) return undefined
      await clock.sleep(reportPauseMs)
    }
  }
}
