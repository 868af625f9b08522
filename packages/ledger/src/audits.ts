import {
  type Audit,
  type AuditRequest,
  type AuditTarget,
  type PageResult,
  type RequestFacts,
  type ResponseFacts,
  type RunError,
  WeaverError,
} from '@data-weaver/contracts'
import { and, asc, desc, eq, lt, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { AuditComparison } from './audit-comparison.ts'
import { audits } from './audit-schema.ts'
import { type Database, ledgerError, statement } from './database.ts'

/** Audits are kept so long. */
const keptFor = sql`interval '30 days'`

/** Streams that feed a place in Vespa, by any of their versions. */
const feeders = statement(
  'audit_feeders',
  `select distinct s.id from weaver.streams s join weaver.stream_versions v on v.stream_id = s.id
   cross join lateral jsonb_array_elements(v.spec -> 'sinks') e
   where s.tenant = $1 and s.deleted_at is null and e ->> 'type' = 'vespa'
     and coalesce(e ->> 'namespace', 'weaver') = $2 and coalesce(e ->> 'documentType', 'weaver') = $3
   order by s.id`,
)

const places = statement(
  'audit_places',
  `select distinct coalesce(e ->> 'namespace', 'weaver') as namespace, coalesce(e ->> 'documentType', 'weaver') as "documentType"
   from weaver.streams s join weaver.stream_versions v on v.stream_id = s.id and v.version = s.version
   cross join lateral jsonb_array_elements(v.spec -> 'sinks') e
   where s.tenant = $1 and s.deleted_at is null and e ->> 'type' = 'vespa' order by 1, 2`,
)

// The newest first, by the index of a stream's results. What a sink refused of a result it is not expected to have.
const delivered = statement(
  'audit_delivered',
  `select r.seq, r.id as "resultId", r.key, r.sha256, r.request, r.response, r.created_at as "createdAt", s.adapter, s.name as stream, s.tenant,
     coalesce((
       select jsonb_agg(jsonb_build_object('position', d.position, 'version', coalesce(d.stream_version, r.stream_version), 'refused',
         (select coalesce(jsonb_agg(l.record), '[]') from weaver.dead_letters l where l.delivery_id = d.id and l.record is not null)))
       from weaver.deliveries d where d.result_id = r.id and d.sink = 'vespa' and d.state = 'done'), '[]') as deliveries
   from weaver.results r join weaver.streams s on s.id = r.stream_id
   where r.stream_id = $1 and r.seq < $2 and r.seq > s.expired_until order by r.seq desc limit $3`,
)

/** A place in Vespa that streams feed. */
export interface AuditPlace {
  readonly namespace: string
  readonly documentType: string
}

/** A result and the deliveries of it that a sink of Vespa acknowledged. */
export interface DeliveredResult {
  readonly seq: number
  readonly resultId: string
  readonly key: string
  readonly sha256: string
  readonly request: RequestFacts
  readonly response: ResponseFacts
  readonly createdAt: Date
  readonly adapter: string
  readonly stream: string
  readonly tenant: string
  readonly deliveries: readonly { readonly position: number; readonly version: number; readonly refused: readonly number[] }[]
}

/** An audit that is to be carried out. */
export interface AuditWish {
  readonly id: string
  readonly tenant: string
  readonly documentType: string | null
  readonly since: Date | null
  readonly repair: boolean
}

/** Comparisons of what is in Vespa with what the ledger says should be there. Only the leader among the supervisors carries them out. */
export class AuditStore {
  readonly #database: Database
  readonly #url: string

  constructor(database: Database, url: string) {
    this.#database = database
    this.#url = url
  }

  /** Writes down that one is wanted; answers its id. Old ones are forgotten. */
  async begin(tenant: string, trigger: Audit['trigger'], { documentType, since, repair = false }: AuditRequest): Promise<string> {
    const id = uuidv7()
    await this.#guard(async () => {
      const { drizzle } = this.#database
      await drizzle.delete(audits).where(lt(audits.createdAt, sql`now() - ${keptFor}`))
      await drizzle
        .insert(audits)
        .values({ id, tenant, trigger, documentType: documentType ?? null, since: since === undefined ? null : new Date(since), repair })
      await drizzle.execute(sql`select pg_notify('weaver_operations', '')`)
    })
    return id
  }

  /** @throws WeaverError `not_found` */
  async get(tenant: string, id: string): Promise<Audit> {
    const [row] = await this.#guard(() =>
      this.#database.drizzle
        .select()
        .from(audits)
        .where(and(eq(audits.tenant, tenant), eq(audits.id, id))),
    )
    if (row === undefined) throw new WeaverError('not_found', `there is no audit ${id}`)
    return toAudit(row)
  }

  /** Newest first. */
  async list(tenant: string, limit: number, after?: string): Promise<PageResult<Audit>> {
    const older = after === undefined ? undefined : lt(audits.id, after)
    const rows = await this.#guard(() =>
      this.#database.drizzle
        .select()
        .from(audits)
        .where(and(eq(audits.tenant, tenant), older))
        .orderBy(desc(audits.id))
        .limit(limit + 1),
    )
    const items = rows.slice(0, limit)
    return { items: items.map(toAudit), next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  }

  /** What an earlier leader left in the middle is begun again. */
  async takeBack(): Promise<void> {
    await this.#guard(() =>
      this.#database.drizzle.update(audits).set({ state: 'queued', startedAt: null }).where(eq(audits.state, 'running')),
    )
  }

  /** The oldest that waits, and begins now. */
  async take(): Promise<AuditWish | undefined> {
    return await this.#guard(async () => {
      const { drizzle } = this.#database
      const [next] = await drizzle.select().from(audits).where(eq(audits.state, 'queued')).orderBy(asc(audits.id)).limit(1)
      if (next === undefined) return undefined
      await drizzle
        .update(audits)
        .set({ state: 'running', startedAt: sql`now()` })
        .where(eq(audits.id, next.id))
      const { id, tenant, documentType, since, repair } = next
      return { id, tenant, documentType, since, repair }
    })
  }

  async finish(id: string, targets: readonly AuditTarget[], error: RunError | null): Promise<void> {
    const state = error === null ? ('completed' as const) : ('failed' as const)
    await this.#guard(() =>
      this.#database.drizzle
        .update(audits)
        .set({ state, targets, error, finishedAt: sql`now()` })
        .where(eq(audits.id, id)),
    )
  }

  /** Milliseconds since the schedule last asked for one; null: it never did, or that is forgotten. */
  async sinceScheduled(tenant: string): Promise<number | null> {
    const [row] = await this.#guard(() =>
      this.#database.drizzle
        .select({ ms: sql<number>`extract(epoch from now() - max(${audits.createdAt}))::float8 * 1000` })
        .from(audits)
        .where(and(eq(audits.tenant, tenant), eq(audits.trigger, 'schedule'))),
    )
    return row?.ms ?? null
  }

  /** The last completed one that was about everything. */
  async latest(tenant: string): Promise<Audit | undefined> {
    const [row] = await this.#guard(() =>
      this.#database.drizzle
        .select()
        .from(audits)
        .where(and(eq(audits.tenant, tenant), eq(audits.state, 'completed'), sql`${audits.documentType} is null`))
        .orderBy(desc(audits.finishedAt))
        .limit(1),
    )
    return row === undefined ? undefined : toAudit(row)
  }

  /** Where the current versions of streams feed Vespa. */
  async places(tenant: string): Promise<readonly AuditPlace[]> {
    return await this.#database.rows<AuditPlace & Record<string, unknown>>(places, [tenant])
  }

  /** Ids of streams that feed this place, by any of their versions. */
  async feeders(tenant: string, { namespace, documentType }: AuditPlace): Promise<readonly string[]> {
    return (await this.#database.rows<{ id: string }>(feeders, [tenant, namespace, documentType])).map(({ id }) => id)
  }

  /** Results of a stream whose page is kept, the newest first, below the number `before`. */
  async delivered(streamId: string, before: number, limit: number): Promise<readonly DeliveredResult[]> {
    return await this.#database.rows<DeliveredResult & Record<string, unknown>>(delivered, [streamId, before, limit])
  }

  /** A place to compare in, on a connection of its own. Close it. */
  async compare(): Promise<AuditComparison> {
    return await AuditComparison.open(this.#url)
  }

  async #guard<T>(work: () => PromiseLike<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      throw ledgerError(thrown)
    }
  }
}

const toAudit = (row: typeof audits.$inferSelect): Audit => ({
  id: row.id,
  trigger: row.trigger,
  documentType: row.documentType,
  since: row.since?.toISOString() ?? null,
  repair: row.repair,
  state: row.state,
  // Those from before contents were compared say nothing of them.
  targets: row.targets.map((target) => ({ ...target, altered: target.altered ?? 0 })),
  error: row.error,
  createdAt: row.createdAt.toISOString(),
  startedAt: row.startedAt?.toISOString() ?? null,
  finishedAt: row.finishedAt?.toISOString() ?? null,
})
