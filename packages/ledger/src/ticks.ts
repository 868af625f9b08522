import type { CatchUp, DesiredState, Schedule, TickReason } from '@data-weaver/contracts'
import { ticksBetween } from '@data-weaver/schedule'
import { v7 as uuidv7 } from 'uuid'
import { type Session, statement } from './database.ts'

/**
 * The account of ticks: every nominal time of a stream that is started or paused ends up in a run row, that of a run, or one that
 * stands for a stretch of ticks that were skipped or missed, with the reason. `accounted_until` says how far that is so.
 */

/** A stream whose ticks are accounted for. All times are milliseconds since the Unix epoch. */
export interface TickingStream {
  readonly id: string
  readonly desired: DesiredState
  readonly schedule: Schedule
  readonly catchUp: CatchUp | null
  /** Where the grid begins. */
  readonly anchor: number
  readonly accountedUntil: number
  /** So much later than its nominal time a tick starts; before that it is not due. */
  readonly jitterMs: number
  /** The row of the stretch that ends at `accountedUntil` and may grow. */
  readonly openStretch: { readonly id: string; readonly reason: TickReason } | null
}

/** Consecutive ticks without a run. */
export interface Stretch {
  readonly tick: number
  readonly last: number
  readonly count: number
}

/** What is to be written for one stream. */
export interface TickPlan {
  readonly streamId: string
  readonly reason: TickReason
  /** Ticks that were missed and are run after all. */
  readonly toRun: readonly number[]
  readonly stretches: readonly Stretch[]
  /** The first stretch continues the open one. */
  readonly extends: string | null
  /** The last stretch reaches to the end of the account: the next one may continue it. */
  readonly staysOpen: boolean
  readonly until: number
}

/** Missed ticks that one step runs after all, at most. */
const mostCaughtUp = 1000

/** Stretches of ticks in (`accountedUntil`, `until`] that are not in `ran`; no tick is looked at singly where the schedule is an interval. */
export function missingTicks(
  stream: Pick<TickingStream, 'schedule' | 'anchor' | 'accountedUntil'>,
  until: number,
  ran: Iterable<number>,
): Stretch[] {
  const bounds = [...ran, until + 1].filter((tick) => tick > stream.accountedUntil).toSorted((a, b) => a - b)
  const stretches: Stretch[] = []
  let after = stream.accountedUntil
  for (const bound of bounds) {
    const { ticks, count, last } = ticksBetween(stream.schedule, stream.anchor, after, bound - 1, 1)
    const [tick] = ticks
    if (tick !== undefined) stretches.push({ tick, last, count })
    after = bound
  }
  return stretches
}

/** Divides what is missing into what is run after all (`catchUp`), and what is written down. `now` is the database's clock. */
export function planTicks(stream: TickingStream, now: number, dueUntil: number, ran: Iterable<number>, reason: TickReason): TickPlan {
  const until = dueUntil - stream.jitterMs
  const seen = [...ran]
  const missing = missingTicks(stream, until, seen)
  const toRun = stream.desired === 'started' && reason !== 'paused' ? caughtUp(stream, missing, now) : []
  const stretches = toRun.length === 0 ? missing : missingTicks(stream, until, [...seen, ...toRun])
  const first = stretches[0]
  const continues =
    stream.openStretch?.reason === reason &&
    first !== undefined &&
    ticksBetween(stream.schedule, stream.anchor, stream.accountedUntil, first.tick, 1).ticks[0] === first.tick
  const end = stretches.at(-1)
  return {
    streamId: stream.id,
    reason,
    toRun,
    stretches,
    extends: continues ? (stream.openStretch?.id ?? null) : null,
    staysOpen: end !== undefined && ticksBetween(stream.schedule, stream.anchor, end.last, until, 1).count === 0,
    until,
  }
}

function caughtUp({ schedule, anchor, catchUp }: TickingStream, missing: readonly Stretch[], now: number): readonly number[] {
  if (catchUp === null) return []
  const since = now - catchUp.window
  if (catchUp.runs === 'latest') {
    const last = missing.at(-1)?.last
    return last !== undefined && last >= since ? [last] : []
  }
  const ticks: number[] = []
  for (const { tick, last } of missing) {
    if (last < since || ticks.length >= mostCaughtUp) continue
    ticks.push(...ticksBetween(schedule, anchor, Math.max(tick, since) - 1, last, mostCaughtUp - ticks.length).ticks)
  }
  return ticks
}

