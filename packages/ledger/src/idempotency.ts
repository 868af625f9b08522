import { WeaverError } from '@data-weaver/contracts'
import { type Database, statement } from './database.ts'

export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A request that never finished blocks its key for this long, seconds. */
const abandonedAfterSeconds = 60

const begin = statement(
  'idempotency_begin',
  `insert into weaver.idempotency_keys as k (tenant, key, fingerprint) values ($1, $2, $3)
   on conflict (tenant, key) do update set created_at = now(), fingerprint = excluded.fingerprint
     where k.status is null and k.created_at < now() - ${abandonedAfterSeconds} * interval '1 s'
   returning key`,
)
const read = statement(
  'idempotency_read',
  `select fingerprint, status, headers, body from weaver.idempotency_keys where tenant = $1 and key = $2`,
)
const keep = statement(
  'idempotency_keep',
  `update weaver.idempotency_keys set status = $3, headers = $4::jsonb, body = $5 where tenant = $1 and key = $2`,
)
const drop = statement('idempotency_drop', `delete from weaver.idempotency_keys where tenant = $1 and key = $2 and status is null`)

/** Answers of creating calls by their `Idempotency-Key`, for a day. */
export class IdempotencyStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Takes the key for this request, or answers what the same request was answered before.
   * @throws WeaverError `idempotency_conflict` when another request has the key, or the first one is still under way.
   */
  async begin(tenant: string, key: string, fingerprint: string): Promise<KeptAnswer | undefined> {
    const taken = await this.#database.rows(begin, [tenant, key, fingerprint])
    if (taken.length > 0) return undefined
    const [row] = await this.#database.rows<{ fingerprint: string; status: number | null; headers: Record<string, string>; body: string }>(
      read,
      [tenant, key],
    )
    if (row !== undefined && row.fingerprint !== fingerprint) {
      throw new WeaverError('idempotency_conflict', 'this Idempotency-Key was used for another request; use a new one for each new request')
    }
    if (row === undefined || row.status === null) {
      throw new WeaverError('idempotency_conflict', 'the first request with this Idempotency-Key is still under way; try again in a moment')
    }
    return { status: row.status, headers: row.headers, body: row.body }
  }

  async keep(tenant: string, key: string, { status, headers, body }: KeptAnswer): Promise<void> {
    await this.#database.rows(keep, [tenant, key, status, JSON.stringify(headers), body])
  }

  /** Frees the key after a request that failed: it may be tried again. */
  async drop(tenant: string, key: string): Promise<void> {
    await this.#database.rows(drop, [tenant, key])
  }
}
