import type { StopMode, StreamSpec, TickReason } from '@data-weaver/contracts'
import { planTicks } from '@data-weaver/ledger/ticks'
import { anchorAt, endOf } from '@data-weaver/schedule'
import { ranTicks, toTicking, writePlan } from './reconcile.ts'
import { type DeliveryRow, newRun, type OperationRow, type RunRow, type StreamRow, type Tables } from './rows.ts'

export function createStream(
  tables: Tables,
  { id, name, adapter, spec }: Pick<StreamRow, 'id' | 'name' | 'adapter'> & { spec: StreamSpec },
): void {
  const end = endOf(spec.schedule)
  tables.streams.set(id, {
    id,
    name,
    adapter,
    ordinal: tables.streams.size + 1,
    spec,
    version: 1,
    every: 'every' in spec.schedule ? spec.schedule.every : null,
    overlap: spec.overlap,
    endsAt: Number.isFinite(end) ? end : null,
    continuous: 'continuous' in spec.schedule,
    desired: 'stopped',
    anchor: tables.now(),
    accountedUntil: tables.now(),
    openStretch: null,
    failures: 0,
    resumeAt: null,
    pausedBy: null,
    probeAt: null,
    recoveredAt: null,
    cursor: null,
    activeRunId: null,
  })
}

/** Accounts for all ticks until now: what came and was not run is written down. */
function closeAccount(tables: Tables, stream: StreamRow, reason: TickReason): void {
  if (stream.desired === 'stopped') return
  const now = tables.now()
  const ticking = toTicking(stream)
  const why = stream.desired === 'paused' ? 'paused' : reason
  writePlan(tables, planTicks(ticking, now, now, ranTicks(tables, ticking, now), why))
}

/** The first tick is now; a paused stream goes on with its own grid. What was held goes on to the sinks. */
export function start(tables: Tables, stream: StreamRow): void {
  if (stream.desired !== 'stopped') return resume(tables, stream)
  const anchor = anchorAt(stream.spec.schedule, tables.now())
  Object.assign(stream, { desired: 'started', anchor, accountedUntil: anchor - 1, openStretch: null, failures: 0, resumeAt: null })
  release(tables, tables.deliveriesOf(stream.id))
  tables.observer.started?.(stream)
  tables.notify('weaver_streams', '')
}

export function pause(tables: Tables, stream: StreamRow): void {
  if (stream.desired === 'started') {
    closeAccount(tables, stream, 'paused')
    tables.notify('weaver_streams', '')
  } else if (stream.desired === 'stopped' || stream.pausedBy === 'user') return
  Object.assign(stream, { desired: 'paused', pausedBy: 'user', probeAt: null })
}

export function resume(tables: Tables, stream: StreamRow): void {
  if (stream.desired !== 'paused') return
  closeAccount(tables, stream, 'paused')
  Object.assign(stream, { desired: 'started', pausedBy: null, probeAt: null, failures: 0, resumeAt: null, openStretch: null })
  tables.notify('weaver_streams', '')
}

/** No tick is claimed after this. What runs is told to stop, or to come to its end. */
export function stop(tables: Tables, stream: StreamRow, operation: OperationRow, mode: StopMode): void {
  if (stream.desired !== 'stopped') {
    closeAccount(tables, stream, 'stopped')
    Object.assign(stream, { desired: 'stopped', pausedBy: null, probeAt: null, openStretch: null })
    tables.notify('weaver_streams', '')
  }
  tables.observer.stopped?.(stream, operation)
  if (mode === 'interrupt') interrupt(tables, (row) => row.streamId === stream.id, operation)
  else drain(tables, stream, operation)
}

/** Queues a run by hand, unless the stream is stopped or has one in progress. */
export function trigger(tables: Tables, stream: StreamRow): string | undefined {
  if (stream.desired === 'stopped' || stream.activeRunId !== null) return undefined
  if (tables.runsOf(stream.id).some(({ enqueueAfter }) => enqueueAfter !== null)) return undefined
  const now = tables.now()
  const made = { id: tables.newId(), streamId: stream.id, trigger: 'manual', state: 'queued', createdAt: now } as const
  tables.insertRun(newRun(made, { enqueueAfter: now + 10_000 }))
  return made.id
}

type Concerns = (row: { readonly streamId: string; readonly runId: string }) => boolean

/** What waits is over at once, what runs is told to stop, what is on its way to a sink is held. */
export function interrupt(tables: Tables, concerns: Concerns, operation: OperationRow): void {
  for (const delivery of tables.deliveries.values()) {
    if (!concerns(delivery) || (delivery.state !== 'pending' && delivery.state !== 'holding')) continue
    if (delivery.state === 'pending') delivery.state = delivery.workerId === null ? 'held' : 'holding'
    if (delivery.state === 'holding') addTarget(operation, { runId: null, deliveryId: delivery.id, workerId: delivery.workerId })
  }
  for (const run of tables.runs.values()) {
    if (!concerns({ streamId: run.streamId, runId: run.id }) || (run.leaseUntil === null && run.enqueueAfter === null)) continue
    run.enqueueAfter = null
    if (run.state === 'running' || run.state === 'stopping') {
      run.finishedAt = null
      tables.setState(run, 'stopping')
      addTarget(operation, { runId: run.id, deliveryId: null, workerId: run.workerId })
    } else endInLine(tables, run)
  }
  tables.notify('weaver_stop', '')
}

/** What waits is over, what runs comes to its end, and its results go on to the sinks. */
function drain(tables: Tables, stream: StreamRow, operation: OperationRow): void {
  const delivering = new Set(tables.deliveriesOf(stream.id).flatMap(({ state, runId }) => (state === 'pending' ? [runId] : [])))
  for (const run of tables.runsOf(stream.id)) {
    if (run.leaseUntil === null && run.enqueueAfter === null && !delivering.has(run.id)) continue
    if (run.state === 'queued' || run.state === 'waiting') {
      run.draining = true
      endInLine(tables, run)
    } else if (run.state === 'running') run.draining = true
    if (run.state === 'running' || run.state === 'stopping' || delivering.has(run.id))
      addTarget(operation, { runId: run.id, deliveryId: null, workerId: run.workerId })
  }
  // What an earlier stop told to be held may still be in somebody's hands.
  for (const { id, state, workerId } of tables.deliveriesOf(stream.id))
    if (state === 'holding') addTarget(operation, { runId: null, deliveryId: id, workerId })
  tables.notify('weaver_stop', stream.id)
}

function endInLine(tables: Tables, run: RunRow): void {
  Object.assign(run, { finishedAt: tables.now(), enqueueAfter: null })
  tables.setState(run, 'interrupted')
  tables.free(run)
}

function addTarget({ targets }: OperationRow, target: Omit<OperationRow['targets'][number], 'acknowledged'>): void {
  if (targets.some(({ runId, deliveryId }) => runId === target.runId && deliveryId === target.deliveryId)) return
  targets.push({ ...target, acknowledged: false })
}

/** Sends on what was held; answers how many. */
export function release(tables: Tables, deliveries: Iterable<DeliveryRow>): number {
  let released = 0
  for (const delivery of deliveries) {
    if (delivery.state !== 'held' && delivery.state !== 'holding') continue
    Object.assign(delivery, { state: 'pending', enqueueAfter: tables.now() })
    released += 1
    tables.observer.released?.(delivery.streamId)
  }
  return released
}
