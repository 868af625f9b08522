import { laneOf, type SinkEntry, type StreamSpec } from '@data-weaver/contracts'
import { type SQL, sql } from 'drizzle-orm'
import { type LockedStream, lockStreams } from './control.ts'
import type { DueItem } from './reconcile.ts'
import type { RedeliveryWish, redeliveries } from './redelivery-schema.ts'
import type { Tx } from './stream-rows.ts'
import { outdatedWorker } from './worker-liveness.ts'

/** The steps by which results are delivered again: what has ended is counted, then a few more deliveries are made. */

export type RedeliveryRow = typeof redeliveries.$inferSelect

/** Deliveries that one operation has under way at most: what is fetched meanwhile waits behind no more than these. */
const window = 1000
/** Results, or dead letters, in one step. */
const stepSize = 250
/** How long a delivery that was made again may lie before the reconciler puts it into the queue again, milliseconds. */
const madeAgainMs = 10_000

const column = (values: readonly unknown[], type: string): SQL => sql`${sql.param([...values])}::${sql.raw(type)}[]`

/** Results of a stream that a re-parse is about. What was fetched by a version that was only tried beside the current one never counts. */
export const resultsOf = (streamId: string, { since, until, results, run }: RedeliveryWish): SQL =>
  sql.join(
    [
      sql`r.stream_id = ${streamId} and not exists (select from weaver.runs t where t.id = r.run_id and t.trigger = 'canary')`,
      // What was deleted cannot be read again.
      sql`r.seq > (select s.expired_until from weaver.streams s where s.id = r.stream_id)`,
      ...(since === undefined ? [] : [sql`r.created_at >= ${since}::timestamptz`]),
      ...(until === undefined ? [] : [sql`r.created_at <= ${until}::timestamptz`]),
      ...(run === undefined ? [] : [sql`r.run_id = ${run}`]),
      ...(results === undefined ? [] : [sql`r.id = any(${column(results, 'uuid')})`]),
    ],
    sql` and `,
  )

/** Open dead letters of streams that are still there. */
export const lettersOf = (tenant: string, streamId: string | null, { deadLetters, filter = {} }: RedeliveryWish): SQL =>
  sql.join(
    [
      sql`l.tenant = ${tenant} and l.resolved_at is null and exists (select from weaver.streams s where s.id = l.stream_id and s.deleted_at is null)`,
      ...(streamId === null ? [] : [sql`l.stream_id = ${streamId}`]),
      ...(deadLetters === undefined ? [] : [sql`l.id = any(${column(deadLetters, 'bigint')})`]),
      ...(filter.code === undefined ? [] : [sql`l.error ->> 'code' = ${filter.code}`]),
      ...(filter.sink === undefined ? [] : [sql`l.sink = ${filter.sink}`]),
    ],
    sql` and `,
  )

/**
 * Counts the deliveries of an operation that have ended. What an older version's delivery of the same page to the same sink left as dead
 * letters is resolved by it: what was refused again is a dead letter of its own. What belongs to a deleted stream is not waited for.
 */
export async function collect(tx: Tx, operationId: string): Promise<void> {
  await tx.execute(sql`
    with held as materialized (select operation_id from weaver.redeliveries where operation_id = ${operationId} for no key update),
    ended as materialized (
      select p.delivery_id, d.result_id, d.position, d.sink, d.stream_version, d.state, d.documents, d.dead_letters
      from held h join weaver.open_redeliveries p on p.operation_id = h.operation_id
        left join weaver.deliveries d on d.id = p.delivery_id left join weaver.streams s on s.id = d.stream_id
      where d.id is null or d.state in ('done', 'dead') or s.deleted_at is not null),
    gone as (
      delete from weaver.open_redeliveries p using ended e where p.operation_id = ${operationId} and p.delivery_id = e.delivery_id returning p.delivery_id),
    resolved as (
      update weaver.dead_letters l set resolved_at = now(), resolution = 'reparsed'
      from ended e where e.state in ('done', 'dead') and l.result_id = e.result_id and l.sink = e.sink and coalesce(l.position, e.position) = e.position
        and l.delivery_id <> e.delivery_id and l.resolved_at is null
        and not exists (select from weaver.deliveries o where o.id = l.delivery_id and o.stream_version > e.stream_version))
    update weaver.redeliveries r set delivered = r.delivered + c.n, documents = r.documents + c.documents, dead_letters = r.dead_letters + c.dead_letters
    from (select count(*)::int as n, coalesce(sum(e.documents), 0)::int as documents, coalesce(sum(e.dead_letters), 0)::int as dead_letters
          from gone g join ended e on e.delivery_id = g.delivery_id) c
    where r.operation_id = ${operationId} and c.n > 0`)
}

