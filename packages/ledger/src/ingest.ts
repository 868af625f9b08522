import type { DesiredState } from '@data-weaver/contracts'
import type { StoredBody } from './commit.ts'
import { type Database, statement, toJsonb } from './database.ts'
import { groupCommit } from './group-commit.ts'

/**
 * A body that was pushed and is stored. Nothing else names its run; its result's id follows from what makes the request one of a kind:
 * committed twice, it is there once.
 */
export interface PushCommit extends StoredBody {
  readonly streamId: string
  /** The version that was looked at; when another one is in force by now nothing is committed. */
  readonly version: number
}

/** A result that is in the ledger. */
export interface PushedResult {
  readonly runId: string
  readonly seq: number
  readonly sha256: string
}

/**
 * `committed`: result and deliveries are durable. `known`: this result was there already, nothing was changed. `refused`: the stream
 * takes nothing now. `changed`: it has another version by now; look at it and try again.
 */
export type PushOutcome =
  | { readonly outcome: 'committed'; readonly seq: number; readonly deliveryIds: readonly string[] }
  | { readonly outcome: 'known'; readonly result: PushedResult }
  | { readonly outcome: 'refused'; readonly desired: Exclude<DesiredState, 'started'> | 'deleted' }
  | { readonly outcome: 'changed' }

/** Deliveries that wait, counted up to {@link mostCounted} of them. */
export interface Backlog {
  readonly all: number
  readonly byStream: ReadonlyMap<string, number>
}

/** Pending deliveries that are counted; that there are more is enough to know. */
export const mostCounted = 50_000

/** How long a fresh delivery may lie before the reconciler puts it into the queue again, milliseconds. */
const freshDeliveryMs = 10_000

// The rows are those of a run with one page whose fetch has ended. The stream's row is locked first, as everywhere: a stop either waits for
// this commit and holds its deliveries, or is seen by it. It also puts requests with the same result in line, so that batches of two
// supervisors cannot wait for each other.
const commitStatement = statement(
  'ingest_commit',
  `with input as materialized (
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::jsonb[], $10::jsonb[])
       with ordinality as i(id, run_id, stream_id, version, key, sha256, size, content_type, request, response, n)),
   streams as materialized (
     select s.id, s.tenant, s.desired, coalesce(case s.canary_mode when 'instead' then s.canary_version end, s.version) as version,
       coalesce(s.canary_mode = 'instead', false) as canary
     from weaver.streams s where s.deleted_at is null and s.id = any(array(select stream_id from input)) order by s.id for no key update),
   ours as materialized (
     select i.*, s.tenant, s.canary from input i join streams s on s.id = i.stream_id and s.version = i.version where s.desired = 'started'),
   fresh as (
     insert into weaver.results (id, tenant, stream_id, stream_version, run_id, part, key, sha256, size, content_type, request, response)
     select id, tenant, stream_id, version, run_id, 0, key, sha256, size, content_type, request, response from ours order by n
     on conflict (id) do nothing
     returning id, run_id, stream_id, seq),
   outbox as (
     insert into weaver.deliveries (result_id, position, sink, tenant, stream_id, run_id, enqueue_after)
     select o.id, d.position, d.sink, o.tenant, o.stream_id, o.run_id, now() + ${freshDeliveryMs} * interval '1 ms'
     from unnest($11::uuid[], $12::smallint[], $13::text[]) as d(run_id, position, sink) join fresh f on f.run_id = d.run_id join ours o on o.run_id = d.run_id
     returning id, run_id, position),
   made as (select run_id, array_agg(id::text order by position) as ids from outbox group by run_id),
   begun as (
     insert into weaver.runs (id, tenant, stream_id, stream_version, trigger, state, canary, attempt, started_at, fetched_at, finished_at, pages, bytes, pending_deliveries)
     select o.run_id, o.tenant, o.stream_id, o.version, 'push', case when m.ids is null then 'succeeded' else 'delivering' end, o.canary, 1, now(), now(),
       case when m.ids is null then now() end, 1, o.size, coalesce(cardinality(m.ids), 0)
     from ours o join fresh f on f.run_id = o.run_id left join made m on m.run_id = o.run_id order by o.n),
   good as (
     update weaver.streams s set good_at = now(), failures = 0, canary_left = case when s.canary_mode = 'instead' then s.canary_left - f.n else s.canary_left end
     from (select stream_id, count(*)::int as n from fresh group by stream_id) f where s.id = f.stream_id)
   select i.n::int - 1 as index, s.desired, s.version = i.version as current, f.seq, m.ids
   from input i left join streams s on s.id = i.stream_id left join fresh f on f.run_id = i.run_id left join made m on m.run_id = i.run_id`,
)

