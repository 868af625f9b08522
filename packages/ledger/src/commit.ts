import { type Json, type RequestFacts, type ResponseFacts, type SinkEntry, type SourceGap, WeaverError } from '@data-weaver/contracts'
import { type Database, statement, toJsonb } from './database.ts'
import { nextQueued, streamAfterRun } from './run-end.ts'

/** What is stored and on its way into the ledger. */
export interface StoredBody {
  readonly runId: string
  readonly resultId: string
  readonly key: string
  readonly sha256: string
  readonly size: number
  readonly contentType: string
  readonly request: RequestFacts
  readonly response: ResponseFacts
  /** Where it is to go. */
  readonly sinks: readonly SinkEntry[]
}

/** A stored page of a run. */
export interface PageCommit extends StoredBody {
  readonly epoch: number
  readonly part: number
  /** The checkpoint once this page counts; undefined leaves the stream's as it is. */
  readonly cursor: Json | undefined
  readonly gap: SourceGap | undefined
  /** The adapter knows that no page follows: the commit ends the fetch. */
  readonly ends: boolean
  /** The worker that carries its deliveries to the sinks at once; null: the queue wakes one. */
  readonly carrier: string | null
}

/** What a commit answers: the deliveries it made, in the order of the sinks; none when the page was committed before. */
export interface PageCommitted {
  readonly seq: number
  readonly deliveryIds: readonly string[]
  /** When it ended the fetch: the next run of the stream in line. */
  readonly next: string | null
}

/** How long a fresh delivery may lie before the reconciler puts it into the queue again, milliseconds. */
export const freshDeliveryMs = 6000

// A write counts only with the epoch of the last claim, while the run still runs: a worker that was paused beyond its lease is refused.
// Locks are taken in one order everywhere (streams, then runs, each by id), or two batches could wait for each other. The last page of a run
// ends its fetch in the same statement. Deliveries whose worker has a place free for them begin with the commit.
const commitStatement = statement(
  'commit_pages',
  `with input as materialized (
     select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::jsonb[], $10::jsonb[], $11::jsonb[], $12::boolean[],
       $13::jsonb[], $14::boolean[], $15::text[])
       with ordinality as i(id, run_id, epoch, part, key, sha256, size, content_type, request, response, cursor, moves, gap, ends, carrier, n)),
   streams as materialized (
     select s.id from weaver.streams s where s.id = any(array(select r.stream_id from weaver.runs r join input i on i.run_id = r.id)) order by s.id for no key update),
   locked as materialized (
     select r.id, r.stream_id, r.stream_version, r.tenant, r.epoch, r.canary, r.trigger from weaver.runs r
     where r.id = any(array(select run_id from input)) and r.state = 'running' and (select count(*) from streams) > 0 order by r.id for no key update of r),
   ours as materialized (
     select i.*, r.stream_id, r.stream_version, r.tenant, r.canary, r.trigger from input i join locked r on r.id = i.run_id and r.epoch = i.epoch),
   fresh as (
     insert into weaver.results (id, tenant, stream_id, stream_version, run_id, part, key, sha256, size, content_type, request, response, gap)
     select id, tenant, stream_id, stream_version, run_id, part, key, sha256, size, content_type, request, response, gap from ours order by n
     on conflict (id) do nothing
     returning id, seq),
   outbox as (
     insert into weaver.deliveries (result_id, position, sink, tenant, stream_id, run_id, attempts, worker_id, enqueue_after)
     select o.id, d.position, d.sink, o.tenant, o.stream_id, o.run_id, case when o.carrier is null then 0 else 1 end, o.carrier,
       now() + ${freshDeliveryMs} * interval '1 ms'
     from unnest($16::uuid[], $17::smallint[], $18::text[]) as d(result_id, position, sink) join fresh f on f.id = d.result_id join ours o on o.id = d.result_id
     returning id, result_id, position),
   made as (select result_id, array_agg(id::text order by position) as ids from outbox group by result_id),
   sums as materialized (
     select o.run_id, o.stream_id, count(f.id)::int as pages, count(f.id) filter (where o.moves)::int as parts, coalesce(sum(o.size) filter (where f.id is not null), 0)::bigint as bytes,
       coalesce(sum(cardinality(m.ids)), 0)::int as deliveries, bool_or(o.ends) as ends, bool_or(o.moves) as moves,
       (array_agg(o.cursor order by o.n desc) filter (where o.moves))[1] as cursor
     from ours o left join fresh f on f.id = o.id left join made m on m.result_id = o.id group by o.run_id, o.stream_id),
   counted as (
     update weaver.runs r set backfill = case when r.backfill is null or not c.moves then r.backfill else jsonb_set(r.backfill, '{checkpoint}', c.cursor) end, pages = r.pages + c.pages, parts = r.parts + c.parts, bytes = r.bytes + c.bytes, pending_deliveries = r.pending_deliveries + c.deliveries,
       state = case when not c.ends then r.state when r.pending_deliveries + c.deliveries > 0 then 'delivering' when r.dead_letters > 0 then 'partial' else 'succeeded' end,
       error = case when c.ends then null else r.error end, losses = 0,
       lease_until = case when c.ends then null else r.lease_until end, fetched_at = case when c.ends then now() else r.fetched_at end,
       finished_at = case when c.ends and r.pending_deliveries + c.deliveries = 0 then now() end, enqueue_after = null
     from sums c where r.id = c.run_id
     returning r.id, r.stream_id, r.canary, r.trigger, r.started_at, c.ends),
   ${streamAfterRun('counted', { moved: 'sums' })}
   select o.n::int - 1 as index, f.seq, m.ids, ${nextQueued('o.ends', 'o.stream_id')} as next
   from ours o left join fresh f on f.id = o.id left join made m on m.result_id = o.id`,
)

