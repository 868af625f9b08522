import { type Freshness, type Schedule, specDefaults, type Stream, type StreamSpec, WeaverError } from '@data-weaver/contracts'
import { endOf, nextTick } from '@data-weaver/schedule'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { QueryResultRow } from 'pg'
import type { Session, Statement } from './database.ts'
import * as tables from './schema.ts'

/** The rows behind a stream: how they are read, locked, compared and turned into what the API shows. */

export type Tx = Pick<NodePgDatabase<typeof tables>, 'select' | 'insert' | 'update' | 'delete' | 'execute'>
export type StreamRow = typeof tables.streams.$inferSelect
export type VersionRow = typeof tables.streamVersions.$inferSelect

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What of a specification lies in the stream's own row, where claims read it. */
export const rowOf = ({ pool, schedule, overlap }: StreamSpec) => {
  const end = endOf(schedule)
  return {
    pool,
    overlap,
    every: 'every' in schedule ? schedule.every : null,
    continuous: 'continuous' in schedule,
    endsAt: Number.isFinite(end) ? new Date(end) : null,
  }
}

/** Specifications that were stored before a field existed have its default. */
export const readSpec = (stored: StreamSpec): StreamSpec => ({ ...specDefaults, ...stored })

export async function now(tx: Tx): Promise<Date> {
  const { rows } = await tx.execute<{ now: string }>(sql`select date_trunc('milliseconds', clock_timestamp()) as now`)
  return new Date(rows[0]?.now ?? NaN)
}

/**
 * Runs a prepared statement's text in a transaction of drizzle's. Times come as text there: whoever reads one makes a Date of it.
 */
export const sessionOf = (tx: Tx): Session => ({
  rows: async <R extends QueryResultRow>({ text }: Statement, values: unknown[]) => {
    const parts = text
      .split(/\$(\d+)/)
      .map((part, index) => (index % 2 === 0 ? sql.raw(part) : sql`${sql.param(values[Number(part) - 1])}`))
    return (await tx.execute(sql.join(parts))).rows as unknown as R[]
  },
})

/** Compares as Postgres would store it: order of keys does not count, undefined is absent. */
export const sameJson = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
      : inner,
  )

function checkRevision(row: StreamRow, ifRevision: number | undefined): void {
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
  const version = found.stream_versions
  return { row: found.streams, version: { ...version, spec: readSpec(version.spec) } }
}

export async function lockStream(
  tx: Tx,
  tenant: string,
  idOrName: string,
  ifRevision?: number,
): Promise<{ row: StreamRow; spec: StreamSpec }> {
  const { row } = await readStream(tx, tenant, idOrName)
  await tx.select({ id: tables.streams.id }).from(tables.streams).where(eq(tables.streams.id, row.id)).for('no key update')
  // What was read before the lock may be old by now.
  const locked = await readStream(tx, tenant, row.id)
  checkRevision(locked.row, ifRevision)
  return { row: locked.row, spec: locked.version.spec }
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

/** When the oldest result was committed that is still on its way to a sink, by stream. */
export async function oldestPending(tx: Tx, ids: readonly string[]): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map()
  const { rows } = await tx.execute<{ stream_id: string; since: string }>(
    sql`select stream_id, min(created_at) as since from weaver.deliveries
        where (state = 'pending' or state in ('holding', 'held')) and stream_id = any(${sql.param([...ids])}::uuid[]) group by stream_id`,
  )
  return new Map(rows.map((row) => [row.stream_id, new Date(row.since)]))
}

/** What the API shows of a stream beside its row and version. */
export interface StreamView {
  readonly names: readonly string[]
  readonly pendingSince: Date | undefined
  readonly late: boolean
  /** The wall-clock time of the answer. */
  readonly at: number
}

export function toStream(row: StreamRow, { spec: stored }: VersionRow, { names, pendingSince, late, at }: StreamView): Stream {
  const spec = readSpec(stored)
  return {
    id: row.id,
    name: row.name,
    adapter: row.adapter,
    version: row.version,
    transformVersion: row.transformVersion,
    desired: row.desired,
    ...spec,
    secretNames: [...names],
    cursor: row.cursor ?? null,
    nextTickAt: nextTickAt(row, spec.schedule, at),
    pausedBy: row.pausedBy,
    probeAt: row.probeAt?.toISOString() ?? null,
    failures: row.failures,
    freshness: freshness(row, spec, pendingSince, at),
    late,
    canary:
      row.canaryVersion === null || row.canaryMode === null
        ? null
        : { version: row.canaryVersion, mode: row.canaryMode, ticksLeft: Math.max(0, row.canaryLeft ?? 0) },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

function nextTickAt(row: StreamRow, schedule: Schedule, at: number): string | null {
  if (row.desired !== 'started') return null
  const next = nextTick(schedule, row.anchor.getTime(), at)
  return next === null ? null : new Date(next).toISOString()
}

/** Data are good as of the last fetch that came to its end, but no newer than the oldest result that a sink still lacks. */
function freshness(row: StreamRow, { freshWithin }: StreamSpec, pendingSince: Date | undefined, at: number): Freshness {
  const fetched = row.goodAt?.getTime()
  const good = fetched === undefined ? undefined : Math.min(fetched, pendingSince?.getTime() ?? Infinity)
  const ageMs = good === undefined ? null : Math.max(0, at - good)
  // What never had good data is as old as the stream has been running.
  const staleAge = ageMs ?? at - row.anchor.getTime()
  return {
    goodAt: good === undefined ? null : new Date(good).toISOString(),
    ageMs,
    stale: freshWithin !== null && row.desired !== 'stopped' && staleAge > freshWithin,
  }
}
