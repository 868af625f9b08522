import type { SinkEntry } from '@data-weaver/contracts'
import { type Database, statement } from './database.ts'

// Results of a stream expire in the order of their numbers, so how far that went is one number in the stream's row: nothing is written
// to results, and no index is kept for it. What is still to be delivered holds up what came after it. A stream whose oldest result is young
// is passed over by one look into the index.
const due = statement(
  'retention_due',
  `select s.id as stream_id, r.seq, r.key
   from (
     select s.id, s.expired_until, now() - (v.spec ->> 'retainFor')::bigint * interval '1 ms' as before
     from weaver.streams s join weaver.stream_versions v on v.stream_id = s.id and v.version = s.version
     where v.spec ->> 'retainFor' is not null and s.id > $2) s
   cross join lateral (
     select n.created_at from weaver.results n where n.stream_id = s.id and n.seq > s.expired_until order by n.seq limit 1) oldest
   cross join lateral (
     select p.seq, p.key from (
       select n.seq, n.key, bool_and(n.created_at < s.before
         and not exists (select from weaver.deliveries d where d.result_id = n.id and d.state in ('pending', 'holding', 'held'))) over (order by n.seq) as over
       from (select * from weaver.results n where n.stream_id = s.id and n.seq > s.expired_until order by n.seq limit $1) n) p
     where p.over) r
   where oldest.created_at < s.before
   order by s.id, r.seq limit $1`,
)

const expire = statement(
  'retention_expire',
  `with wanted as materialized (select * from unnest($1::uuid[], $2::bigint[]) as w(id, seq)),
   locked as materialized (select s.id from weaver.streams s where s.id = any(array(select id from wanted)) order by s.id for no key update)
   update weaver.streams s set expired_until = w.seq from wanted w
   where s.id = w.id and s.expired_until < w.seq and (select count(*) from locked) > 0`,
)

// The run tells whose object it is: one of another installation, or of a time after a backup that was restored, has a run that is not here.
const abandoned = statement(
  'retention_abandoned',
  `select o.key from unnest($1::text[], $2::uuid[], $3::uuid[]) as o(key, run_id, result_id)
   join weaver.runs u on u.id = o.run_id
   left join weaver.results r on r.id = o.result_id and r.key = o.key
   left join weaver.streams s on s.id = r.stream_id
   where r.id is null or r.seq <= s.expired_until
   order by o.key`,
)

const buckets = statement('retention_buckets', `select distinct spec ->> 'bucket' as bucket from weaver.stream_versions order by 1`)

// What a worker has in its hands is waited for: it may still write.
const purgeable = statement(
  'retention_purgeable',
  `select s.id, s.tenant, s.name, (
     select coalesce(jsonb_agg(distinct e), '[]') from weaver.stream_versions v, jsonb_array_elements(v.spec -> 'sinks') e where v.stream_id = s.id) as sinks
   from weaver.streams s
   where s.purge_operation is not null
     and not exists (select from weaver.runs r where r.stream_id = s.id and r.lease_until is not null)
     and not exists (select from weaver.deliveries d where d.stream_id = s.id and d.state = 'holding')
   order by s.id limit $1`,
)

const resultsToPurge = statement('retention_results', `select id, key from weaver.results where stream_id = $1 order by seq limit $2`)

const dropResults = statement(
  'retention_drop_results',
  `with letters as (delete from weaver.dead_letters where stream_id = $1 and result_id = any($2::uuid[])),
   deliveries as (delete from weaver.deliveries where result_id = any($2::uuid[]))
   delete from weaver.results where id = any($2::uuid[])`,
)

const purged = statement(
  'retention_purged',
  `with log as (delete from weaver.run_log l using weaver.runs r where r.stream_id = $1 and l.run_id = r.id)
   update weaver.streams set purge_operation = null, cursor = null where id = $1 returning pg_notify('weaver_stopped', '')`,
)

