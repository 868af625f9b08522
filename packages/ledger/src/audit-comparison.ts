import type { AuditFinding } from '@data-weaver/contracts'
import pg from 'pg'
import { ledgerError } from './database.ts'

/** What a write of a document is known by, on either side. */
export interface AuditEntry {
  readonly tenant: string
  readonly id: string
  readonly seq: number
  readonly transformVersion: number
  readonly record: number
  readonly deleted: boolean
  readonly resultId: string
  readonly streamId: string
  /** When Vespa got it, seconds since the Unix epoch; 0 for what is only expected. */
  readonly writtenAt: number
  /** Whether its contents are no longer what was written; false for what is only expected. */
  readonly altered: boolean
}

export interface AuditCounts {
  readonly expected: number
  readonly found: number
  readonly tombstones: number
  readonly missing: number
  readonly stale: number
  readonly altered: number
  readonly unknown: number
}

export interface AuditExample {
  readonly finding: AuditFinding
  readonly id: string
  readonly resultId: string | null
}

// Not one transaction: who follows the event feed would wait for its end. Ids may have any character but NUL.
const tables = `
  set work_mem = '64MB';
  create temporary table expected (tenant text collate "C", id text collate "C", seq bigint not null, transform_version int not null, record int not null,
    deleted boolean not null, result_id uuid not null, stream_id uuid not null, written_at bigint not null,
    altered boolean not null, primary key (tenant, id));
  create temporary table found (like expected including all);
  create temporary table read (result_id uuid primary key)`

const columns = 'tenant, id, seq, transform_version, record, deleted, result_id, stream_id, written_at, altered'

/** Of the same document the newest write counts: by result, then transform, then record. */
const insert = (table: 'expected' | 'found'): string => `
  insert into ${table} as old (${columns})
  select distinct on (tenant, id) ${columns}
  from unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::int[], $6::boolean[], $7::uuid[], $8::uuid[], $9::bigint[], $10::boolean[]) as new (${columns})
  order by tenant, id, seq desc, transform_version desc, record desc
  on conflict (tenant, id) do update set seq = excluded.seq, transform_version = excluded.transform_version, record = excluded.record,
    deleted = excluded.deleted, result_id = excluded.result_id, stream_id = excluded.stream_id, written_at = excluded.written_at,
    altered = excluded.altered
  where (excluded.seq, excluded.transform_version, excluded.record) > (old.seq, old.transform_version, old.record)`

// Altered: of a result that the ledger has, and not what was written, or marked as deleted or not by somebody else. Unknown: the ledger has no such result, or it has, it was read, and nothing of it has this id. What is stale is mended, whoever wrote it.
const findings = `
  create temporary table findings as
  select case when f.id is null then 'missing' else 'stale' end as finding, e.tenant, e.id, e.result_id, e.stream_id
  from expected e left join found f on f.tenant = e.tenant and f.id = e.id
  where (f.id is null and not e.deleted) or (f.seq, f.transform_version, f.record) < (e.seq, e.transform_version, e.record)
  union all
  select 'altered', f.tenant, f.id, f.result_id, f.stream_id
  from found f join weaver.results r on r.id = f.result_id left join expected e on e.tenant = f.tenant and e.id = f.id
  where (f.altered and not f.deleted and (f.seq, f.transform_version, f.record) >= (e.seq, e.transform_version, e.record))
    or (f.altered and not f.deleted and e.id is null and not exists (select from read where read.result_id = f.result_id))
    or (f.deleted <> e.deleted and (f.seq, f.transform_version, f.record) = (e.seq, e.transform_version, e.record))
  union all
  select 'unknown', f.tenant, f.id, f.result_id, f.stream_id
  from found f left join expected e on e.tenant = f.tenant and e.id = f.id left join weaver.results r on r.id = f.result_id
  where not f.deleted and (e.id is null or (f.seq, f.transform_version, f.record) >= (e.seq, e.transform_version, e.record))
    and (r.id is null or (e.id is null and exists (select from read where read.result_id = f.result_id)))`

const counts = `
  select (select count(*)::int from expected where not deleted) as expected,
    (select count(*)::int from found where not deleted) as found, (select count(*)::int from found where deleted) as tombstones,
    count(*) filter (where finding = 'missing')::int as missing, count(*) filter (where finding = 'stale')::int as stale,
    count(*) filter (where finding = 'altered')::int as altered,
    count(*) filter (where finding = 'unknown')::int as unknown
  from findings`

const examples = `
  select finding, id, result_id as "resultId" from (
    select *, row_number() over (partition by finding order by tenant, id) as n from findings) f where n <= $1 order by finding, n`

// What was altered can be written again where its page is kept; it must be made older before, since the same write again changes nothing.
const restorable = `
  select f.tenant, f.id, f.result_id, f.stream_id from findings f join weaver.results r on r.id = f.result_id join weaver.streams s on s.id = r.stream_id
  where f.finding = 'altered' and s.deleted_at is null and r.seq > s.expired_until`

