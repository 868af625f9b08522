import type { Schedule, StreamFilter, StreamOrder } from '@data-weaver/contracts'
import { nextTick } from '@data-weaver/schedule'
import { type SQL, sql } from 'drizzle-orm'
import { badCursor } from './history.ts'
import { matches } from './stream-filter.ts'
import type { Tx } from './stream-rows.ts'

export interface StreamPage {
  readonly tenant: string
  readonly filter: StreamFilter
  readonly order: StreamOrder
  readonly limit: number
  /** The `next` of the page before. */
  readonly after: string | undefined
  /** Now, milliseconds since the epoch: next ticks are those after it, on all pages that follow the first. */
  readonly at: number
}

/** What a page ends with: the time that it is told for, the value it is ordered by, and the name. */
interface Place {
  readonly at: number
  readonly value: number
  readonly name: string
}

/** Beyond all times: streams without a value come last, whichever way the list goes. */
const beyond = { up: 9_000_000_000_000_000, down: -1 } as const

/**
 * Ids of a page of streams, in their order, and where the next one begins. A stream whose value changes while pages are read may come on two
 * of them or on none. @throws WeaverError `invalid_request` for an `after` of another order.
 */
export async function orderedStreams(tx: Tx, page: StreamPage): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
  const { order, tenant, filter, limit } = page
  const by = order.replace('-', '')
  const down = order.startsWith('-')
  if (by === 'name') return await byName(tx, page, down)
  const place = page.after === undefined ? undefined : placeOf(page.after)
  const at = place?.at ?? page.at
  const { value, from } = by === 'nextTick' ? await ticksFrom(tx, tenant, filter, at) : by === 'goodData' ? goodData : changed
  const { rows } = await tx.execute<{ id: string; name: string; value: string }>(sql`
    with valued as (
      select s.id, s.name, coalesce(${value}, ${down ? beyond.down : beyond.up})::bigint as value from weaver.streams s ${from} where ${matches(tenant, filter)})
    select id, name, value from valued
    where ${place === undefined ? sql`true` : sql`(value ${sql.raw(down ? '<' : '>')} ${place.value} or (value = ${place.value} and name > ${place.name}))`}
    order by value ${sql.raw(down ? 'desc' : 'asc')}, name limit ${limit + 1}`)
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { ids: shown.map(({ id }) => id), next: rows.length > limit && last !== undefined ? `${at}.${last.value}.${last.name}` : null }
}

async function byName(
  tx: Tx,
  { tenant, filter, limit, after }: StreamPage,
  down: boolean,
): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
  const beyondLast = after === undefined ? sql`true` : sql`s.name ${sql.raw(down ? '<' : '>')} ${after}`
  const { rows } = await tx.execute<{ id: string; name: string }>(sql`
    select s.id, s.name from weaver.streams s where ${matches(tenant, filter)} and ${beyondLast}
    order by s.name ${sql.raw(down ? 'desc' : 'asc')} limit ${limit + 1}`)
  const shown = rows.slice(0, limit)
  return { ids: shown.map(({ id }) => id), next: rows.length > limit ? (shown.at(-1)?.name ?? null) : null }
}

function placeOf(after: string): Place {
  const [, at, value, name] = /^(\d{1,15})\.(-1|\d{1,16})\.([\w-]{1,63})$/.exec(after) ?? []
  if (at === undefined || value === undefined || name === undefined) throw badCursor(after)
  return { at: Number(at), value: Number(value), name }
}

/** A value of each stream `s` in milliseconds, null where there is none, and what must be joined to tell it. */
interface Valued {
  readonly value: SQL
  readonly from: SQL
}

const ms = (time: string) => `(extract(epoch from ${time}) * 1000)::bigint`

const changed: Valued = { value: sql.raw(ms('s.updated_at')), from: sql`` }

/** As old as the oldest result that a sink still lacks; see `freshness` of a stream. */
const goodData: Valued = {
  value: sql.raw(`case when s.good_at is not null then ${ms('least(s.good_at, undelivered.since)')} end`),
  from: sql.raw(`left join (select stream_id, min(created_at) as since from weaver.deliveries where state = 'pending' or state in ('holding', 'held') group by 1)
    undelivered on undelivered.stream_id = s.id`),
}

/**
 * The next nominal time. Of an interval the database can tell it. Of all other schedules it is told here, once for each schedule, however many
 * streams have it: before its anchor a schedule is not in force, and beyond it the anchor of a cron expression means nothing.
 */
async function ticksFrom(tx: Tx, tenant: string, filter: StreamFilter, at: number): Promise<Valued> {
  const version = sql`join weaver.stream_versions v on v.stream_id = s.id and v.version = s.version`
  const anchor = sql`case when ${sql.raw(ms('s.anchor'))} > ${at} then ${sql.raw(ms('s.anchor'))} end`
  const { rows } = await tx.execute<{ schedule: Schedule; anchor: string | null }>(sql`
    select distinct v.spec -> 'schedule' as schedule, ${anchor} as anchor from weaver.streams s ${version}
    where ${matches(tenant, filter)} and s.desired = 'started' and s.every is null and not s.continuous`)
  const told = rows.map((row) => ({ ...row, next: nextTick(row.schedule, Number(row.anchor ?? 0), at) }))
  const column = (value: (row: (typeof told)[number]) => unknown) => sql.param(told.map(value))
  const first = sql.raw(ms('s.anchor'))
  const interval = sql`case when ${first} > ${at} then ${first} else ${first} + ((${at} - ${first}) / s.every + 1) * s.every end`
  return {
    value: sql`case when s.desired = 'started' and s.every is null then told.next
      when s.desired = 'started' and ${interval} <= coalesce(${sql.raw(ms('s.ends_at'))}, ${beyond.up}) then ${interval} end`,
    from: sql`${version} left join unnest(${column(({ schedule }) => JSON.stringify(schedule))}::jsonb[], ${column(({ anchor: from }) => from)}::bigint[],
      ${column(({ next }) => next)}::bigint[]) as told(schedule, anchor, next)
      on told.schedule = v.spec -> 'schedule' and s.every is null and told.anchor is not distinct from ${anchor}`,
  }
}