/** A deleted stream whose results and documents are to go. */
export interface PurgedStream {
  readonly id: string
  readonly tenant: string
  readonly name: string
  /** Every sink that a version of it wrote to. */
  readonly sinks: readonly SinkEntry[]
}

const longest = statement(
  'retention_longest',
  `select max((v.spec ->> 'retainFor')::bigint)::float8 as longest, coalesce(bool_or(v.spec ->> 'retainFor' is null), false) as for_ever
   from weaver.streams s join weaver.stream_versions v on v.stream_id = s.id and v.version = s.version`,
)

/** A result whose raw response has had its time. */
export interface ExpiredResult {
  readonly streamId: string
  readonly seq: number
  readonly key: string
}

/** An object of the store, and what its key says about it. */
export interface NamedObject {
  readonly key: string
  readonly runId: string
  readonly resultId: string
}

interface DueRow extends Record<string, unknown> {
  stream_id: string
  seq: number
  key: string
}

const beforeAll = '00000000-0000-0000-0000-000000000000'

/** Which raw responses the ledger needs no more. Every method is safe to repeat and to call from two supervisors at once. */
export class RetentionStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Expires results whose time is over, at most `limit`, of streams whose id comes after `after`. From then on the ledger says that their bytes are gone: they
   * are to be deleted. `next` is where to go on; null when all streams were looked at.
   */
  async expire(limit: number, after: string | null): Promise<{ readonly expired: readonly ExpiredResult[]; readonly next: string | null }> {
    const rows = await this.#database.rows<DueRow>(due, [limit, after ?? beforeAll])
    const until = new Map(rows.map(({ stream_id: id, seq }) => [id, seq]))
    if (until.size > 0) await this.#database.rows(expire, [[...until.keys()], [...until.values()]])
    const expired = rows.map(({ stream_id: streamId, seq, key }) => ({ streamId, seq, key }))
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) return { expired, next: null }
    // The last stream may have been cut off: it comes again, with what is left of it.
    return { expired, next: rows.findLast(({ stream_id: id }) => id !== last.stream_id)?.stream_id ?? after ?? beforeAll }
  }

  /** Those of these objects that belong to a run of this ledger and that no result needs any more. */
  async abandoned(objects: readonly NamedObject[]): Promise<readonly string[]> {
    const rows = await this.#database.rows<{ key: string }>(abandoned, [
      objects.map(({ key }) => key),
      objects.map(({ runId }) => runId),
      objects.map(({ resultId }) => resultId),
    ])
    return rows.map(({ key }) => key)
  }

  /** Deleted streams that are to be purged, and of which nothing is in progress any more. */
  async purgeable(limit: number): Promise<readonly PurgedStream[]> {
    return await this.#database.rows<PurgedStream & Record<string, unknown>>(purgeable, [limit])
  }

  /** The next results of a stream that is purged: their objects go first, then {@link drop} them. */
  async toPurge(streamId: string, limit: number): Promise<readonly { readonly id: string; readonly key: string }[]> {
    return await this.#database.rows<{ id: string; key: string }>(resultsToPurge, [streamId, limit])
  }

  /** Forgets results, with what became of them. Runs stay as the account of what happened. */
  async drop(streamId: string, results: readonly string[]): Promise<void> {
    await this.#database.rows(dropResults, [streamId, results])
  }

  /** Nothing is left of a stream that was to be purged. */
  async purged(streamId: string): Promise<void> {
    await this.#database.rows(purged, [streamId])
  }

  /** How long any stream keeps its raw responses at most, milliseconds; null when one keeps them for ever, or there is none. */
  async longest(): Promise<number | null> {
    const [row] = await this.#database.rows<{ longest: number | null; for_ever: boolean }>(longest, [])
    return row === undefined || row.for_ever ? null : row.longest
  }

  /** Buckets that streams write to, or did. */
  async buckets(): Promise<readonly string[]> {
    return (await this.#database.rows<{ bucket: string }>(buckets, [])).map(({ bucket }) => bucket)
  }
}