/** How many deliveries an operation may have made now. */
async function roomOf(tx: Tx, operationId: string): Promise<number> {
  const { rows } = await tx.execute<{ n: number }>(
    sql`select count(*)::int as n from weaver.open_redeliveries where operation_id = ${operationId}`,
  )
  return window - (rows[0]?.n ?? 0)
}

/** Locks the operation's row, after those of its streams; undefined when it is not where it was read, or has nothing left to make. */
async function lockRow(tx: Tx, { operationId, after }: RedeliveryRow): Promise<{ evenStopped: boolean } | undefined> {
  const { rows } = await tx.execute<{ even_stopped: boolean }>(sql`
    select r.even_stopped from weaver.redeliveries r join weaver.operations o on o.id = r.operation_id
    where r.operation_id = ${operationId} and r.after = ${after} and o.state = 'applying' for no key update of r`)
  return rows[0] === undefined ? undefined : { evenStopped: rows[0].even_stopped }
}

/** Workers from before there were such deliveries would transform them with the version of the result: they must be gone first. */
const oldWorkers = async (tx: Tx, streams: readonly LockedStream[]): Promise<boolean> =>
  (await outdatedWorker(
    tx,
    'redelivers',
    streams.map(({ row }) => row.pool),
  )) !== undefined

/** A delivery to be made again. */
interface Again {
  readonly stream: LockedStream
  readonly resultId: string
  readonly position: number
  readonly sink: string
  readonly version: number
}

/**
 * Makes deliveries. One of the same version that is still under way is waited for instead; one that has ended is replaced under a new
 * id. Undefined: one has ended that is not counted yet, so look again later.
 */
async function redeliver(
  tx: Tx,
  { operationId, evenStopped }: { readonly operationId: string; readonly evenStopped: boolean },
  again: readonly Again[],
): Promise<readonly DueItem[] | undefined> {
  if (again.length === 0) return []
  const input = sql`unnest(${column(
    again.map(({ resultId }) => resultId),
    'uuid',
  )}, ${column(
    again.map(({ position }) => position),
    'smallint',
  )}, ${column(
    again.map(({ version }) => version),
    'int',
  )})`
  const { rows: known } = await tx.execute<{ id: string; state: string; awaited: boolean }>(sql`
    select d.id::text, d.state, exists (select from weaver.open_redeliveries p where p.delivery_id = d.id) as awaited
    from weaver.deliveries d join ${input} as i(result_id, position, version) on d.result_id = i.result_id and d.position = i.position and d.stream_version = i.version
    order by d.id for no key update of d`)
  const ended = known.filter(({ state }) => state === 'done' || state === 'dead')
  if (ended.some(({ awaited }) => awaited)) return undefined
  const { rows: made } = await tx.execute<{ id: string; stream_id: string; state: string }>(sql`
    insert into weaver.deliveries as old (result_id, position, sink, tenant, stream_id, stream_version, state, enqueue_after)
    select i.result_id, i.position, i.sink, r.tenant, r.stream_id, i.version, i.state, now() + ${madeAgainMs} * interval '1 ms'
    from unnest(${column(
      again.map(({ resultId }) => resultId),
      'uuid',
    )}, ${column(
      again.map(({ position }) => position),
      'smallint',
    )}, ${column(
      again.map(({ version }) => version),
      'int',
    )}, ${column(
      again.map(({ sink }) => sink),
      'text',
    )}, ${column(
      again.map(({ stream: { row } }) => (row.desired === 'stopped' && !evenStopped ? 'held' : 'pending')),
      'text',
    )}) as i(result_id, position, version, sink, state) join weaver.results r on r.id = i.result_id
    on conflict on constraint deliveries_result do update set id = default, state = excluded.state, sink = excluded.sink, attempts = 0, worker_id = null, records = 0,
      documents = 0, dead_letters = 0, error = null, enqueue_after = excluded.enqueue_after, created_at = now(), finished_at = null
    where old.state in ('done', 'dead')
    returning id::text, stream_id, state`)
  const awaited = [...made, ...known.filter((each) => !ended.includes(each))].map(({ id }) => id)
  await tx.execute(sql`
    insert into weaver.open_redeliveries (operation_id, delivery_id)
    select ${operationId}::uuid, id from unnest(${column(awaited, 'bigint')}) as i(id) on conflict do nothing`)
  await tx.execute(sql`update weaver.redeliveries set deliveries = deliveries + ${awaited.length} where operation_id = ${operationId}`)
  const lanes = new Map(again.map(({ stream: { row } }) => [row.id, laneOf(row.pool, row.tenant)]))
  return made.flatMap(({ id, stream_id: streamId, state }) => (state === 'pending' ? [{ id, lane: lanes.get(streamId) ?? 'default' }] : []))
}

