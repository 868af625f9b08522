import type { Json } from '@data-weaver/contracts'
import { type Database, statement, toJsonb } from './database.ts'

/** A checkpoint without a page, on behalf of a run. */
export interface CheckpointCommit {
  readonly streamId: string
  readonly runId: string
  readonly epoch: number
  readonly cursor: Json
}

// The stream's row is locked first, as everywhere. Only the active run moves the cursor.
const save = statement(
  'checkpoint_save',
  `with stream as materialized (select id from weaver.streams where id = $1 for no key update)
   update weaver.streams s set cursor = $4 from stream
   where s.id = stream.id and s.active_run_id = $2
     and exists (select from weaver.runs r where r.id = $2 and r.epoch = $3 and r.state = 'running')`,
)

/** Does nothing when the run is not this worker's any more, or is not the one that moves the cursor of its stream. */
export async function saveCheckpoint(database: Database, { streamId, runId, epoch, cursor }: CheckpointCommit): Promise<void> {
  await database.rows(save, [streamId, runId, epoch, toJsonb(cursor)])
}