interface Committed {
  index: number
  seq: number | null
  ids: string[] | null
  next: string | null
}

/**
 * Commits pages of many runs in one statement: results, pending deliveries and cursors, each behind its run's epoch. An item whose
 * run is not ours any more is answered with a WeaverError `lease_lost`; the others are committed.
 */
export async function commitPages(database: Database, pages: readonly PageCommit[]): Promise<readonly (PageCommitted | WeaverError)[]> {
  const outbox = pages.flatMap(({ resultId, sinks }) => sinks.map(({ type }, position) => ({ resultId, position, type })))
  const rows = await database.rows<Committed & Record<string, unknown>>(commitStatement, [
    pages.map(({ resultId }) => resultId),
    pages.map(({ runId }) => runId),
    pages.map(({ epoch }) => epoch),
    pages.map(({ part }) => part),
    pages.map(({ key }) => key),
    pages.map(({ sha256 }) => sha256),
    pages.map(({ size }) => size),
    pages.map(({ contentType }) => contentType),
    pages.map(({ request }) => toJsonb(request)),
    pages.map(({ response }) => toJsonb(response)),
    pages.map(({ cursor }) => toJsonb(cursor ?? null)),
    pages.map(({ cursor }) => cursor !== undefined),
    pages.map(({ gap }) => (gap === undefined ? null : toJsonb(gap))),
    pages.map(({ ends }) => ends),
    pages.map(({ carrier }) => carrier),
    outbox.map(({ resultId }) => resultId),
    outbox.map(({ position }) => position),
    outbox.map(({ type }) => type),
  ])
  const committed = new Map(rows.map((row) => [row.index, row]))
  return pages.map((_page, index) => {
    const row = committed.get(index)
    return row === undefined ? lost() : { seq: row.seq ?? 0, deliveryIds: row.ids ?? [], next: row.next }
  })
}

const lost = (): WeaverError => new WeaverError('lease_lost', 'the run is not this worker’s any more; nothing was committed')