/**
 * Moves on; when nothing is left to make, the operation only waits for what it has made. What went with something else, as dead letters do with
 * others of their result, was never taken by itself: in the end all that was matched is done.
 */
async function advance(tx: Tx, operationId: string, { after, taken, last }: { after: number; taken: number; last: boolean }) {
  await tx.execute(sql`
    update weaver.redeliveries set after = ${after}, matched = greatest(matched, done + ${taken}),
      done = case when ${last} then greatest(matched, done + ${taken}) else done + ${taken} end where operation_id = ${operationId}`)
  if (last) await tx.execute(sql`update weaver.operations set state = 'waiting', done = matched where id = ${operationId}`)
}

/** The next results of a re-parse; answers deliveries to wake. */
export async function reparseSome(tx: Tx, row: RedeliveryRow): Promise<readonly DueItem[]> {
  const { operationId, wish, streamId, streamVersion, upTo } = row
  const [stream] = await lockStreams(tx, [streamId ?? ''])
  const locked = await lockRow(tx, row)
  if (locked === undefined) return []
  if (stream === undefined || streamVersion === null) return await giveUp(tx, operationId)
  const sinks = await sinksOf(tx, stream.row.id, streamVersion)
  const positions = (wish.positions ?? [...sinks.keys()]).filter((position) => sinks[position] !== undefined)
  const limit = Math.min(stepSize, Math.floor((await roomOf(tx, operationId)) / Math.max(1, positions.length)))
  if (limit <= 0 || (await oldWorkers(tx, [stream]))) return []
  const { rows: results } = await tx.execute<{ id: string; seq: string }>(sql`
    select r.id, r.seq::text from weaver.results r where ${resultsOf(stream.row.id, wish)} and r.seq > ${row.after} and r.seq <= ${upTo} order by r.seq limit ${limit}`)
  const again = results.flatMap(({ id }) =>
    positions.map((position) => ({
      stream,
      resultId: id,
      position,
      sink: (sinks[position] as SinkEntry).type,
      version: streamVersion,
    })),
  )
  const made = await redeliver(tx, { operationId, ...locked }, again)
  if (made === undefined) return []
  const last = results.length < limit
  await advance(tx, operationId, { after: last ? upTo : Number(results.at(-1)?.seq), taken: results.length, last })
  return made
}

async function giveUp(tx: Tx, operationId: string): Promise<readonly DueItem[]> {
  const error = { code: 'not_found', origin: 'config', message: 'the stream was deleted' }
  await tx.execute(sql`
    update weaver.operations set state = 'failed', error = ${JSON.stringify(error)}::jsonb, finished_at = now() where id = ${operationId}`)
  await tx.execute(sql`delete from weaver.open_redeliveries where operation_id = ${operationId}`)
  return []
}