const ranTicks = statement(
  'ticks_ran',
  `select r.stream_id, r.tick from weaver.runs r join unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as i(id, since, until)
   on r.stream_id = i.id and r.tick > i.since and r.tick <= i.until`,
)

const insertStretches = statement(
  'ticks_insert',
  `insert into weaver.runs (id, tenant, stream_id, stream_version, trigger, tick, tick_until, ticks, state, reason, finished_at, enqueue_after)
   select i.id, s.tenant, s.id, case i.state when 'queued' then null else s.version end, case i.state when 'queued' then 'catchUp' else 'schedule' end, i.tick, i.tick_until, i.ticks,
     i.state, i.reason, case i.state when 'queued' then null else now() end, case i.state when 'queued' then now() end
   from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::text[], $7::text[]) as i(id, stream_id, tick, tick_until, ticks, state, reason)
   join weaver.streams s on s.id = i.stream_id
   on conflict on constraint runs_tick do nothing`,
)

const extendStretches = statement(
  'ticks_extend',
  `update weaver.runs r set ticks = r.ticks + i.ticks, tick_until = i.tick_until, finished_at = now()
   from unnest($1::uuid[], $2::timestamptz[], $3::int[]) as i(id, tick_until, ticks) where r.id = i.id`,
)

const moveAccounted = statement(
  'ticks_move',
  `update weaver.streams s set accounted_until = i.until, open_stretch = i.open
   from unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) as i(id, until, open) where s.id = i.id and s.accounted_until < i.until`,
)

/** Nominal times in (`accountedUntil`, `until`] that have a run, by stream. */
export async function readRanTicks(
  session: Session,
  streams: readonly TickingStream[],
  until: number,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const rows = await session.rows<{ stream_id: string; tick: Date }>(ranTicks, [
    streams.map(({ id }) => id),
    streams.map(({ accountedUntil }) => new Date(accountedUntil)),
    streams.map(() => new Date(until)),
  ])
  const ran = new Map<string, Set<number>>()
  for (const { stream_id: id, tick } of rows) ran.set(id, (ran.get(id) ?? new Set()).add(new Date(tick).getTime()))
  return ran
}

/** Writes plans; the streams' rows are locked where anything is missing. */
export async function writePlans(session: Session, plans: readonly TickPlan[]): Promise<void> {
  const fresh: { id: string; plan: TickPlan; stretch: Stretch; state: string }[] = []
  const longer: { id: string; stretch: Stretch }[] = []
  const open = new Map<string, string>()
  for (const plan of plans) {
    for (const tick of plan.toRun) fresh.push({ id: uuidv7(), plan, stretch: { tick, last: tick, count: 1 }, state: 'queued' })
    for (const [index, stretch] of plan.stretches.entries()) {
      const extended = index === 0 ? plan.extends : null
      const id = extended ?? uuidv7()
      if (extended === null) fresh.push({ id, plan, stretch, state: plan.reason === 'paused' ? 'skipped' : 'missed' })
      else longer.push({ id, stretch })
      if (plan.staysOpen && index === plan.stretches.length - 1) open.set(plan.streamId, id)
    }
  }
  if (fresh.length > 0) {
    await session.rows(insertStretches, [
      fresh.map(({ id }) => id),
      fresh.map(({ plan }) => plan.streamId),
      fresh.map(({ stretch }) => new Date(stretch.tick)),
      fresh.map(({ stretch }) => new Date(stretch.last)),
      fresh.map(({ stretch }) => stretch.count),
      fresh.map(({ state }) => state),
      fresh.map(({ plan, state }) => (state === 'queued' ? null : plan.reason)),
    ])
  }
  if (longer.length > 0) {
    await session.rows(extendStretches, [
      longer.map(({ id }) => id),
      longer.map(({ stretch }) => new Date(stretch.last)),
      longer.map(({ stretch }) => stretch.count),
    ])
  }
  await session.rows(moveAccounted, [
    plans.map(({ streamId }) => streamId),
    plans.map(({ until }) => new Date(until)),
    plans.map(({ streamId }) => open.get(streamId) ?? null),
  ])
}
