import { type Database, statement } from './database.ts'
import { isUp } from './worker-liveness.ts'

const count = statement(
  'census_count',
  `select 'stream' as what, desired as state, count(*)::int as n from weaver.streams where deleted_at is null group by desired
   union all select 'run', state, count(*)::int from (
     select state from weaver.runs where lease_until is not null union all select state from weaver.runs where enqueue_after is not null and lease_until is null) r group by state
   union all select 'delivery', 'pending', count(*)::int from weaver.deliveries where state = 'pending'
   union all select 'delivery', 'held', count(*)::int from weaver.deliveries where state in ('holding', 'held')
   union all select 'worker', 'up', count(*)::int from weaver.workers w where ${isUp('w')}`,
)

export interface CensusRow {
  readonly what: 'stream' | 'run' | 'delivery' | 'worker'
  readonly state: string
  readonly n: number
}

/** How many there are of what is in motion. Reads partial indexes only, so it is cheap at any size of history. */
export const census = async (database: Database): Promise<readonly CensusRow[]> =>
  await database.rows<CensusRow & Record<string, unknown>>(count, [])

const ping = statement('census_ping', 'select 1 as one')

/** Resolves when the ledger answers. */
export const pingLedger = async (database: Database): Promise<void> => {
  await database.rows(ping, [])
}
