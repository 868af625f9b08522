import { WeaverError } from '@data-weaver/contracts'
import { type Database, statement } from './database.ts'

/** A secret that the source rotated, on behalf of a run. */
export interface RotatedSecret {
  readonly streamId: string
  readonly runId: string
  readonly epoch: number
  readonly name: string
  readonly sealed: string
}

// The stream's row is locked first, as everywhere; the new version makes other workers read the secrets anew.
const rotate = statement(
  'rotation_rotate',
  `with stream as materialized (select id from weaver.streams where id = $1 for no key update),
   rotated as (
     update weaver.stream_secrets s set sealed = $5, updated_at = now() from stream
     where s.stream_id = stream.id and s.name = $4
       and exists (select from weaver.runs r where r.id = $2 and r.epoch = $3 and r.state = 'running')
     returning s.name)
   update weaver.streams set secrets_version = secrets_version + 1 where id = $1 and exists (select from rotated)
   returning id`,
)

/** @throws WeaverError `lease_lost` when the run is not this worker's any more, or the stream has no such secret any more. */
export async function rotateSecret(database: Database, { streamId, runId, epoch, name, sealed }: RotatedSecret): Promise<void> {
  const rows = await database.rows(rotate, [streamId, runId, epoch, name, sealed])
  if (rows.length === 0) throw new WeaverError('lease_lost', 'the run is not this worker’s any more; the secret was not changed')
}
