import { type Json, laneOf, type RunBackfill, WeaverError } from '@data-weaver/contracts'
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { toJsonb } from './database.ts'
import { insertQueued } from './operation-rows.ts'
import { lockStream, type Tx } from './stream-rows.ts'
import { outdatedWorker } from './worker-liveness.ts'

/** One run of a backfill. */
export interface BackfillPart {
  /** ISO 8601; null where the beginning is a cursor. */
  readonly since: string | null
  readonly until: string | null
  readonly cursor: Json
}

/** A worker from before there were backfills would take one for a usual run, from the stream's own checkpoint. */
async function refuseBesideOldWorkers(tx: Tx, pool: string): Promise<void> {
  const id = await outdatedWorker(tx, 'backfills', [pool])
  if (id === undefined) return
  const problem = `worker "${id}" of pool "${pool}" is of an earlier version, which knows no backfills; upgrade it, or ask again half a minute after it has ended`
  throw new WeaverError('workers_outdated', problem)
}

/**
 * Queues runs that fetch the past again, by the version that is current, each with a checkpoint of its own, as an operation. The stream's
 * cursor stays where it is. @throws WeaverError `not_found`, `stream_stopped`, `version_conflict` when the configuration is another than `version`,
 * `workers_outdated`.
 */
export async function queueBackfill(
  tx: Tx,
  tenant: string,
  idOrName: string,
  version: number,
  parts: readonly BackfillPart[],
): Promise<{ readonly runIds: readonly string[]; readonly lane: string; readonly operation: string }> {
  const { row } = await lockStream(tx, tenant, idOrName)
  if (row.desired === 'stopped') throw new WeaverError('stream_stopped', `stream "${row.name}" is stopped; start it first`)
  // A checkpoint belongs to a configuration.
  if (row.version !== version) throw new WeaverError('version_conflict', `stream "${row.name}" was changed meanwhile; ask again`)
  await refuseBesideOldWorkers(tx, row.pool)
  const runIds = parts.map(() => uuidv7())
  const backfills = parts.map(({ since, until, cursor }) =>
    toJsonb({ since, until, from: cursor, checkpoint: cursor } satisfies RunBackfill),
  )
  await tx.execute(sql`
    insert into weaver.runs (id, tenant, stream_id, stream_version, trigger, state, backfill, enqueue_after)
    select i.id, ${row.tenant}, ${row.id}, ${row.version}, 'backfill', 'queued', i.backfill, now() + interval '1 s'
    from unnest(${sql.param(runIds)}::uuid[], ${sql.param(backfills)}::jsonb[]) with ordinality as i(id, backfill, n) order by i.n`)
  const operation = await insertQueued(tx, { tenant: row.tenant, action: 'backfill', streamId: row.id, runIds })
  return { runIds, lane: laneOf(row.pool, row.tenant), operation }
}
