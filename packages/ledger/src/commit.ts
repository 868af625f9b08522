import { type Json, type RequestFacts, type ResponseFacts, type SinkEntry, WeaverError } from '@data-weaver/contracts'
import { type Database, statement, toJsonb } from './database.ts'

/** A stored page on its way into the ledger. */
export interface PageCommit {
  readonly runId: string
  readonly epoch: number
  readonly resultId: string
  readonly part: number
  readonly key: string
  readonly sha256: string
  readonly size: number
  readonly contentType: string
  readonly request: RequestFacts
  readonly response: ResponseFacts
  readonly sinks: readonly SinkEntry[]
  /** The checkpoint once this page counts; undefined leaves the stream's as it is. */
  readonly cursor: Json | undefined
}

/** What a commit answers: the deliveries it made, none when the page was committed before. */
export interface PageCommitted {
  readonly seq: number
  readonly deliveryIds: readonly string[]
}

/** How long a fresh delivery may lie before the reconciler puts it into the queue again, milliseconds. */
const freshDeliveryMs = 10_000

// A write counts only with the epoch of the last claim, while the run still runs: a worker that was paused beyond its lease is refused.
// Locks are taken in one order everywhere (streams, then runs, each by id), or two batches could wait for each other.
const lockRuns = statement(
  'commit_lock_runs',
  `with streams as materialized (
     select s.id from weaver.streams s where s.id in (select stream_id from weaver.runs where id = any($1::uuid[])) order by s.id for no key update)
   select r.id, r.stream_id, r.epoch from weaver.runs r
   where r.id = any($1::uuid[]) and r.state = 'running' and (select count(*) from streams) > 0 order by r.id for no key update of r`,
)

const insertResults = statement(
  'commit_insert_results',
  `insert into weaver.results (id, tenant, stream_id, stream_version, run_id, part, key, sha256, size, content_type, request, response)
   select i.id, r.tenant, r.stream_id, r.stream_version, r.id, i.part, i.key, i.sha256, i.size, i.content_type, i.request, i.response
   from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::jsonb[], $9::jsonb[])
     as i(id, run_id, part, key, sha256, size, content_type, request, response)
   join weaver.runs r on r.id = i.run_id
   on conflict (id) do nothing
   returning id, seq`,
)

const insertDeliveries = statement(
  'commit_insert_deliveries',
  `insert into weaver.deliveries (result_id, position, sink, tenant, stream_id, run_id, enqueue_after)
   select i.result_id, i.position, i.sink, r.tenant, r.stream_id, r.run_id, now() + ${freshDeliveryMs} * interval '1 ms'
   from unnest($1::uuid[], $2::smallint[], $3::text[]) as i(result_id, position, sink)
   join weaver.results r on r.id = i.result_id
   returning id, result_id`,
)

const countPages = statement(
  'commit_count_pages',
  `update weaver.runs r set pages = r.pages + i.pages, parts = r.parts + i.parts, bytes = r.bytes + i.bytes,
     pending_deliveries = r.pending_deliveries + i.deliveries
   from unnest($1::uuid[], $2::int[], $3::int[], $4::bigint[], $5::int[]) as i(id, pages, parts, bytes, deliveries)
   where r.id = i.id`,
)

const moveCursors = statement(
  'commit_move_cursors',
  `update weaver.streams s set cursor = i.cursor
   from unnest($1::uuid[], $2::uuid[], $3::jsonb[]) as i(id, run_id, cursor)
   where s.id = i.id and s.active_run_id = i.run_id`,
)

const notifyResults = statement('commit_notify', `select pg_notify('weaver_results', '')`)

interface RunRow {
  id: string
  stream_id: string
  epoch: number
}

/**
 * Commits pages of many runs in one transaction: results, pending deliveries and cursors, each behind its run's epoch.
 * An item whose run is not ours any more is answered with a WeaverError `lease_lost`; the others are committed.
 */
export async function commitPages(database: Database, pages: readonly PageCommit[]): Promise<readonly (PageCommitted | WeaverError)[]> {
  return database.transaction(async (session) => {
    const rows = await session.rows<RunRow & Record<string, unknown>>(lockRuns, [pages.map(({ runId }) => runId)])
    const runs = new Map(rows.map((row) => [row.id, row as RunRow]))
    const ours = pages.filter((page) => runs.get(page.runId)?.epoch === page.epoch)
    if (ours.length === 0) return pages.map(lost)
    const results = await session.rows<{ id: string; seq: number }>(insertResults, [
      ours.map(({ resultId }) => resultId),
      ours.map(({ runId }) => runId),
      ours.map(({ part }) => part),
      ours.map(({ key }) => key),
      ours.map(({ sha256 }) => sha256),
      ours.map(({ size }) => size),
      ours.map(({ contentType }) => contentType),
      ours.map(({ request }) => toJsonb(request)),
      ours.map(({ response }) => toJsonb(response)),
    ])
    const seqs = new Map(results.map(({ id, seq }) => [id, seq]))
    const fresh = ours.filter(({ resultId }) => seqs.has(resultId))
    const outbox = fresh.flatMap(({ resultId, sinks }) => sinks.map(({ type }, position) => ({ resultId, position, type })))
    const made =
      outbox.length === 0
        ? []
        : await session.rows<{ id: number; result_id: string }>(insertDeliveries, [
            outbox.map(({ resultId }) => resultId),
            outbox.map(({ position }) => position),
            outbox.map(({ type }) => type),
          ])
    const byResult = Map.groupBy(made, ({ result_id }) => result_id)
    if (fresh.length > 0) {
      await session.rows(countPages, counts(fresh, byResult))
      await session.rows(notifyResults, [])
    }
    const moved = ours.filter(({ cursor }) => cursor !== undefined)
    if (moved.length > 0) {
      const last = new Map(moved.map((page) => [page.runId, page]))
      const streams = [...last.values()]
        .map((page) => ({ page, id: runs.get(page.runId)?.stream_id as string }))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      await session.rows(moveCursors, [
        streams.map(({ id }) => id),
        streams.map(({ page }) => page.runId),
        streams.map(({ page }) => toJsonb(page.cursor)),
      ])
    }
    return pages.map((page) => {
      if (runs.get(page.runId)?.epoch !== page.epoch) return lost()
      return { seq: seqs.get(page.resultId) ?? 0, deliveryIds: (byResult.get(page.resultId) ?? []).map(({ id }) => String(id)) }
    })
  })
}

const lost = (): WeaverError => new WeaverError('lease_lost', 'the run is not this worker’s any more; nothing was committed')

function counts(pages: readonly PageCommit[], byResult: Map<string, unknown[]>): unknown[] {
  const byRun = [...Map.groupBy(pages, ({ runId }) => runId)]
  const sum = (of: (page: PageCommit) => number) => byRun.map(([, group]) => group.reduce((total, page) => total + of(page), 0))
  return [
    byRun.map(([runId]) => runId),
    sum(() => 1),
    sum(({ cursor }) => (cursor === undefined ? 0 : 1)),
    sum(({ size }) => size),
    sum(({ resultId }) => byResult.get(resultId)?.length ?? 0),
  ]
}
