import { WeaverError } from '@data-weaver/contracts'
import type { FetchEnd, FetchEnded, Heartbeat, HeldRun, PageCommit, PageCommitted, WorkerRegistration } from '@data-weaver/ledger'
import { nextQueued, type ResultRow, type RunRow, type Tables } from './rows.ts'

/** How long a fresh delivery may lie before the reconciler queues it again, and what the reconciler leaves to the worker at a retry. */
export const freshDeliveryMs = 6000
const enqueueGraceMs = 5000
const longestWaitMs = 86_400_000

/** A write counts only with the epoch of the last claim, while the run still runs. */
export function commitPage(tables: Tables, page: PageCommit): PageCommitted {
  const now = tables.now()
  const run = tables.runs.get(page.runId)
  if (run?.state !== 'running' || (tables.fencing && run.epoch !== page.epoch))
    throw new WeaverError('lease_lost', 'the run is not this worker’s any more; nothing was committed')
  const fresh = !tables.results.has(page.resultId)
  const result = fresh ? insertResult(tables, run, page) : undefined
  const deliveryIds = result === undefined ? [] : insertDeliveries(tables, run, page, now)
  const moves = page.cursor !== undefined
  if (fresh) {
    run.pages += 1
    run.bytes += page.size
    if (moves) run.parts += 1
  }
  Object.assign(run, { losses: 0, enqueueAfter: null, finishedAt: null })
  if (page.ends) {
    const delivering = run.pendingDeliveries > 0
    Object.assign(run, { error: null, leaseUntil: null, fetchedAt: now, finishedAt: delivering ? null : now })
    tables.setState(run, delivering ? 'delivering' : run.deadLetters > 0 ? 'partial' : 'succeeded')
  }
  if (result !== undefined) tables.observer.committed?.(run, page.epoch, result)
  const stream = tables.stream(run.streamId)
  if (moves && stream.activeRunId === run.id) stream.cursor = page.cursor ?? null
  if (moves || page.ends) stream.resumeAt = null
  if (page.ends) {
    tables.free(run)
    afterGood(tables, run)
  }
  return { seq: result?.seq ?? 0, deliveryIds, next: page.ends ? nextQueued(tables, run.streamId) : null }
}

function insertResult(tables: Tables, run: RunRow, { resultId, part, key, sha256, request, response, cursor }: PageCommit): ResultRow {
  const seq = tables.results.size + 1
  const row = { id: resultId, seq, streamId: run.streamId, runId: run.id, part, key, sha256, request, response, cursor }
  tables.results.set(resultId, row)
  return row
}

function insertDeliveries(tables: Tables, run: RunRow, { resultId, sinks, carrier }: PageCommit, now: number): string[] {
  run.pendingDeliveries += sinks.length
  return sinks.map((_entry, position) => {
    const id = String(tables.deliveries.size + 1)
    tables.insertDelivery({
      id,
      resultId,
      position,
      streamId: run.streamId,
      runId: run.id,
      state: 'pending',
      attempts: carrier === null ? 0 : 1,
      workerId: carrier,
      records: 0,
      documents: 0,
      deadLetters: 0,
      enqueueAfter: now + freshDeliveryMs,
      failed: false,
    })
    return id
  })
}

/** A good run: failures are forgotten, and a stream that failures paused goes on. */
function afterGood(tables: Tables, run: RunRow): void {
  const stream = tables.stream(run.streamId)
  if (stream.pausedBy === 'failures') Object.assign(stream, { desired: 'started', pausedBy: null, recoveredAt: tables.now() })
  Object.assign(stream, { failures: 0, probeAt: null, resumeAt: null })
}

