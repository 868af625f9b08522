import { type DesiredState, type Schedule, type Stream, WeaverError } from '@data-weaver/contracts'
import { nextTick } from '@data-weaver/schedule'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import * as tables from './schema.ts'

/** The rows behind a stream: how they are read, locked, compared and turned into what the API shows. */

export type Tx = Pick<NodePgDatabase<typeof tables>, 'select' | 'insert' | 'update' | 'delete' | 'execute'>
export type StreamRow = typeof tables.streams.$inferSelect
export type VersionRow = typeof tables.streamVersions.$inferSelect

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const everyOf = (schedule: Schedule): number | null => ('every' in schedule ? schedule.every : null)

export async function now(tx: Tx): Promise<Date> {
  const { rows } = await tx.execute<{ now: Date }>(sql`select date_trunc('milliseconds', clock_timestamp()) as now`)
  return new Date(rows[0]?.now as unknown as string)
}

/** Where the current interval ends, by the schedule that is in force. A stream that is not started changes at once. */
export async function endOfInterval(tx: Tx, row: StreamRow, schedule: Schedule): Promise<Date> {
  const at = await now(tx)
  if (row.desired !== 'started') return at
  const next = nextTick(schedule, row.anchor.getTime(), at.getTime())
  return next === null ? at : new Date(next)
}

/** Compares as Postgres would store it: order of keys does not count, undefined is absent. */
export const sameJson = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
      : inner,
  )

export function checkRevision(row: StreamRow, ifRevision: number | undefined): void {
  if (ifRevision === undefined || ifRevision === row.revision) return
  throw new WeaverError('version_conflict', `stream "${row.name}" was changed meanwhile: its ETag is "${row.revision}" now, read it again`)
}

export async function readStream(tx: Tx, tenant: string, idOrName: string): Promise<{ row: StreamRow; version: VersionRow }> {
  const { streams, streamVersions } = tables
  const rows = await tx
    .select()
    .from(streams)
    .innerJoin(streamVersions, and(eq(streamVersions.streamId, streams.id), eq(streamVersions.version, streams.version)))
    .where(
      and(
        eq(streams.tenant, tenant),
        isNull(streams.deletedAt),
        uuidPattern.test(idOrName) ? eq(streams.id, idOrName) : eq(streams.name, idOrName),
      ),
    )
  const found = rows[0]
  if (found === undefined) throw new WeaverError('not_found', `there is no stream "${idOrName}"`)
  return { row: found.streams, version: found.stream_versions }
}

export async function lockStream(tx: Tx, tenant: string, idOrName: string): Promise<{ row: StreamRow; version: VersionRow }> {
  const { row } = await readStream(tx, tenant, idOrName)
  await tx.select({ id: tables.streams.id }).from(tables.streams).where(eq(tables.streams.id, row.id)).for('no key update')
  // What was read before the lock may be old by now.
  return await readStream(tx, tenant, row.id)
}

export async function stopRuns(tx: Tx, streamId: string): Promise<void> {
  await tx.execute(
    sql`select id from weaver.runs where stream_id = ${streamId} and state in ('queued', 'running', 'waiting') order by id for no key update`,
  )
  await tx.execute(
    sql`update weaver.runs set state = 'interrupted', finished_at = now(), enqueue_after = null where stream_id = ${streamId} and state in ('queued', 'waiting')`,
  )
  await tx.execute(sql`update weaver.runs set state = 'stopping' where stream_id = ${streamId} and state = 'running'`)
  await tx.execute(
    sql`update weaver.streams s set active_run_id = null where s.id = ${streamId} and not exists (select from weaver.runs r where r.id = s.active_run_id and r.state = 'stopping')`,
  )
  await tx.execute(sql`select pg_notify('weaver_stop', ${streamId})`)
}

export async function setSecrets(tx: Tx, streamId: string, sealed: Readonly<Record<string, string | null>>): Promise<void> {
  for (const [name, value] of Object.entries(sealed)) {
    if (value === null) {
      await tx.delete(tables.streamSecrets).where(and(eq(tables.streamSecrets.streamId, streamId), eq(tables.streamSecrets.name, name)))
    } else {
      await tx
        .insert(tables.streamSecrets)
        .values({ streamId, name, sealed: value })
        .onConflictDoUpdate({
          target: [tables.streamSecrets.streamId, tables.streamSecrets.name],
          set: { sealed: value, updatedAt: sql`now()` },
        })
    }
  }
}

export async function secretNames(tx: Tx, ids: readonly string[]): Promise<Map<string, string[]>> {
  if (ids.length === 0) return new Map()
  const { streamSecrets } = tables
  const rows = await tx
    .select({ streamId: streamSecrets.streamId, name: streamSecrets.name })
    .from(streamSecrets)
    .where(inArray(streamSecrets.streamId, [...ids]))
    .orderBy(asc(streamSecrets.name))
  const names = new Map<string, string[]>()
  for (const { streamId, name } of rows) names.set(streamId, [...(names.get(streamId) ?? []), name])
  return names
}

/** `at` is the wall-clock time the answer is made. */
export function toStream(row: StreamRow, { spec }: VersionRow, names: readonly string[], at: number): Stream {
  return {
    id: row.id,
    name: row.name,
    adapter: row.adapter,
    version: row.version,
    transformVersion: row.transformVersion,
    desired: row.desired as DesiredState,
    ...spec,
    secretNames: [...names],
    cursor: row.cursor ?? null,
    nextTickAt: nextTickAt(row, spec.schedule, at),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

function nextTickAt(row: StreamRow, schedule: Schedule, at: number): string | null {
  if (row.desired !== 'started') return null
  const next = nextTick(schedule, row.anchor.getTime(), at)
  return next === null ? null : new Date(next).toISOString()
}
