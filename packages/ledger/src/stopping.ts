import { type SQL, sql } from 'drizzle-orm'
import type { Tx } from './stream-rows.ts'

/** Which runs are told: those of streams, or some runs. The caller has locked the rows of their streams. */
export type Concerned = { readonly streamIds: readonly string[] } | { readonly runIds: readonly string[] }

const ids = (values: readonly string[]): SQL => sql`any(${sql.param([...values])}::uuid[])`

const ofStreamOrRun = (concerned: Concerned, stream: SQL, run: SQL): SQL =>
  'runIds' in concerned ? sql`${run} = ${ids(concerned.runIds)}` : sql`${stream} = ${ids(concerned.streamIds)}`

/** Told to the workers: a stream's id, or '' for "look at all you have". */
const bell = (concerned: Concerned): string =>
  'streamIds' in concerned && concerned.streamIds.length === 1 ? (concerned.streamIds[0] as string) : ''

/**
 * Interrupts: what waits is over at once, what runs is told to stop, what is on its way to a sink is held. What a worker has in its hands
 * becomes a target of the operation. Locks: deliveries before runs, as acknowledgements take them.
 */
export async function interruptRuns(tx: Tx, concerned: Concerned, operationId: string): Promise<void> {
  const ofRun = ofStreamOrRun(concerned, sql`r.stream_id`, sql`r.id`)
  const ofDelivery = ofStreamOrRun(concerned, sql`d.stream_id`, sql`d.run_id`)
  await tx.execute(sql`
    with locked as materialized (
      select d.id, d.worker_id from weaver.deliveries d where d.state = 'pending' and ${ofDelivery} order by d.id for no key update),
    held as (
      update weaver.deliveries d set state = case when l.worker_id is null then 'held' else 'holding' end from locked l where d.id = l.id)
    insert into weaver.operation_targets (operation_id, delivery_id, worker_id)
    select ${operationId}::uuid, id, worker_id from locked where worker_id is not null
    union all select ${operationId}::uuid, d.id, d.worker_id from weaver.deliveries d where d.state = 'holding' and ${ofDelivery}
    on conflict do nothing`)
  await tx.execute(sql`
    with active as materialized (
      select r.id from weaver.runs r where r.lease_until is not null and ${ofRun}
      union select r.id from weaver.runs r where r.enqueue_after is not null and ${ofRun}),
    locked as materialized (
      select r.id, r.state, r.worker_id, r.stream_id from weaver.runs r where r.id = any(array(select id from active)) order by r.id for no key update),
    ended as (
      update weaver.runs r set state = case when r.state in ('running', 'stopping') then 'stopping' else 'interrupted' end,
        finished_at = case when r.state in ('running', 'stopping') then null else now() end, enqueue_after = null
      from locked l where r.id = l.id and r.state in ('queued', 'waiting', 'running', 'stopping')),
    freed as (
      update weaver.streams s set active_run_id = null from locked l
      where s.id = l.stream_id and s.active_run_id = l.id and l.state in ('queued', 'waiting'))
    insert into weaver.operation_targets (operation_id, run_id, worker_id)
    select ${operationId}::uuid, id, worker_id from locked where state in ('running', 'stopping')
    on conflict do nothing`)
  await tx.execute(sql`select pg_notify('weaver_stop', ${bell(concerned)})`)
}

/** Drains: what waits is over, what runs comes to its end, and its results go on to the sinks. */
export async function drainRuns(tx: Tx, streamIds: readonly string[], operationId: string): Promise<void> {
  await tx.execute(sql`
    with active as materialized (
      select r.id from weaver.runs r where r.lease_until is not null and r.stream_id = ${ids(streamIds)}
      union select r.id from weaver.runs r where r.enqueue_after is not null and r.stream_id = ${ids(streamIds)}
      union select d.run_id from weaver.deliveries d where d.state = 'pending' and d.stream_id = ${ids(streamIds)}),
    locked as materialized (
      select r.id, r.state, r.worker_id, r.stream_id from weaver.runs r where r.id = any(array(select id from active)) order by r.id for no key update),
    ended as (
      update weaver.runs r set state = case when r.state in ('queued', 'waiting') then 'interrupted' else r.state end,
        finished_at = case when r.state in ('queued', 'waiting') then now() else r.finished_at end,
        enqueue_after = case when r.state in ('queued', 'waiting') then null else r.enqueue_after end, draining = true
      from locked l where r.id = l.id and r.state in ('queued', 'waiting', 'running')),
    freed as (
      update weaver.streams s set active_run_id = null from locked l
      where s.id = l.stream_id and s.active_run_id = l.id and l.state in ('queued', 'waiting'))
    insert into weaver.operation_targets (operation_id, run_id, delivery_id, worker_id)
    select ${operationId}::uuid, l.id, null, l.worker_id from locked l where l.state in ('running', 'stopping')
      or l.id = any(array(select d.run_id from weaver.deliveries d where d.state = 'pending' and d.stream_id = ${ids(streamIds)}))
    union all select ${operationId}::uuid, null, d.id, d.worker_id from weaver.deliveries d where d.state = 'holding' and d.stream_id = ${ids(streamIds)}
    on conflict do nothing`)
  // What is made again belongs to no run.
  await tx.execute(sql`
    insert into weaver.operation_targets (operation_id, delivery_id, worker_id)
    select ${operationId}::uuid, d.id, d.worker_id from weaver.deliveries d
    where d.state = 'pending' and d.run_id is null and d.stream_id = ${ids(streamIds)} on conflict do nothing`)
  await tx.execute(sql`select pg_notify('weaver_stop', ${bell({ streamIds })})`)
}

/** Holds the deliveries that an operation waits for. The caller has locked the rows of their streams. */
export async function holdTargets(tx: Tx, operationId: string): Promise<void> {
  await tx.execute(sql`
    with locked as materialized (
      select d.id, d.worker_id from weaver.deliveries d
      where d.state = 'pending' and d.id = any(array(select t.delivery_id from weaver.operation_targets t where t.operation_id = ${operationId} and t.acknowledged_at is null))
      order by d.id for no key update)
    update weaver.deliveries d set state = case when l.worker_id is null then 'held' else 'holding' end from locked l where d.id = l.id`)
}

/** Sends on what was held; answers how many deliveries. */
export async function releaseDeliveries(tx: Tx, concerned: Concerned): Promise<number> {
  const { rows } = await tx.execute<{ n: number }>(sql`
    with locked as materialized (
      select d.id from weaver.deliveries d where d.state in ('held', 'holding') and ${ofStreamOrRun(concerned, sql`d.stream_id`, sql`d.run_id`)} order by d.id for no key update),
    released as (update weaver.deliveries d set state = 'pending', enqueue_after = now() from locked l where d.id = l.id)
    select count(*)::int as n from locked`)
  return rows[0]?.n ?? 0
}