function afterBad(tables: Tables, run: RunRow, { autoPause }: FetchEnd): void {
  const now = tables.now()
  const stream = tables.stream(run.streamId)
  const failures = stream.failures + 1
  const pauses = stream.desired === 'started' && autoPause !== null && failures >= autoPause.failures
  const probes = pauses || (run.trigger === 'probe' && stream.pausedBy === 'failures')
  if (pauses) Object.assign(stream, { desired: 'paused', pausedBy: 'failures' })
  if (probes) stream.probeAt = autoPause === null ? null : now + autoPause.probe
  Object.assign(stream, { failures, resumeAt: now + Math.min(60_000, 500 * 2 ** Math.min(failures, 10)) })
}

/** Ends a worker's hold on a run. Waiting for a rate limit or another worker uses up no attempt. */
export function endFetch(tables: Tables, end: FetchEnd): FetchEnded | undefined {
  const now = tables.now()
  const run = tables.runs.get(end.runId)
  if (run === undefined || (tables.fencing && run.epoch !== end.epoch) || (run.state !== 'running' && run.state !== 'stopping'))
    return undefined
  const again = end.outcome === 'retry' || end.outcome === 'wait'
  const stops = run.state === 'stopping' || (run.draining && again)
  const tooLong = end.outcome === 'wait' && run.createdAt < now - longestWaitMs
  const verdict = tooLong ? 'failed' : end.outcome
  const waits = !stops && (verdict === 'retry' || verdict === 'wait')
  const state = stops ? 'interrupted' : stateAfter(run, verdict)
  Object.assign(run, {
    reason: !stops && verdict === 'wait' && end.error !== null ? 'budget' : run.reason,
    attempt: !stops && verdict === 'wait' ? run.attempt - 1 : run.attempt,
    error: end.error ?? (verdict === 'fetched' ? null : run.error),
    losses: 0,
    leaseUntil: null,
    fetchedAt: verdict === 'fetched' ? now : run.fetchedAt,
    finishedAt: waits || (!stops && verdict === 'fetched' && run.pendingDeliveries > 0) ? null : now,
    enqueueAfter: waits ? now + Math.round(end.retryAfterMs) + enqueueGraceMs : null,
  })
  tables.setState(run, state)
  tables.observer.ended?.(run, end.epoch, verdict)
  if (state !== 'waiting') tables.free(run)
  if (verdict === 'fetched' && state !== 'interrupted') afterGood(tables, run)
  else if (verdict === 'failed' || verdict === 'timedOut') afterBad(tables, run, end)
  else tables.stream(run.streamId).resumeAt = null
  if (state === 'interrupted') tables.notify('weaver_stopped', '')
  return { state, next: state === 'waiting' ? null : nextQueued(tables, run.streamId) }
}

function stateAfter(run: RunRow, verdict: FetchEnd['outcome']): RunRow['state'] {
  if (verdict === 'retry' || verdict === 'wait') return 'waiting'
  if (verdict === 'fetched') return run.pendingDeliveries > 0 ? 'delivering' : run.deadLetters > 0 ? 'partial' : 'succeeded'
  return verdict === 'failed' && run.pages > 0 ? 'partial' : verdict
}

/** The heartbeat of a worker, which renews the leases of what it holds. */
export function renewLeases(tables: Tables, worker: WorkerRegistration, held: readonly HeldRun[], leaseMs: number): Heartbeat {
  const now = tables.now()
  const unknown = { id: worker.id, pools: [], drainWanted: false, draining: false, drainMs: null, heartbeatAt: now }
  const known = tables.workers.get(worker.id) ?? unknown
  tables.workers.set(worker.id, Object.assign(known, { heartbeatAt: now, pools: worker.pools, draining: worker.draining }))
  return {
    leases: held.map(({ runId, epoch }) => {
      const run = tables.runs.get(runId)
      if (run?.epoch !== epoch || (run.state !== 'running' && run.state !== 'stopping')) return 'lost'
      run.leaseUntil = now + leaseMs
      return run.state === 'stopping' ? 'stopping' : run.draining ? 'draining' : 'held'
    }),
    clockDifferenceMs: worker.clockNow - now,
    drainMs: known.drainWanted ? (known.drainMs ?? 0) : null,
  }
}
