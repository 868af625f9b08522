import { laneOf, type RunState, WeaverError } from '@data-weaver/contracts'
import { sql } from 'drizzle-orm'
import { releaseDeliveries } from './stopping.ts'
import { lockStream, type Tx } from './stream-rows.ts'

const retryable: readonly RunState[] = ['failed', 'partial', 'timedOut', 'interrupted']

interface RunRow extends Record<string, unknown> {
  stream_id: string
  state: RunState
  trigger: string
  canary: boolean
}

/**
 * Queues a run that ended badly again: the same run, by the same version, with one more attempt from the stream's checkpoint. What was held
 * of it goes on as well. @throws WeaverError `not_found`, `not_retryable`, `not_polled`, `stream_stopped`, `run_in_progress`.
 */
export async function retryRun(tx: Tx, tenant: string, runId: string): Promise<{ lane: string }> {
  const missing = new WeaverError('not_found', `there is no run "${runId}"`)
  const [known] = await readRun(tx, tenant, runId)
  if (known === undefined) throw missing
  const { row } = await lockStream(tx, tenant, known.stream_id)
  // What was read before the lock may be old by now.
  const [run = known] = await readRun(tx, tenant, runId)
  if (row.desired === 'stopped') throw new WeaverError('stream_stopped', `stream "${row.name}" is stopped; start it first`)
  if (run.trigger === 'push')
    throw new WeaverError('not_polled', 'what the run brought was sent by the source; there is nothing to ask for')
  const { rows } = await tx.execute(
    sql`select from weaver.runs where stream_id = ${row.id} and enqueue_after is not null and trigger <> 'backfill' limit 1`,
  )
  if (row.activeRunId !== null || rows.length > 0) {
    const busy = row.activeRunId === null ? 'a run' : `run ${row.activeRunId}`
    throw new WeaverError('run_in_progress', `${busy} of stream "${row.name}" is in progress or in line; wait for its end or stop it`)
  }
  if (!retryable.includes(run.state) || run.canary) {
    const why = run.canary ? 'tried a version' : `is ${run.state}`
    throw new WeaverError('not_retryable', `run ${runId} ${why}; only one that is ${retryable.join(', ')} can be retried`)
  }
  await releaseDeliveries(tx, { runIds: [runId] })
  await tx.execute(sql`
    update weaver.runs set state = 'queued', reason = null, draining = false, losses = 0, lease_until = null, fetched_at = null, finished_at = null,
      enqueue_after = now() + interval '10 s'
    where id = ${runId}`)
  return { lane: laneOf(row.pool, row.tenant) }
}

const readRun = async (tx: Tx, tenant: string, runId: string): Promise<readonly RunRow[]> =>
  (await tx.execute<RunRow>(sql`select stream_id, state, trigger, canary from weaver.runs where id = ${runId} and tenant = ${tenant}`)).rows
