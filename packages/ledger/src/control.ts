import { type BulkChange, type StopMode, type StreamSpec, type TickReason, WeaverError } from '@data-weaver/contracts'
import { anchorAt, jitterOf, nextTick } from '@data-weaver/schedule'
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import * as tables from './schema.ts'
import { drainRuns, interruptRuns, releaseDeliveries } from './stopping.ts'
import { now, readSpec, rowOf, sameJson, sessionOf, type StreamRow, type Tx } from './stream-rows.ts'
import { planTicks, readRanTicks, type TickingStream, writePlans } from './ticks.ts'

/**
 * What can be done to streams, to one or to many alike. Every function is given rows that its transaction has locked, and changes nothing
 * that is as it should be already.
 */
export interface LockedStream {
  readonly row: StreamRow
  readonly spec: StreamSpec
}

/** A tick younger than this may still lie in the queue when its schedule changes: it is run, milliseconds. */
const youngTickMs = 30_000

const idsOf = (streams: readonly LockedStream[]): string[] => streams.map(({ row }) => row.id)

/** Reads streams and locks their rows in order of id; deleted ones are left out. */
export async function lockStreams(tx: Tx, ids: readonly string[]): Promise<LockedStream[]> {
  const { streams, streamVersions } = tables
  if (ids.length === 0) return []
  await tx.execute(sql`select id from weaver.streams where id = any(${sql.param([...ids])}::uuid[]) order by id for no key update`)
  const rows = await tx
    .select()
    .from(streams)
    .innerJoin(streamVersions, and(eq(streamVersions.streamId, streams.id), eq(streamVersions.version, streams.version)))
    .where(and(inArray(streams.id, [...ids]), sql`${streams.deletedAt} is null`))
    .orderBy(streams.id)
  return rows.map(({ streams: row, stream_versions: { spec } }) => ({ row, spec: readSpec(spec) }))
}

async function update(tx: Tx, streams: readonly LockedStream[], set: Partial<StreamRow>, at: Date): Promise<void> {
  if (streams.length === 0) return
  await tx
    .update(tables.streams)
    .set({ ...set, revision: sql`${tables.streams.revision} + 1`, updatedAt: at })
    .where(inArray(tables.streams.id, idsOf(streams)))
}

