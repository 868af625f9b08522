import { laneOf, type TickReason } from '@data-weaver/contracts'
import type { DueItem, ScheduledStream } from '@data-weaver/ledger'
import { planTicks, type TickingStream, type TickPlan } from '@data-weaver/ledger/ticks'
import { jitterOf } from '@data-weaver/schedule'
import { freshDeliveryMs } from './write.ts'
import { isBefore, newRun, type StreamRow, type Tables } from './rows.ts'

/** How often a run may lose its worker in a row before it fails, and how long what was queued again is left alone. */
const maxLosses = 10
const runAgainMs = 10_000
const deliveryAgainMs = 8000
const servedMs = 30_000
const probeAgainMs = 600_000
/** A worker that was lost longer ago has nothing in its hands any more. */
const mournedMs = 60_000
/** How long a begun delivery is left alone, how long its carrier may write, and how long such a write takes to arrive. */
const patienceMs = 7000
const proofMs = 5000
const arrivalMs = 500

const laneFor = (tables: Tables, streamId: string): string => laneOf(tables.stream(streamId).spec.pool, 'default')

/** Runs that should be in the queue: queued or waiting for too long, or running beyond their lease. */
export function takeDueRuns(tables: Tables, limit: number): readonly DueItem[] {
  const now = tables.now()
  const due = [...tables.runs.values()].filter((run) => {
    if (run.state === 'running') return isBefore(run.leaseUntil, now) && (run.enqueueAfter ?? -Infinity) < now && run.losses < maxLosses
    const wanted = tables.stream(run.streamId).desired === 'started' || run.trigger === 'manual' || run.trigger === 'probe'
    return (run.state === 'queued' || run.state === 'waiting') && isBefore(run.enqueueAfter, now) && wanted
  })
  return due.slice(0, limit).map((run) => {
    run.enqueueAfter = now + runAgainMs
    return { id: run.id, lane: laneFor(tables, run.streamId) }
  })
}

export function takeDueDeliveries(tables: Tables, limit: number): readonly DueItem[] {
  const now = tables.now()
  const due = [...tables.deliveries.values()].filter(({ state, enqueueAfter }) => state === 'pending' && enqueueAfter < now)
  return due.slice(0, limit).map((delivery) => {
    // Who carried it has not looked after it for too long.
    Object.assign(delivery, { enqueueAfter: now + deliveryAgainMs, workerId: null })
    return { id: delivery.id, lane: laneFor(tables, delivery.streamId) }
  })
}

/** Ends runs whose worker is gone and that must not go on, and holds deliveries likewise. */
export function endLost(tables: Tables, limit: number, leaseMs: number): number {
  const now = tables.now()
  const runs = [...tables.runs.values()]
    .filter(
      ({ state, leaseUntil, losses }) =>
        isBefore(leaseUntil, now) && (state === 'stopping' || (state === 'running' && losses >= maxLosses)),
    )
    .slice(0, limit)
  for (const run of runs) {
    Object.assign(run, { finishedAt: now, leaseUntil: null, enqueueAfter: null })
    tables.setState(run, run.state === 'stopping' ? 'interrupted' : 'failed')
    tables.free(run)
  }
  // Its worker is gone, or has let go of it without saying so: who carries a delivery for long looks after it more often than that.
  const alone = [...tables.deliveries.values()].filter(({ state, workerId, enqueueAfter }) => {
    if (state !== 'holding') return false
    const worker = workerId === null ? undefined : tables.workers.get(workerId)
    const up = worker !== undefined && worker.heartbeatAt > now - leaseMs
    return !up || enqueueAfter < now - Math.max(0, leaseMs - patienceMs)
  })
  for (const delivery of alone) Object.assign(delivery, { state: 'held', workerId: null })
  const ended = runs.length + alone.length
  if (ended > 0) tables.notify('weaver_stopped', '')
  return ended
}

/** Makes due at once what lost workers had in their hands; wake-ups only when one of them is not known yet. Answers the workers lost lately. */
export function hurryLost(tables: Tables, limit: number, leaseMs: number, known: readonly string[]): readonly string[] {
  const now = tables.now()
  const lost = [...tables.workers.values()]
    .filter(({ heartbeatAt }) => heartbeatAt < now - leaseMs - arrivalMs && heartbeatAt > now - leaseMs - arrivalMs - mournedMs)
    .map(({ id }) => id)
  const fresh = lost.filter((id) => !known.includes(id)).length
  const begunBefore = now + freshDeliveryMs - Math.min(leaseMs, proofMs) - arrivalMs
  const deliveries = [...tables.deliveries.values()].filter(
    ({ state, enqueueAfter, workerId, failed }) =>
      state === 'pending' &&
      enqueueAfter > now &&
      (workerId === null
        ? fresh > 0 && !failed && enqueueAfter <= now + deliveryAgainMs
        : lost.includes(workerId) && enqueueAfter <= begunBefore),
  )
  const runs = [...tables.runs.values()].filter(
    ({ state, enqueueAfter, leaseUntil }) =>
      fresh > 0 &&
      enqueueAfter !== null &&
      enqueueAfter > now &&
      enqueueAfter <= now + runAgainMs &&
      (state === 'queued' || (state === 'running' && isBefore(leaseUntil, now))),
  )
  for (const row of [...deliveries.slice(0, limit), ...runs.slice(0, limit)]) row.enqueueAfter = now
  return lost
}

