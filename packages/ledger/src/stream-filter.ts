import type { StreamCondition, StreamFilter } from '@data-weaver/contracts'
import { type SQL, sql } from 'drizzle-orm'

/** How long after its nominal time a tick may begin before its stream counts as late, milliseconds. */
const lateAfterMs = 5000

/** What is on its way to a sink, or held back: each reads a partial index. */
const undelivered = `(d.state = 'pending' or d.state in ('holding', 'held'))`

/**
 * Whether a started stream `s` is behind: its data are older than it allows, a tick waits for a worker, or ticks are being missed. The subquery over
 * what is undelivered does not depend on the row, so it is made once.
 */
const late = sql.raw(`s.desired = 'started' and (
  exists (select from weaver.stream_versions v where v.stream_id = s.id and v.version = s.version and v.spec ->> 'freshWithin' is not null
    and coalesce(s.good_at, s.anchor) < now() - (v.spec ->> 'freshWithin')::bigint * interval '1 ms')
  or s.id in (select d.stream_id from weaver.deliveries d join weaver.streams o on o.id = d.stream_id
    join weaver.stream_versions v on v.stream_id = o.id and v.version = o.version
    where ${undelivered} and d.created_at < now() - (v.spec ->> 'freshWithin')::bigint * interval '1 ms')
  or s.id in (select r.stream_id from weaver.runs r where r.enqueue_after is not null and r.state = 'queued' and r.tick < now() - ${lateAfterMs} * interval '1 ms')
  or exists (select from weaver.runs r where r.id = s.open_stretch and r.state = 'missed'))`)

/** What is amiss with a stream `s`. */
export const conditions: Readonly<Record<StreamCondition, SQL>> = {
  late,
  failing: sql.raw(`s.failures > 0`),
  waiting: sql.raw(
    `s.id in (select r.stream_id from weaver.runs r where r.enqueue_after is not null and r.state = 'waiting' and r.reason = 'budget')`,
  ),
}

/** Streams `s` of a tenant that a filter finds. */
export function matches(tenant: string, { names, prefix, q, adapter, pool, desired, condition }: StreamFilter): SQL {
  const all = [sql`s.deleted_at is null`, sql`s.tenant = ${tenant}`]
  if (names !== undefined) all.push(sql`(s.name = any(${sql.param([...names])}) or s.id::text = any(${sql.param([...names])}))`)
  if (prefix !== undefined) all.push(sql`starts_with(s.name, ${prefix})`)
  if (q !== undefined) all.push(sql`strpos(lower(s.name), lower(${q})) > 0`)
  if (adapter !== undefined) all.push(sql`s.adapter = ${adapter}`)
  if (pool !== undefined) all.push(sql`s.pool = ${pool}`)
  if (desired !== undefined) all.push(sql`s.desired = ${desired}`)
  if (condition !== undefined) all.push(sql`(${conditions[condition]})`)
  return sql.join(all, sql` and `)
}