async function sinksOf(tx: Tx, streamId: string, version: number): Promise<readonly SinkEntry[]> {
  const { rows } = await tx.execute<{ sinks: StreamSpec['sinks'] }>(
    sql`select spec -> 'sinks' as sinks from weaver.stream_versions where stream_id = ${streamId} and version = ${version}`,
  )
  return rows[0]?.sinks ?? []
}

interface Letter extends Record<string, unknown> {
  id: string
  stream_id: string
  result_id: string
  sink: string
  position: number | null
}

/** The next dead letters of a redrive: their results are delivered again to the same sinks, and they are resolved. */
export async function redriveSome(tx: Tx, tenant: string, row: RedeliveryRow): Promise<readonly DueItem[]> {
  const { operationId } = row
  const wanted = await nextLetters(tx, tenant, row)
  const streams = await lockStreams(tx, [...new Set(wanted.map(({ stream_id: id }) => id))].toSorted())
  const locked = await lockRow(tx, row)
  if (locked === undefined || (await roomOf(tx, operationId)) < stepSize || (await oldWorkers(tx, streams))) return []
  const byId = new Map(streams.map((stream) => [stream.row.id, stream]))
  const again = new Map<string, Again>()
  const driven: Letter[] = []
  for (const letter of wanted) {
    const stream = byId.get(letter.stream_id)
    const position = stream === undefined ? -1 : placeOf(letter, stream.spec.sinks)
    if (stream === undefined || position < 0) continue
    driven.push(letter)
    const key = `${letter.result_id} ${position}`
    again.set(key, { stream, resultId: letter.result_id, position, sink: letter.sink, version: stream.row.version })
  }
  const made = await redeliver(tx, { operationId, ...locked }, [...again.values()])
  if (made === undefined) return []
  await resolveDriven(tx, driven)
  await moveOn(tx, row, wanted)
  return made
}

/** The sink of a dead letter among those of the current version: at the same place, else the first of its type; -1: it is not there any more. */
const placeOf = ({ sink, position }: Letter, sinks: readonly SinkEntry[]): number =>
  position !== null && sinks[position]?.type === sink ? position : sinks.findIndex(({ type }) => type === sink)

const nextLetters = async (tx: Tx, tenant: string, { streamId, wish, after, upTo }: RedeliveryRow): Promise<readonly Letter[]> =>
  (
    await tx.execute<Letter>(sql`
      select l.id::text, l.stream_id, l.result_id, l.sink, l.position from weaver.dead_letters l
      where ${lettersOf(tenant, streamId, wish)} and l.id > ${after} and l.id <= ${upTo} order by l.id limit ${stepSize}`)
  ).rows

async function moveOn(tx: Tx, { operationId, upTo }: RedeliveryRow, letters: readonly Letter[]): Promise<void> {
  const last = letters.length < stepSize
  await advance(tx, operationId, { after: last ? upTo : Number(letters.at(-1)?.id), taken: letters.length, last })
}

/** A result is delivered as a whole: all that its sink had refused of it is resolved with it. */
async function resolveDriven(tx: Tx, letters: readonly Letter[]): Promise<void> {
  await tx.execute(sql`
    update weaver.dead_letters l set resolved_at = now(), resolution = 'redriven'
    from (select distinct * from unnest(${column(
      letters.map(({ result_id: id }) => id),
      'uuid',
    )}, ${column(
      letters.map(({ position }) => position),
      'smallint',
    )}, ${column(
      letters.map(({ sink }) => sink),
      'text',
    )}) as i(result_id, position, sink)) i
    where l.result_id = i.result_id and l.sink = i.sink and l.position is not distinct from i.position and l.resolved_at is null`)
}

/** The next dead letters that are to stay out. */
export async function discardSome(tx: Tx, tenant: string, row: RedeliveryRow): Promise<readonly DueItem[]> {
  if ((await lockRow(tx, row)) === undefined) return []
  const letters = await nextLetters(tx, tenant, row)
  await tx.execute(sql`
    update weaver.dead_letters set resolved_at = now(), resolution = 'discarded'
    where resolved_at is null and id = any(${column(
      letters.map(({ id }) => id),
      'bigint',
    )})`)
  await moveOn(tx, row, letters)
  return []
}