const repairs = `
  select stream_id as "streamId", array_agg(distinct result_id) as results
  from (select stream_id, result_id from findings where finding in ('missing', 'stale') union all select stream_id, result_id from (${restorable}) a) f
  group by stream_id order by stream_id`

const altered = `
  select f.tenant, f.id, f.seq::float8 as seq, f.transform_version as "transformVersion", f.record, f.stream_id as "streamId"
  from (${restorable}) a join found f on f.tenant = a.tenant and f.id = a.id order by f.tenant, f.id limit $1`

// No older write of the document can come any more: nothing older of its stream is on its way or held, no dead letter of an older result can be redriven, and nobody
// delivers results again. A tombstone must have an age as well: a result may have taken its number and not be committed yet, and a worker may have been stopped in the middle of a
// write.
const collectable = `
  with quiet as materialized (
    select s.id, (select min(r.seq) from weaver.deliveries d join weaver.results r on r.id = d.result_id
        where d.stream_id = s.id and d.state in ('pending', 'holding', 'held')) as open,
      (select min(r.seq) from weaver.dead_letters l join weaver.results r on r.id = l.result_id where l.stream_id = s.id and l.resolved_at is null) as dead
    from (select distinct stream_id as id from found where deleted) s
    where not exists (select from weaver.redeliveries a join weaver.operations o on o.id = a.operation_id
      where o.state in ('applying', 'waiting') and (a.stream_id = s.id or a.stream_id is null)))
  select f.tenant, f.id, f.seq from found f join quiet q on q.id = f.stream_id
  where f.deleted and f.written_at < extract(epoch from now()) - $1 and f.seq < coalesce(q.open, f.seq + 1) and f.seq < coalesce(q.dead, f.seq + 1)
  order by f.tenant, f.id limit $2`

/** Compares two sets of documents, of any size, in temporary tables of the ledger's database. */
export class AuditComparison {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async open(url: string): Promise<AuditComparison> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'weaver-audit',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    })
    // A lost connection also rejects the query under way; without a listener it would end the process.
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query(tables)
      return new AuditComparison(client)
    } catch (thrown) {
      await client.end().catch(() => {})
      throw ledgerError(thrown)
    }
  }

  /** Documents that should be there. */
  async expect(entries: readonly AuditEntry[]): Promise<void> {
    await this.#add('expected', entries)
  }

  /** Documents that are there, tombstones among them. */
  async find(entries: readonly AuditEntry[]): Promise<void> {
    await this.#add('found', entries)
  }

  /** Results whose documents were all expected. */
  async noteRead(resultIds: readonly string[]): Promise<void> {
    await this.#rows('insert into read select unnest($1::uuid[]) on conflict do nothing', [resultIds])
  }

  /** Compares, once all was said. */
  async conclude(): Promise<AuditCounts> {
    await this.#rows('analyze expected; analyze found', undefined)
    await this.#rows(findings, [])
    const [row] = await this.#rows<AuditCounts>(counts, [])
    return row ?? { expected: 0, found: 0, tombstones: 0, missing: 0, stale: 0, altered: 0, unknown: 0 }
  }

  /** So many of each kind, in order of id. */
  async examples(ofEach: number): Promise<readonly AuditExample[]> {
    return await this.#rows<AuditExample>(examples, [ofEach])
  }

  /** By stream, results that are to be delivered again. */
  async repairs(): Promise<readonly { readonly streamId: string; readonly results: readonly string[] }[]> {
    return await this.#rows<{ streamId: string; results: string[] }>(repairs, [])
  }

  /** Documents that were altered and can be written again, so many at most. */
  async altered(limit: number): Promise<readonly Pick<AuditEntry, 'tenant' | 'id' | 'seq' | 'transformVersion' | 'record' | 'streamId'>[]> {
    return await this.#rows(altered, [limit])
  }

  /** Tombstones that are of no use any more and older than so many seconds, so many at most. */
  async collectable(
    olderThanSeconds: number,
    limit: number,
  ): Promise<readonly { readonly tenant: string; readonly id: string; readonly seq: number }[]> {
    const rows = await this.#rows<{ tenant: string; id: string; seq: string }>(collectable, [olderThanSeconds, limit])
    return rows.map(({ tenant, id, seq }) => ({ tenant, id, seq: Number(seq) }))
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {})
  }

  async #add(table: 'expected' | 'found', entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return
    await this.#rows(insert(table), [
      entries.map(({ tenant }) => tenant),
      entries.map(({ id }) => id),
      entries.map(({ seq }) => seq),
      entries.map(({ transformVersion }) => transformVersion),
      entries.map(({ record }) => record),
      entries.map(({ deleted }) => deleted),
      entries.map(({ resultId }) => resultId),
      entries.map(({ streamId }) => streamId),
      entries.map(({ writtenAt }) => writtenAt),
      entries.map((entry) => entry.altered),
    ])
  }

  async #rows<R extends object>(text: string, values: unknown[] | undefined): Promise<R[]> {
    try {
      return (await (values === undefined ? this.#client.query(text) : this.#client.query(text, values))).rows as R[]
    } catch (thrown) {
      throw ledgerError(thrown)
    }
  }
}