async function announce(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_notify('weaver_streams', '')`)
}

const toTicking = ({ row, spec }: LockedStream): TickingStream => ({
  id: row.id,
  desired: row.desired,
  schedule: spec.schedule,
  // Whoever stops, pauses or changes does not want what was missed before to run now.
  catchUp: null,
  anchor: row.anchor.getTime(),
  accountedUntil: row.accountedUntil.getTime(),
  jitterMs: jitterOf(spec.schedule, row.ordinal),
  openStretch: null,
})

/** Accounts for all ticks until now: what came and was not run is written down, with this reason. */
async function closeAccount(tx: Tx, streams: readonly LockedStream[], at: Date, reason: TickReason): Promise<void> {
  const ticking = streams.filter(({ row }) => row.desired !== 'stopped').map(toTicking)
  if (ticking.length === 0) return
  const session = sessionOf(tx)
  const until = at.getTime()
  const ran = await readRanTicks(session, ticking, until)
  await writePlans(
    session,
    ticking.map((stream) => planTicks(stream, until, until, ran.get(stream.id) ?? [], stream.desired === 'paused' ? 'paused' : reason)),
  )
}

/**
 * The first tick is now; a paused stream goes on with its own grid. What was held goes on to the sinks. A stream that was to run once, at a
 * time that has passed, is refused; among `many` it is left as it is, for it must not keep the others from being started.
 * @throws WeaverError `invalid_schedule`
 */
export async function startStreams(tx: Tx, streams: readonly LockedStream[], { many = false } = {}): Promise<number> {
  const at = await now(tx)
  const all = streams.filter(({ row }) => row.desired === 'stopped')
  const stopped = all.filter(({ spec: { schedule } }) => !('at' in schedule) || Date.parse(schedule.at) >= at.getTime())
  const late = all.find((stream) => !stopped.includes(stream))
  if (late !== undefined && !many) throw hasPassed(late)
  const begun = {
    desired: 'started' as const,
    anchor: at,
    accountedUntil: new Date(at.getTime() - 1),
    openStretch: null,
    failures: 0,
    resumeAt: null,
  }
  const later = stopped.filter(({ spec }) => anchorAt(spec.schedule, at.getTime()) > at.getTime())
  await update(
    tx,
    stopped.filter((stream) => !later.includes(stream)),
    begun,
    at,
  )
  for (const stream of later) {
    const anchor = new Date(anchorAt(stream.spec.schedule, at.getTime()))
    await update(tx, [stream], { ...begun, anchor, accountedUntil: new Date(anchor.getTime() - 1) }, at)
  }
  await releaseDeliveries(tx, { streamIds: idsOf(stopped) })
  const resumed = await resumeStreams(tx, streams)
  if (stopped.length > 0) await announce(tx)
  return stopped.length + resumed
}

function hasPassed({ row, spec: { schedule } }: LockedStream): WeaverError {
  const problem = {
    field: 'schedule.at',
    problem: `${'at' in schedule ? schedule.at : ''} has passed`,
    hint: 'Give a time to come, and start the stream then.',
  }
  return new WeaverError('invalid_schedule', `stream "${row.name}": ${problem.field} ${problem.problem}`, { errors: [problem] })
}

/** No tick is run until it is resumed; what runs comes to its end, what is fetched is delivered. The ticks meanwhile count as skipped. */
export async function pauseStreams(tx: Tx, streams: readonly LockedStream[]): Promise<number> {
  const started = streams.filter(({ row }) => row.desired === 'started')
  const failing = streams.filter(({ row }) => row.desired === 'paused' && row.pausedBy !== 'user')
  const at = await now(tx)
  await closeAccount(tx, started, at, 'paused')
  await update(tx, [...started, ...failing], { desired: 'paused', pausedBy: 'user', probeAt: null }, at)
  if (started.length > 0) await announce(tx)
  return started.length + failing.length
}

export async function resumeStreams(tx: Tx, streams: readonly LockedStream[]): Promise<number> {
  const paused = streams.filter(({ row }) => row.desired === 'paused')
  const at = await now(tx)
  await closeAccount(tx, paused, at, 'paused')
  await update(tx, paused, { desired: 'started', pausedBy: null, probeAt: null, failures: 0, resumeAt: null, openStretch: null }, at)
  if (paused.length > 0) await announce(tx)
  return paused.length
}

/** No tick is claimed after this. What runs is told to stop, or to come to its end; the operation is complete when it has. */
export async function stopStreams(tx: Tx, streams: readonly LockedStream[], operationId: string, mode: StopMode): Promise<number> {
  const running = streams.filter(({ row }) => row.desired !== 'stopped')
  const at = await now(tx)
  await closeAccount(tx, running, at, 'stopped')
  await update(tx, running, { desired: 'stopped', pausedBy: null, probeAt: null, openStretch: null }, at)
  // What is made again from now on is held, even when that was asked for while the stream was stopped.
  await tx.execute(sql`
    update weaver.redeliveries set even_stopped = false
    where even_stopped and (stream_id is null or stream_id = any(${sql.param(idsOf(streams))}::uuid[]))`)
  // Those that were stopped before may still have something under way: the operation waits for that as well.
  if (mode === 'interrupt') await interruptRuns(tx, { streamIds: idsOf(streams) }, operationId)
  else await drainRuns(tx, idsOf(streams), operationId)
  if (running.length > 0) await announce(tx)
  return running.length
}

const gone = { canaryVersion: null, canaryMode: null, canaryLeft: null }

/**
 * Stops streams and takes them off the list; the names become free. Runs, results and documents stay, unless they are to be purged: then the operation
 * is complete when they are gone. Their dead letters cannot be delivered again: those that are open are settled.
 */
export async function deleteStreams(tx: Tx, streams: readonly LockedStream[], operationId: string, purge = false): Promise<number> {
  await stopStreams(tx, streams, operationId, 'interrupt')
  const at = await now(tx)
  await update(tx, streams, { ...gone, deletedAt: at, purgeOperation: purge ? operationId : null }, at)
  await tx
    .update(tables.deadLetters)
    .set({ resolvedAt: at, resolution: 'discarded' })
    .where(and(inArray(tables.deadLetters.streamId, idsOf(streams)), isNull(tables.deadLetters.resolvedAt)))
  await tx.delete(tables.streamSecrets).where(inArray(tables.streamSecrets.streamId, idsOf(streams)))
  await announce(tx)
  return streams.length
}

/** Queues a run of each stream that is not stopped and has none in progress; answers where to wake them. */
export async function triggerStreams(tx: Tx, streams: readonly LockedStream[]): Promise<readonly { id: string; streamId: string }[]> {
  const ready = streams.filter(({ row }) => row.desired !== 'stopped').map(({ row }) => ({ id: uuidv7(), streamId: row.id }))
  const { rows } = await tx.execute<{ id: string; stream_id: string }>(sql`
    insert into weaver.runs (id, tenant, stream_id, trigger, state, enqueue_after)
    select i.id, s.tenant, s.id, 'manual', 'queued', now() + interval '10 s'
    from unnest(${sql.param(ready.map(({ id }) => id))}::uuid[], ${sql.param(ready.map(({ streamId }) => streamId))}::uuid[]) as i(id, stream_id)
    join weaver.streams s on s.id = i.stream_id
    where s.active_run_id is null and not exists (select from weaver.runs r where r.stream_id = s.id and r.enqueue_after is not null and r.trigger <> 'backfill')
    returning id, stream_id`)
  return rows.map((row) => ({ id: row.id, streamId: row.stream_id }))
}

/** Makes a new version of each stream whose specification differs, in force from the end of the current interval. */
export async function changeStreams(
  tx: Tx,
  streams: readonly LockedStream[],
  specOf: (stream: LockedStream) => StreamSpec,
  keep?: Numbers,
): Promise<number> {
  const changes = streams.map((stream) => ({ stream, spec: specOf(stream) })).filter(({ stream, spec }) => !sameJson(spec, stream.spec))
  if (changes.length === 0) return 0
  const at = await now(tx)
  const latest = await latestVersions(tx, idsOf(streams))
  const versions = changes.map(({ stream, spec }) => ({ streamId: stream.row.id, ...(keep ?? versionAfter(stream, spec, latest)), spec }))
  if (keep === undefined) await tx.insert(tables.streamVersions).values(versions)
  await finishOldGrid(
    tx,
    changes.filter(({ stream, spec }) => !sameJson(spec.schedule, stream.spec.schedule)).map(({ stream }) => stream),
    at,
  )
  await writeChanges(
    tx,
    changes.map(({ stream, spec }, index) => ({ stream, spec, ...(versions[index] as { version: number; transformVersion: number }) })),
    at,
  )
  await announce(tx)
  return changes.length
}

/** The numbers of a version: its own, and that of what makes documents of its pages. */
export interface Numbers {
  readonly version: number
  readonly transformVersion: number
}

/** Versions on trial have numbers as well: the next one is above all. */
export async function latestVersions(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Numbers>> {
  const { rows } = await tx.execute<{ stream_id: string; version: number; transform_version: number }>(
    sql`select stream_id, max(version) as version, max(transform_version) as transform_version from weaver.stream_versions
        where stream_id = any(${sql.param([...ids])}::uuid[]) group by stream_id`,
  )
  return new Map(rows.map((row) => [row.stream_id, { version: row.version, transformVersion: row.transform_version }]))
}

/**
 * The numbers of the version that follows. What reads records out of pages counts as part of the transform: sinks take the document of the
 * higher number, so another document of the same page must have one.
 */
export function versionAfter({ row, spec: before }: LockedStream, spec: StreamSpec, latest: ReadonlyMap<string, Numbers>): Numbers {
  const { version, transformVersion } = latest.get(row.id) ?? row
  const same = sameJson(spec.transform, before.transform) && sameJson(spec.config, before.config)
  return { version: version + 1, transformVersion: same ? row.transformVersion : transformVersion + 1 }
}

interface Change {
  readonly stream: LockedStream
  readonly spec: StreamSpec
  readonly version: number
  readonly transformVersion: number
}

async function writeChanges(tx: Tx, changes: readonly Change[], at: Date): Promise<void> {
  const rows = changes.map(({ spec }) => rowOf(spec))
  const anchors = changes.map(({ stream, spec }) => (sameJson(spec.schedule, stream.spec.schedule) ? null : nextAnchor(stream, spec, at)))
  const column = (values: readonly unknown[], type: string) => sql`${sql.param([...values])}::${sql.raw(type)}[]`
  await tx.execute(sql`
    update weaver.streams s set version = i.version, transform_version = i.transform_version, pool = i.pool, overlap = i.overlap, every = i.every, continuous = i.continuous,
      ends_at = i.ends_at, anchor = coalesce(i.anchor, s.anchor), accounted_until = coalesce(i.anchor - interval '1 ms', s.accounted_until),
      open_stretch = case when i.anchor is null then s.open_stretch end, revision = s.revision + 1, updated_at = ${at.toISOString()}
    from unnest(${column(
      changes.map(({ stream }) => stream.row.id),
      'uuid',
    )}, ${column(
      changes.map(({ version }) => version),
      'int',
    )}, ${column(
      changes.map(({ transformVersion }) => transformVersion),
      'int',
    )}, ${column(
      rows.map(({ pool }) => pool),
      'text',
    )}, ${column(
      rows.map(({ overlap }) => overlap),
      'text',
    )}, ${column(
      rows.map(({ every }) => every),
      'bigint',
    )}, ${column(
      rows.map(({ continuous }) => continuous),
      'boolean',
    )}, ${column(
      rows.map(({ endsAt }) => endsAt),
      'timestamptz',
    )}, ${column(anchors, 'timestamptz')})
      as i(id, version, transform_version, pool, overlap, every, continuous, ends_at, anchor)
    where s.id = i.id`)
}

/** Where the ticks of a changed schedule begin: where the current interval ends. A stream that is stopped changes at once. */
function nextAnchor({ row, spec: before }: LockedStream, spec: StreamSpec, at: Date): Date {
  const next = row.desired === 'stopped' ? null : nextTick(before.schedule, row.anchor.getTime(), at.getTime())
  return new Date(anchorAt(spec.schedule, next ?? at.getTime()))
}

/** Ticks of the old schedule that came and have no run: the latest, if it is young, is run by the version that was in force; others were missed. */
async function finishOldGrid(tx: Tx, streams: readonly LockedStream[], at: Date): Promise<void> {
  const ticking = streams.filter(({ row }) => row.desired !== 'stopped')
  if (ticking.length === 0) return
  const until = at.getTime()
  const session = sessionOf(tx)
  const ran = await readRanTicks(session, ticking.map(toTicking), until)
  const plans = ticking.map((stream) => {
    const { row } = stream
    const reason: TickReason = row.desired === 'paused' ? 'paused' : 'scheduleChanged'
    const catchUp = row.desired === 'started' ? ({ window: youngTickMs, runs: 'latest' } as const) : null
    return { row, plan: planTicks({ ...toTicking(stream), catchUp }, until, until, ran.get(row.id) ?? [], reason) }
  })
  await writePlans(
    session,
    plans.map(({ plan }) => plan),
  )
  const young = plans.flatMap(({ row, plan }) => plan.toRun.map((tick) => ({ id: row.id, tick, version: row.version })))
  if (young.length === 0) return
  await tx.execute(sql`
    update weaver.runs r set stream_version = i.version, trigger = 'schedule'
    from unnest(${sql.param(young.map(({ id }) => id))}::uuid[], ${sql.param(young.map(({ tick }) => new Date(tick)))}::timestamptz[],
      ${sql.param(young.map(({ version }) => version))}::int[]) as i(stream_id, tick, version)
    where r.stream_id = i.stream_id and r.tick = i.tick and r.state = 'queued'`)
}

/** A bulk change as a change of one specification. */
export const withChange =
  (change: BulkChange) =>
  ({ spec }: LockedStream): StreamSpec => ({ ...spec, ...(change as Partial<StreamSpec>) })
