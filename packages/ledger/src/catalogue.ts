import {
  type RequestFacts,
  type ResponseFacts,
  type RunTrigger,
  type SourceGap,
  type StreamSpec,
  WeaverError,
} from '@data-weaver/contracts'
import { type Database, type Session, statement, toJsonb } from './database.ts'
import type { FeedPosition } from './feed.ts'
import { readSpec, rowOf } from './stream-rows.ts'

/** A version of a stream, as the catalogue names it. */
export interface CataloguedStream {
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly adapter: string
  readonly deleted: boolean
  readonly version: number
  readonly transformVersion: number
  readonly spec: StreamSpec
}

/** A result with all that the ledger knows of it. */
export interface CataloguedResult {
  readonly id: string
  /** Null: it gets the next number. */
  readonly seq: number | null
  readonly streamId: string
  readonly streamVersion: number
  readonly runId: string
  readonly trigger: RunTrigger
  readonly part: number
  readonly key: string
  readonly sha256: string
  readonly size: number
  readonly contentType: string
  readonly gap: SourceGap | null
  readonly request: RequestFacts
  readonly response: ResponseFacts
  /** ISO 8601. */
  readonly createdAt: string
}

/** Results in the order of the event log, with the versions of streams that they are of. */
export interface CatalogueBatch {
  readonly streams: readonly CataloguedStream[]
  readonly results: readonly CataloguedResult[]
}

/** Numbers that are left free behind the highest one that was restored: sinks may hold documents of results that nobody knows any more. */
export const numbersLeftFree = 1_000_000

const identity = statement(
  'catalogue_identity',
  `select to_hex(c.system_identifier) || '-' || to_hex(d.oid::bigint) as id from pg_control_system() c, pg_database d where d.datname = current_database()`,
)

const resultsAfter = statement(
  'catalogue_results',
  `select r.txid::text as txid, r.id::text as id, r.seq, r.stream_id::text as "streamId", r.stream_version as "streamVersion", r.run_id::text as "runId",
     coalesce(u.trigger, 'schedule') as trigger, r.part, r.key, r.sha256, r.size, r.content_type as "contentType", r.gap, r.request, r.response, r.created_at as "createdAt"
   from weaver.results r left join weaver.runs u on u.id = r.run_id
   where (r.txid, r.seq) > ($1::xid8, $2::bigint) and r.txid < pg_snapshot_xmin(pg_current_snapshot())
   order by r.txid, r.seq limit $3`,
)

const versionsOf = statement(
  'catalogue_versions',
  `select s.id::text as id, s.tenant, s.name, s.adapter, s.deleted_at is not null as deleted, v.version, v.transform_version as "transformVersion", v.spec
   from unnest($1::uuid[], $2::int[]) as w(id, version) join weaver.streams s on s.id = w.id join weaver.stream_versions v on v.stream_id = s.id and v.version = w.version
   order by s.id, v.version`,
)

// A stream comes back stopped, with the newest version that a result names. One that is there and was started since is left alone.
const putStream = statement(
  'catalogue_put_stream',
  `insert into weaver.streams as s (id, tenant, name, adapter, version, transform_version, pool, overlap, every, continuous, ends_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
   on conflict (id) do update set name = excluded.name, version = excluded.version, transform_version = excluded.transform_version, pool = excluded.pool,
     overlap = excluded.overlap, every = excluded.every, continuous = excluded.continuous, ends_at = excluded.ends_at, revision = s.revision + 1
   where s.version < excluded.version and s.desired = 'stopped' and s.deleted_at is null`,
)

const putVersion = statement(
  'catalogue_put_version',
  `insert into weaver.stream_versions (stream_id, version, transform_version, spec) values ($1, $2, $3, $4::jsonb) on conflict do nothing`,
)

// What a run has is counted by what is new, so that a restore may be repeated.
const putResults = statement(
  'catalogue_put_results',
  `with input as materialized (
     select * from jsonb_to_recordset($1::jsonb) as i(id uuid, seq bigint, "streamId" uuid, "streamVersion" int, "runId" uuid, trigger text, part int, key text, sha256 text,
       size bigint, "contentType" text, gap jsonb, request jsonb, response jsonb, "createdAt" timestamptz)),
   fresh as (
     insert into weaver.results (id, seq, tenant, stream_id, stream_version, run_id, part, key, sha256, size, content_type, gap, request, response, created_at)
     overriding system value
     select i.id, coalesce(i.seq, nextval(pg_get_serial_sequence('weaver.results', 'seq'))), s.tenant, s.id, i."streamVersion", i."runId", i.part, i.key, i.sha256, i.size,
       i."contentType", nullif(i.gap, 'null'::jsonb), i.request, i.response, i."createdAt"
     from input i join weaver.streams s on s.id = i."streamId" order by i.seq, i."runId", i.part
     on conflict (id) do nothing
     returning id, tenant, stream_id, stream_version, run_id, part, size, created_at),
   sums as (
     select f.run_id, f.tenant, f.stream_id, max(f.stream_version) as version, min(i.trigger) as trigger, count(*)::int as pages, max(f.part) + 1 as parts, sum(f.size)::bigint as bytes,
       min(f.created_at) as begun, max(f.created_at) as ended
     from fresh f join input i on i.id = f.id group by f.run_id, f.tenant, f.stream_id),
   counted as (
     insert into weaver.runs as r (id, tenant, stream_id, stream_version, trigger, state, attempt, created_at, started_at, fetched_at, finished_at, pages, parts, bytes)
     select run_id, tenant, stream_id, version, trigger, 'succeeded', 1, begun, begun, ended, ended, pages, parts, bytes from sums
     on conflict (id) do update set pages = r.pages + excluded.pages, parts = greatest(r.parts, excluded.parts), bytes = r.bytes + excluded.bytes,
       fetched_at = greatest(r.fetched_at, excluded.fetched_at), finished_at = greatest(r.finished_at, excluded.finished_at))
   select stream_id::text as "streamId", count(*)::int as n from fresh group by stream_id`,
)