const findStatement = statement(
  'ingest_find',
  `select id::text, run_id::text as "runId", seq, sha256 from weaver.results where id = any($1::uuid[])`,
)

// Reads the partial index of what is pending, and not beyond a limit: it costs the same whatever lies there.
const backlogStatement = statement(
  'ingest_backlog',
  `select stream_id::text as id, count(*)::int as n from (select stream_id from weaver.deliveries where state = 'pending' limit ${mostCounted}) d group by stream_id`,
)

interface Committed {
  index: number
  desired: DesiredState | null
  current: boolean | null
  seq: number | null
  ids: string[] | null
}

/** What was pushed to streams, in Postgres. Concurrent calls share statements. */
export class IngestStore {
  readonly #database: Database
  readonly #announce: () => void
  readonly #commit: (push: PushCommit) => Promise<PushOutcome>
  readonly #find: (id: string) => Promise<PushedResult | undefined>

  /** @param announce called after a commit, for those who follow the results */
  constructor(database: Database, announce: () => void) {
    this.#database = database
    this.#announce = announce
    this.#commit = groupCommit((pushes) => this.#commitAll(pushes))
    this.#find = groupCommit((ids) => this.#findAll(ids))
  }

  /** One transaction: result, run and pending deliveries. What it answers is durable. */
  async commit(push: PushCommit): Promise<PushOutcome> {
    const answer = await this.#commit(push)
    if (answer.outcome === 'committed') this.#announce()
    return answer
  }

  /** A result that was committed before. */
  async find(resultId: string): Promise<PushedResult | undefined> {
    return await this.#find(resultId)
  }

  /** What waits for sinks now. */
  async backlog(): Promise<Backlog> {
    const rows = await this.#database.rows<{ id: string; n: number }>(backlogStatement, [])
    return { all: rows.reduce((sum, { n }) => sum + n, 0), byStream: new Map(rows.map(({ id, n }) => [id, n])) }
  }

  async #commitAll(pushes: readonly PushCommit[]): Promise<readonly PushOutcome[]> {
    const outbox = pushes.flatMap(({ runId, sinks }) => sinks.map(({ type }, position) => ({ runId, position, type })))
    const rows = await this.#database.rows<Committed & Record<string, unknown>>(commitStatement, [
      pushes.map(({ resultId }) => resultId),
      pushes.map(({ runId }) => runId),
      pushes.map(({ streamId }) => streamId),
      pushes.map(({ version }) => version),
      pushes.map(({ key }) => key),
      pushes.map(({ sha256 }) => sha256),
      pushes.map(({ size }) => size),
      pushes.map(({ contentType }) => contentType),
      pushes.map(({ request }) => toJsonb(request)),
      pushes.map(({ response }) => toJsonb(response)),
      outbox.map(({ runId }) => runId),
      outbox.map(({ position }) => position),
      outbox.map(({ type }) => type),
    ])
    const answers: (PushOutcome | undefined)[] = pushes.map(() => undefined)
    for (const { index, desired, current, seq, ids } of rows) {
      if (seq !== null) answers[index] = { outcome: 'committed', seq, deliveryIds: ids ?? [] }
      else if (desired !== 'started') answers[index] = { outcome: 'refused', desired: desired ?? 'deleted' }
      else if (current !== true) answers[index] = { outcome: 'changed' }
    }
    await this.#addKnown(pushes, answers)
    return answers.map((answer) => answer ?? { outcome: 'changed' })
  }

  /** Those that were refused because their result is there: results never change, so they may be read afterwards. */
  async #addKnown(pushes: readonly PushCommit[], answers: (PushOutcome | undefined)[]): Promise<void> {
    const open = pushes.flatMap(({ resultId }, index) => (answers[index] === undefined ? [{ resultId, index }] : []))
    if (open.length === 0) return
    const found = await this.#findAll(open.map(({ resultId }) => resultId))
    for (const [at, { index }] of open.entries()) {
      const result = found[at]
      if (result !== undefined) answers[index] = { outcome: 'known', result }
    }
  }

  async #findAll(ids: readonly string[]): Promise<readonly (PushedResult | undefined)[]> {
    const rows = await this.#database.rows<PushedResult & { id: string }>(findStatement, [ids])
    const found = new Map(rows.map(({ id, ...result }) => [id, result]))
    return ids.map((id) => found.get(id))
  }
}
