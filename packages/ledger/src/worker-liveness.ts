import { sql } from 'drizzle-orm'
import type { Tx } from './stream-rows.ts'

/**
 * A condition: the worker of this alias has sent a heartbeat in the last 30 seconds. One that has not counts as lost. How soon another takes over what it
 * held is a matter of its lease, not of this.
 */
export const isUp = (alias: string): string => `${alias}.heartbeat_at > now() - interval '30 s'`

/** What workers of earlier versions do not know, by the column in which those of this one say that they do. */
type Knowledge = 'redelivers' | 'backfills'

/** A worker of these pools that is up and does not know this; undefined when there is none. */
export async function outdatedWorker(tx: Tx, knowledge: Knowledge, pools: readonly string[]): Promise<string | undefined> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    select w.id from weaver.workers w
    where not w.${sql.raw(knowledge)} and ${sql.raw(isUp('w'))} and w.pools && ${sql.param([...new Set(pools)])}::text[] limit 1`)
  return rows[0]?.id
}
