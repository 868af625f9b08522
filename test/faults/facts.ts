import { type ObjectStore, silentLog, systemClock } from '@data-weaver/contracts'
import { openObjectStore } from '@data-weaver/object-store'
import pg from 'pg'
import { random } from './chance.ts'

export interface StreamFacts {
  readonly id: string
  readonly name: string
  readonly anchor: number
  readonly every: number | null
  readonly active: string | null
  readonly accountedUntil: number
  readonly sinks: number
}
export interface RunFacts {
  readonly id: string
  readonly stream: string
  readonly trigger: string
  readonly tick: number | null
  readonly ticks: number
  readonly state: string
  readonly reason: string | null
  readonly code: string | null
  readonly createdAt: number
  readonly leaseUntil: number | null
  readonly pages: number
  readonly records: number
  readonly documents: number
  readonly deadLetters: number
  readonly pendingDeliveries: number
}
export interface ResultFacts {
  readonly id: string
  readonly seq: number
  readonly stream: string
  readonly runId: string
  readonly part: number
  readonly key: string
  readonly sha256: string
  readonly size: number
}
export interface DeliveryFacts {
  readonly id: number
  readonly resultId: string
  readonly position: number
  readonly runId: string
  readonly state: string
  readonly records: number
  readonly documents: number
  readonly deadLetters: number
}
export interface DeadLetterFacts {
  readonly deliveryId: number
  readonly record: number | null
  readonly code: string
}
export interface DocumentFacts {
  readonly id: string
  readonly stream: string
  readonly seq: number
  readonly resultId: string
  readonly record: number
  readonly version: number
  readonly revision: number
}

/** Everything that can be read from outside when a campaign is over. Times are milliseconds since the Unix epoch. */
export interface Facts {
  readonly streams: readonly StreamFacts[]
  readonly runs: readonly RunFacts[]
  readonly results: readonly ResultFacts[]
  readonly deliveries: readonly DeliveryFacts[]
  readonly deadLetters: readonly DeadLetterFacts[]
  readonly documents: readonly DocumentFacts[]
  readonly store: ObjectStore
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`

const queries = {
  streams: `select s.id, s.name, ${ms('s.anchor')} as anchor, s.every::float8 as every, s.active_run_id as active,
      ${ms('s.accounted_until')} as "accountedUntil", jsonb_array_length(v.spec -> 'sinks') as sinks
    from weaver.streams s join weaver.stream_versions v on v.stream_id = s.id and v.version = s.version`,
  runs: `select r.id, s.name as stream, r.trigger, ${ms('r.tick')} as tick, r.ticks, r.state, r.reason, r.error ->> 'code' as code, r.pages, r.records,
      r.documents, r.dead_letters as "deadLetters", r.pending_deliveries as "pendingDeliveries", ${ms('r.created_at')} as "createdAt",
      ${ms('r.lease_until')} as "leaseUntil"
    from weaver.runs r join weaver.streams s on s.id = r.stream_id`,
  results: `select r.id, r.seq::float8 as seq, s.name as stream, r.run_id as "runId", r.part, r.key, r.sha256, r.size::float8 as size
    from weaver.results r join weaver.streams s on s.id = r.stream_id order by r.seq`,
  deliveries: `select id::float8 as id, result_id as "resultId", position, run_id as "runId", state, records, documents, dead_letters as "deadLetters"
    from weaver.deliveries`,
  deadLetters: `select delivery_id::float8 as "deliveryId", record, error ->> 'code' as code from weaver.dead_letters`,
  documents: `select id, stream, seq::float8 as seq, result_id as "resultId", record, (fields ->> 'version')::float8 as version, revision::float8 as revision
    from weaver_documents.documents where not deleted`,
} as const

export async function withDatabase<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000, application_name: 'faults-oracle' })
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** Reads the tables with plain SQL and opens the store by its own driver; nothing here goes through the processes under test. */
export async function readFacts(databaseUrl: string, storeUrl: string): Promise<Facts> {
  const store = await openObjectStore(storeUrl, { clock: systemClock, log: silentLog, random })
  return await withDatabase(databaseUrl, async (client) => {
    const rows = async <R extends pg.QueryResultRow>(text: string): Promise<readonly R[]> => (await client.query<R>(text)).rows
    // The table of documents comes with the first document.
    const { rows: table } = await client.query<{ there: boolean }>(`select to_regclass('weaver_documents.documents') is not null as there`)
    return {
      streams: await rows<StreamFacts & pg.QueryResultRow>(queries.streams),
      runs: await rows<RunFacts & pg.QueryResultRow>(queries.runs),
      results: await rows<ResultFacts & pg.QueryResultRow>(queries.results),
      deliveries: await rows<DeliveryFacts & pg.QueryResultRow>(queries.deliveries),
      deadLetters: await rows<DeadLetterFacts & pg.QueryResultRow>(queries.deadLetters),
      documents: table[0]?.there === true ? await rows<DocumentFacts & pg.QueryResultRow>(queries.documents) : [],
      store,
    }
  })
}
