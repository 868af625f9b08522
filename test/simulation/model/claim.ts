import { laneOf } from '@data-weaver/contracts'
import type { Claim, ClaimedRun, ClaimRequest } from '@data-weaver/ledger'
import { isBefore, newRun, type RunRow, type StreamRow, type Tables } from './rows.ts'

/** Ticks that may wait for the run before them, and runs of one stream at a time where overlap is allowed. */
const mostBuffered = 100
const mostParallel = 16
/** A queued tick is woken by the end of the run before it; the reconciler follows this much later. */
const queuedGraceMs = 2000

/** A stream is the lock of its runs; a nominal time is rounded down to its grid and runs once. */
export function claim(tables: Tables, workerId: string, leaseMs: number, request: ClaimRequest): Claim {
  return request.kind === 'tick' ? claimTick(tables, workerId, leaseMs, request) : claimRun(tables, workerId, leaseMs, request.runId)
}

function claimTick(
  tables: Tables,
  workerId: string,
  leaseMs: number,
  { streamId, at, runId }: Extract<ClaimRequest, { kind: 'tick' }>,
): Claim {
  const now = tables.now()
  const stream = tables.streams.get(streamId)
  if (stream === undefined || stream.desired !== 'started') return { outcome: 'gone' }
  const { every, anchor, endsAt } = stream
  const tick = every === null ? at : anchor + Math.floor((at - anchor) / every) * every
  if (at < anchor || (endsAt !== null && tick > endsAt)) return { outcome: 'gone' }
  if (tick <= stream.accountedUntil) return { outcome: 'duplicate' }
  const fate = fateOf(tables, stream)
  const active = stream.activeRunId === null ? undefined : tables.runs.get(stream.activeRunId)
  const made = { id: runId, streamId, trigger: 'schedule', state: fate, createdAt: now } as const
  const run = newRun(made, {
    tick,
    ...(fate === 'running' ? { epoch: 1, attempt: 1, workerId, leaseUntil: now + leaseMs } : {}),
    ...(fate === 'queued' ? { enqueueAfter: now + queuedGraceMs } : {}),
    ...(fate === 'skipped' ? { finishedAt: now, reason: skipReason(stream, active) } : {}),
  })
  if (!tables.insertRun(run)) return { outcome: 'duplicate' }
  if (fate === 'queued' && stream.overlap === 'interruptRunning') supersede(tables, stream, run, active)
  if (fate !== 'running') return { outcome: fate }
  stream.activeRunId ??= run.id
  tables.observer.claimed?.(run)
  return { outcome: 'claimed', run: claimedRun(stream, run) }
}

function fateOf(tables: Tables, stream: StreamRow): 'running' | 'queued' | 'skipped' {
  if (stream.activeRunId === null) return 'running'
  const count = (is: (run: RunRow) => boolean): number => tables.runsOf(stream.id).filter(is).length
  if (stream.overlap === 'allow' && count(({ leaseUntil }) => leaseUntil !== null) < mostParallel) return 'running'
  if (stream.overlap === 'buffer' && count(({ enqueueAfter }) => enqueueAfter !== null) < mostBuffered) return 'queued'
  return stream.overlap === 'interruptRunning' ? 'queued' : 'skipped'
}

function skipReason({ overlap }: StreamRow, active: RunRow | undefined): RunRow['reason'] {
  if (overlap === 'buffer') return 'bufferFull'
  return (active?.state === 'waiting' ? active.reason : null) ?? 'overlap'
}

/** The newest tick takes the place of those that wait, and what runs is told to stop. */
function supersede(tables: Tables, stream: StreamRow, by: RunRow, active: RunRow | undefined): void {
  const now = tables.now()
  for (const run of tables.runsOf(stream.id)) {
    if (run === by || run.state !== 'queued' || run.enqueueAfter === null || run.trigger !== 'schedule') continue
    Object.assign(run, { reason: 'superseded', finishedAt: now, enqueueAfter: null })
    tables.setState(run, 'skipped')
  }
  if (active?.state === 'running') {
    Object.assign(active, { reason: 'overlap', enqueueAfter: null, finishedAt: null })
    tables.setState(active, 'stopping')
    tables.notify('weaver_stop', stream.id)
  } else if (active?.state === 'waiting') {
    Object.assign(active, { reason: 'overlap', enqueueAfter: null, finishedAt: now })
    tables.setState(active, 'interrupted')
    tables.free(active)
  }
}

/** A run can be taken when it is queued, waits, or runs beyond its lease; a higher epoch shuts out whoever held it before. */
function claimRun(tables: Tables, workerId: string, leaseMs: number, runId: string): Claim {
  const now = tables.now()
  const run = tables.runs.get(runId)
  if (run === undefined) return { outcome: 'gone' }
  const lost = run.state === 'running' && isBefore(run.leaseUntil, now)
  if (run.state !== 'queued' && run.state !== 'waiting' && !lost) return { outcome: 'gone' }
  const stream = tables.stream(run.streamId)
  const free = stream.activeRunId === null || stream.activeRunId === run.id || stream.overlap === 'allow'
  const byHand = run.trigger === 'manual' || run.trigger === 'probe'
  const wanted = stream.desired === 'started' || (stream.desired === 'paused' && byHand)
  if (!free || !wanted) return { outcome: 'busy' }
  Object.assign(run, {
    reason: null,
    epoch: run.epoch + 1,
    attempt: run.attempt + 1,
    losses: lost ? run.losses + 1 : run.losses,
    workerId,
    leaseUntil: now + leaseMs,
    enqueueAfter: null,
  })
  tables.setState(run, 'running')
  stream.activeRunId ??= run.id
  tables.observer.claimed?.(run)
  return { outcome: 'claimed', run: claimedRun(stream, run) }
}

const claimedRun = (stream: StreamRow, { id, epoch, attempt, trigger, parts }: RunRow): ClaimedRun => ({
  id,
  epoch,
  attempt,
  trigger,
  parts,
  version: stream.version,
  canary: false,
  cursor: stream.cursor,
  streamId: stream.id,
  tenant: 'default',
  stream: stream.name,
  adapter: stream.adapter,
  lane: laneOf(stream.spec.pool, 'default'),
  secretsVersion: 1,
})