const raiseNumbers = statement(
  'catalogue_raise',
  `select setval(pg_get_serial_sequence('weaver.results', 'seq'), n.highest + ${numbersLeftFree})
   from (select max(seq) as highest from weaver.results) n
   where n.highest >= nextval(pg_get_serial_sequence('weaver.results', 'seq'))`,
)

const knownResults = statement('catalogue_known', `select id::text as id from weaver.results where id = any($1::uuid[])`)

interface ResultRow extends Omit<CataloguedResult, 'createdAt'> {
  readonly txid: string
  readonly seq: number
  readonly createdAt: Date
}

/**
 * What the ledger knows of its results, to be kept beside the raw responses, and back into a ledger that lost it. Secrets and cursors are not part
 * of it, nor is what streams are that never had a result.
 */
export class CatalogueStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Names this database and no other, a restored copy of it neither: places in the event log mean nothing elsewhere. */
  async identity(): Promise<string> {
    const [row] = await this.#database.rows<{ id: string }>(identity, [])
    return row?.id ?? 'unknown'
  }

  /** The results after a place of the event log, at most `limit`, and where the next ones begin; undefined when there are none. */
  async after(position: FeedPosition, limit: number): Promise<(CatalogueBatch & { readonly position: FeedPosition }) | undefined> {
    const rows = await this.#database.rows<ResultRow & Record<string, unknown>>(resultsAfter, [position.txid, position.seq, limit])
    const last = rows.at(-1)
    if (last === undefined) return undefined
    const versions = new Map(rows.map(({ streamId, streamVersion }) => [`${streamId} ${streamVersion}`, { streamId, streamVersion }]))
    const streams = await this.#database.rows<CataloguedStream & Record<string, unknown>>(versionsOf, [
      [...versions.values()].map(({ streamId }) => streamId),
      [...versions.values()].map(({ streamVersion }) => streamVersion),
    ])
    const results = rows.map(({ txid: _, createdAt, ...result }) => ({ ...result, createdAt: createdAt.toISOString() }))
    return { streams, results, position: { txid: last.txid, seq: last.seq } }
  }

  /**
   * Puts streams and results back, with the runs that they are of. What is there already stays as it is. Answers how many results are new, by stream.
   * @throws WeaverError `name_taken` when another stream has the name of one that comes back
   */
  async restore({ streams, results }: CatalogueBatch): Promise<ReadonlyMap<string, number>> {
    return await this.#database.transaction(async (session) => {
      for (const stream of streams) await restoreVersion(session, stream)
      const rows = await session.rows<{ streamId: string; n: number }>(putResults, [toJsonb(results)])
      return new Map(rows.map(({ streamId, n }) => [streamId, n]))
    })
  }

  /** Lets the numbers of new results begin above those that were restored, and above those that were lost. */
  async raiseNumbers(): Promise<void> {
    await this.#database.rows(raiseNumbers, [])
  }

  /** Those of these results that the ledger has. */
  async known(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set((await this.#database.rows<{ id: string }>(knownResults, [ids])).map(({ id }) => id))
  }
}

async function restoreVersion(session: Session, stream: CataloguedStream): Promise<void> {
  const { id, tenant, name, adapter, version, transformVersion } = stream
  const spec = readSpec(stream.spec)
  const { pool, overlap, every, continuous, endsAt } = rowOf(spec)
  const values = [id, tenant, name, adapter, version, transformVersion, pool, overlap, every, continuous, endsAt]
  await session.rows(putStream, values).catch((thrown: unknown) => {
    if ((thrown as { constraint?: unknown }).constraint !== 'streams_name') throw thrown
    throw new WeaverError('name_taken', `there is another stream named "${name}"; rename or delete it first`, { cause: thrown })
  })
  await session.rows(putVersion, [id, version, transformVersion, toJsonb(spec)])
}
