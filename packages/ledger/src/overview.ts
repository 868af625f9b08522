import type { Overview, RunStub, SinkEntry, SinkLag } from '@data-weaver/contracts'
import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { conditions } from './stream-filter.ts'
import type { Tx } from './stream-rows.ts'
import { isUp } from './worker-liveness.ts'

/** Rows from which the pace is told at most; where there were more in the last minute, it is carried over to a minute. */
const mostCounted = 5000

interface Row extends Record<string, unknown> {
  streams: Overview['streams']
  workers: Overview['workers']
  deliveries: Overview['deliveries']
  dead_letters: number
  operations: number
  runs: Pace
  documents: Pace
}

interface Pace {
  readonly n: number
  readonly whole: boolean
  readonly seconds: number
}

// Ids grow with time: the newest rows are found by them, and what is older than a minute is left out. Everything else reads partial indexes
// or tables as small as the number of streams and workers.
const newest = (table: 'runs' | 'deliveries', tenant: string) => sql`
  select t.*, t.created_at > now() - interval '1 minute' as fresh from (
    select * from ${sql.raw(`weaver.${table}`)} where tenant = ${tenant} order by id desc limit ${mostCounted}) t`

const paceOf = (sum: string, of: string) => sql`(
  select jsonb_build_object('n', coalesce(${sql.raw(sum)}, 0), 'whole', count(*) < ${mostCounted},
    'seconds', coalesce(extract(epoch from now() - min(n.created_at)), 60)) from ${sql.raw(of)} n where n.fresh)`

/** All that somebody wants to know at a glance, counted in one statement. */
export async function readOverview(database: Database, tenant: string): Promise<Overview> {
  const { rows } = await database.drizzle.execute<Row>(sql`
    with new_runs as materialized (${newest('runs', tenant)}), new_deliveries as materialized (${newest('deliveries', tenant)}),
    judged as materialized (
      select s.desired, (${conditions.late}) as late, (${conditions.failing}) as failing, (${conditions.waiting}) as waiting
      from weaver.streams s where s.deleted_at is null and s.tenant = ${tenant}),
    seen as materialized (
      select w.slots, w.draining, not (${sql.raw(isUp('w'))}) as lost from weaver.workers w)
    select
      (select jsonb_build_object('total', count(*), 'started', count(*) filter (where desired = 'started'), 'paused', count(*) filter (where desired = 'paused'),
        'stopped', count(*) filter (where desired = 'stopped'), 'late', count(*) filter (where late), 'failing', count(*) filter (where failing),
        'waiting', count(*) filter (where waiting)) from judged) as streams,
      (select jsonb_build_object('up', count(*) filter (where not lost and not draining), 'draining', count(*) filter (where not lost and draining),
        'lost', count(*) filter (where lost), 'slots', coalesce(sum(slots) filter (where not lost and not draining), 0),
        'running', (select count(*) from weaver.runs r where r.lease_until is not null and r.tenant = ${tenant})) from seen) as workers,
      jsonb_build_object('pending', (select count(*) from weaver.deliveries d where d.state = 'pending' and d.tenant = ${tenant}),
        'held', (select count(*) from weaver.deliveries d where d.state in ('holding', 'held') and d.tenant = ${tenant})) as deliveries,
      (select count(*) from weaver.dead_letters l where l.resolved_at is null and l.tenant = ${tenant})::int as dead_letters,
      (select count(*) from weaver.operations o where o.state in ('applying', 'waiting') and o.tenant = ${tenant})::int as operations,
      ${paceOf(`sum(case when n.state in ('skipped', 'missed') then 0 else n.ticks end)`, 'new_runs')} as runs,
      ${paceOf('sum(n.documents)', 'new_deliveries')} as documents`)
  const { streams, workers, deliveries, dead_letters: deadLetters, operations, runs, documents } = rows[0] as Row
  return { streams, workers, deliveries, deadLetters, operations, perMinute: { runs: perMinute(runs), documents: perMinute(documents) } }
}

const perMinute = ({ n, whole, seconds }: Pace): number => (whole ? n : Math.round((n * 60) / Math.max(seconds, 0.001)))

/** The newest runs of each of these streams, the newest first, in one statement. */
export async function newestRuns(tx: Tx, ids: readonly string[], most: number): Promise<ReadonlyMap<string, RunStub[]>> {
  if (ids.length === 0 || most === 0) return new Map()
  const { rows } = await tx.execute<{ stream_id: string; runs: RunStub[] }>(sql`
    select i.id as stream_id, (
      select jsonb_agg(jsonb_build_object('id', r.id, 'state', r.state, 'at', to_char(coalesce(r.tick, r.created_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'code', r.error ->> 'code') order by r.id desc)
      from (select id, state, tick, created_at, error from weaver.runs where stream_id = i.id order by id desc limit ${most}) r) as runs
    from unnest(${sql.param([...ids])}::uuid[]) as i(id)`)
  return new Map(rows.map(({ stream_id: id, runs }) => [id, runs ?? []]))
}

/** Those of these streams that are late. */
export async function lateOnes(tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const { rows } = await tx.execute<{ id: string }>(
    sql`select s.id from weaver.streams s where s.id = any(${sql.param([...ids])}::uuid[]) and ${conditions.late}`,
  )
  return new Set(rows.map(({ id }) => id))
}

/** How far the sinks of a stream are behind, in the order of its current version. */
export async function sinkLags(tx: Tx, streamId: string, sinks: readonly SinkEntry[], at: number): Promise<readonly SinkLag[]> {
  const { rows } = await tx.execute<{
    sink: string
    position: number
    pending: number
    held: number
    oldest: string
    error: SinkLag['error']
  }>(sql`
    select d.sink, d.position, count(*) filter (where d.state = 'pending')::int as pending, count(*) filter (where d.state <> 'pending')::int as held,
      min(d.created_at) as oldest, (array_agg(d.error order by d.id) filter (where d.error is not null))[1] as error
    from weaver.deliveries d
    where (d.state = 'pending' or d.state in ('holding', 'held')) and d.stream_id = ${streamId} group by d.sink, d.position`)
  return sinks.map(({ type }, position): SinkLag => {
    const row = rows.find((one) => one.position === position && one.sink === type)
    if (row === undefined) return { sink: type, position, pending: 0, held: 0, oldestAt: null, lagMs: 0, error: null }
    const oldest = new Date(row.oldest)
    const { pending, held, error } = row
    return { sink: type, position, pending, held, oldestAt: oldest.toISOString(), lagMs: Math.max(0, at - oldest.getTime()), error }
  })
}