/** Gives a run to every continuous stream that has none and does not rest. */
export function continueStreams(tables: Tables, most: number): number {
  const now = tables.now()
  const idle = [...tables.streams.values()].filter(
    (stream) =>
      stream.continuous &&
      stream.desired === 'started' &&
      stream.activeRunId === null &&
      (stream.resumeAt ?? -Infinity) < now &&
      tables.runsOf(stream.id).every(({ enqueueAfter }) => enqueueAfter === null),
  )
  for (const { id: streamId } of idle.slice(0, most))
    tables.insertRun(newRun({ id: tables.newId(), streamId, trigger: 'schedule', state: 'queued', createdAt: now }, { enqueueAfter: now }))
  return Math.min(idle.length, most)
}

/** Queues a probe for streams that failures paused and whose time has come. */
export function probeStreams(tables: Tables, most: number): number {
  const now = tables.now()
  const due = [...tables.streams.values()].filter(
    ({ desired, pausedBy, probeAt, activeRunId }) =>
      desired === 'paused' && pausedBy === 'failures' && isBefore(probeAt, now) && activeRunId === null,
  )
  for (const stream of due.slice(0, most)) {
    stream.probeAt = now + probeAgainMs
    const made = { id: tables.newId(), streamId: stream.id, trigger: 'probe', state: 'queued', createdAt: now } as const
    tables.insertRun(newRun(made, { enqueueAfter: now }))
  }
  return Math.min(due.length, most)
}

export function poolsServed(tables: Tables): ReadonlySet<string> {
  const since = tables.now() - servedMs
  return new Set([...tables.workers.values()].filter(({ heartbeatAt }) => heartbeatAt > since).flatMap(({ pools }) => pools))
}

export const tickingStreams = (tables: Tables): readonly ScheduledStream[] =>
  [...tables.streams.values()]
    .filter(({ desired }) => desired !== 'stopped')
    .map((stream) => ({
      ...toTicking(stream),
      lane: laneFor(tables, stream.id),
      pool: stream.spec.pool,
      catchUp: stream.spec.catchUp,
      recoveredAt: stream.recoveredAt,
      openStretch: openStretch(tables, stream),
    }))

export const toTicking = ({ id, desired, spec, anchor, accountedUntil, ordinal }: StreamRow): TickingStream => ({
  id,
  desired,
  schedule: spec.schedule,
  catchUp: null,
  anchor,
  accountedUntil,
  jitterMs: jitterOf(spec.schedule, ordinal),
  openStretch: null,
})

function openStretch(tables: Tables, { openStretch: id }: StreamRow): TickingStream['openStretch'] {
  const reason = id === null ? null : (tables.runs.get(id)?.reason ?? null)
  return id === null || reason === null ? null : { id, reason }
}

/** Accounts for all ticks until `until`. What changed since the streams were read is left for the next time. */
export function account(
  tables: Tables,
  streams: readonly ScheduledStream[],
  { now, until, reason }: { readonly now: number; readonly until: number; readonly reason: (stream: ScheduledStream) => TickReason },
): { readonly missed: number; readonly caughtUp: number } {
  let missed = 0
  let caughtUp = 0
  for (const stream of streams) {
    const plan = planTicks(stream, now, until, ranTicks(tables, stream, until), reason(stream))
    const row = tables.stream(stream.id)
    const complete = plan.stretches.length === 0 && plan.toRun.length === 0
    if (!complete && (row.desired !== stream.desired || row.accountedUntil !== stream.accountedUntil)) continue
    writePlan(tables, plan)
    missed += plan.stretches.reduce((sum, { count }) => sum + count, 0)
    caughtUp += plan.toRun.length
  }
  return { missed, caughtUp }
}

export const ranTicks = (tables: Tables, { id, accountedUntil }: TickingStream, until: number): readonly number[] =>
  tables.runsOf(id).flatMap(({ tick }) => (tick !== null && tick > accountedUntil && tick <= until ? [tick] : []))

export function writePlan(tables: Tables, plan: TickPlan): void {
  const now = tables.now()
  const { streamId, reason } = plan
  let open: string | null = null
  for (const tick of plan.toRun) {
    const made = { id: tables.newId(), streamId, trigger: 'catchUp', state: 'queued', createdAt: now } as const
    tables.insertRun(newRun(made, { tick, tickUntil: tick, enqueueAfter: now }))
  }
  for (const [index, { tick, last, count }] of plan.stretches.entries()) {
    const id = (index === 0 ? plan.extends : null) ?? tables.newId()
    if (index === 0 && plan.extends !== null) {
      const run = tables.runs.get(id)
      if (run !== undefined) Object.assign(run, { ticks: run.ticks + count, tickUntil: last, finishedAt: now })
    } else {
      const state = reason === 'paused' ? 'skipped' : 'missed'
      const row = { tick, tickUntil: last, ticks: count, reason, finishedAt: now }
      tables.insertRun(newRun({ id, streamId, trigger: 'schedule', state, createdAt: now }, row))
    }
    if (plan.staysOpen && index === plan.stretches.length - 1) open = id
  }
  const stream = tables.stream(streamId)
  if (stream.accountedUntil < plan.until) Object.assign(stream, { accountedUntil: plan.until, openStretch: open })
}
