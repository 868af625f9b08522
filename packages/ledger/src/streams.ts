import { type Clock, type PageResult, type Stream, type StreamSpec, type StreamVersion, WeaverError } from '@data-weaver/contracts'
import { and, asc, desc, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm'
import { type Database, ledgerError } from './database.ts'
import * as tables from './schema.ts'
import {
  checkRevision,
  endOfInterval,
  everyOf,
  lockStream,
  now,
  readStream,
  sameJson,
  secretNames,
  setSecrets,
  type StreamRow,
  stopRuns,
  toStream,
  type Tx,
  type VersionRow,
} from './stream-rows.ts'

/** A stream with what the API needs beside it. */
export interface StreamWithRevision {
  readonly stream: Stream
  /** The ETag. */
  readonly revision: number
}

export interface NewStream {
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly adapter: string
  readonly spec: StreamSpec
  /** Sealed secrets by name. */
  readonly sealed: Readonly<Record<string, string>>
}

export interface StreamChange {
  readonly spec?: StreamSpec
  /** Sealed secrets to set, null to remove. */
  readonly sealed?: Readonly<Record<string, string | null>>
  /** Refuse with `version_conflict` unless the stream's revision is still this. */
  readonly ifRevision?: number
}

export interface StreamQuery {
  readonly tenant: string
  readonly limit: number
  readonly after?: string
}

export class StreamStore {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** @throws WeaverError `name_taken`. The stream is made stopped. */
  async create({ id, tenant, name, adapter, spec, sealed }: NewStream): Promise<StreamWithRevision> {
    return await this.#transaction(async (tx) => {
      const rows = await tx
        .insert(tables.streams)
        .values({ id, tenant, name, adapter, pool: spec.pool, every: everyOf(spec.schedule) })
        .onConflictDoNothing()
        .returning()
      const row = rows[0]
      if (row === undefined) {
        const problem = {
          field: 'name',
          problem: `"${name}" is the name of another stream`,
          hint: 'Choose another, or change that stream.',
        }
        throw new WeaverError('name_taken', `there is a stream named "${name}" already`, { errors: [problem] })
      }
      const versions = await tx.insert(tables.streamVersions).values({ streamId: id, version: 1, transformVersion: 1, spec }).returning()
      await setSecrets(tx, id, sealed)
      return this.#answer(row, versions[0] as VersionRow, Object.keys(sealed))
    })
  }

  /** By id or by name. @throws WeaverError `not_found`. */
  async get(tenant: string, idOrName: string): Promise<StreamWithRevision> {
    return await this.#guard(async () => await this.#read(this.#database.drizzle, tenant, idOrName))
  }

  async find(tenant: string, idOrName: string): Promise<StreamWithRevision | undefined> {
    try {
      return await this.get(tenant, idOrName)
    } catch (error) {
      if (error instanceof WeaverError && error.code === 'not_found') return undefined
      throw error
    }
  }

  /** In order of name. */
  async list({ tenant, limit, after }: StreamQuery): Promise<PageResult<Stream>> {
    return await this.#guard(async () => {
      const { streams, streamVersions } = tables
      const rows = await this.#database.drizzle
        .select()
        .from(streams)
        .innerJoin(streamVersions, and(eq(streamVersions.streamId, streams.id), eq(streamVersions.version, streams.version)))
        .where(and(eq(streams.tenant, tenant), isNull(streams.deletedAt), after === undefined ? undefined : gt(streams.name, after)))
        .orderBy(asc(streams.name))
        .limit(limit + 1)
      const page = rows.slice(0, limit)
      const names = await secretNames(
        this.#database.drizzle,
        page.map(({ streams: row }) => row.id),
      )
      const items = page.map(({ streams: row, stream_versions: version }) =>
        toStream(row, version, names.get(row.id) ?? [], this.#clock.now()),
      )
      return { items, next: rows.length > limit ? (items.at(-1)?.name ?? null) : null }
    })
  }

  async versions(tenant: string, idOrName: string, limit: number, after?: number): Promise<PageResult<StreamVersion>> {
    return await this.#guard(async () => {
      const { stream } = await this.#read(this.#database.drizzle, tenant, idOrName)
      const { streamVersions } = tables
      const rows = await this.#database.drizzle
        .select()
        .from(streamVersions)
        .where(and(eq(streamVersions.streamId, stream.id), after === undefined ? undefined : lt(streamVersions.version, after)))
        .orderBy(desc(streamVersions.version))
        .limit(limit + 1)
      const items = rows.slice(0, limit).map(({ version, transformVersion, spec, createdAt }) => ({
        version,
        transformVersion,
        ...spec,
        createdAt: createdAt.toISOString(),
      }))
      return { items, next: rows.length > limit ? String(items.at(-1)?.version) : null }
    })
  }

  /**
   * Makes a new version when the configuration really differs, and changes secrets. A changed schedule begins where the current
   * interval ends. @throws WeaverError `not_found`, `version_conflict`.
   */
  async change(tenant: string, id: string, { spec, sealed = {}, ifRevision }: StreamChange): Promise<StreamWithRevision> {
    return await this.#transaction(async (tx) => {
      const { row, version } = await lockStream(tx, tenant, id)
      checkRevision(row, ifRevision)
      const differs = spec !== undefined && !sameJson(spec, version.spec)
      const rotates = Object.keys(sealed).length > 0
      if (!differs && !rotates) return await this.#read(tx, tenant, id)
      await setSecrets(tx, row.id, sealed)
      const set: Partial<StreamRow> = { revision: row.revision + 1, updatedAt: await now(tx) }
      if (rotates) set.secretsVersion = row.secretsVersion + 1
      if (differs) {
        const transformVersion = sameJson(spec.transform, version.spec.transform) ? row.transformVersion : row.transformVersion + 1
        await tx.insert(tables.streamVersions).values({ streamId: row.id, version: row.version + 1, transformVersion, spec })
        Object.assign(set, { version: row.version + 1, transformVersion, pool: spec.pool, every: everyOf(spec.schedule) })
        if (!sameJson(spec.schedule, version.spec.schedule)) set.anchor = await endOfInterval(tx, row, version.spec.schedule)
      }
      await tx.update(tables.streams).set(set).where(eq(tables.streams.id, row.id))
      await tx.execute(sql`select pg_notify('weaver_streams', ${row.id})`)
      return await this.#read(tx, tenant, row.id)
    })
  }

  /** Starts a stream: its first tick is now. Starting a started stream changes nothing. */
  async start(tenant: string, id: string, ifRevision?: number): Promise<StreamWithRevision> {
    return await this.#transaction(async (tx) => {
      const { row } = await lockStream(tx, tenant, id)
      checkRevision(row, ifRevision)
      if (row.desired !== 'started') {
        const anchor = await now(tx)
        const accountedUntil = new Date(anchor.getTime() - 1)
        await tx
          .update(tables.streams)
          .set({ desired: 'started', anchor, accountedUntil, revision: row.revision + 1, updatedAt: anchor })
          .where(eq(tables.streams.id, row.id))
        await tx.execute(sql`select pg_notify('weaver_streams', ${row.id})`)
      }
      return await this.#read(tx, tenant, row.id)
    })
  }

  /**
   * Commits that the stream is to be stopped: no tick is claimed after this, runs that wait are interrupted, runs that run are
   * told to stop. They have stopped when {@link stopping} answers none.
   */
  async stop(tenant: string, id: string, ifRevision?: number): Promise<StreamWithRevision> {
    return await this.#transaction(async (tx) => {
      const { row } = await lockStream(tx, tenant, id)
      checkRevision(row, ifRevision)
      await stopRuns(tx, row.id)
      if (row.desired !== 'stopped') {
        const at = await now(tx)
        await tx
          .update(tables.streams)
          .set({ desired: 'stopped', revision: row.revision + 1, updatedAt: at })
          .where(eq(tables.streams.id, row.id))
        await tx.execute(sql`select pg_notify('weaver_streams', ${row.id})`)
      }
      return await this.#read(tx, tenant, row.id)
    })
  }

  /** Ids of the stream's runs that still run although they were told to stop. */
  async stopping(streamId: string): Promise<readonly string[]> {
    return await this.#guard(async () => {
      const { runs } = tables
      const rows = await this.#database.drizzle
        .select({ id: runs.id })
        .from(runs)
        .where(and(eq(runs.streamId, streamId), inArray(runs.state, ['running', 'stopping'])))
      return rows.map(({ id: runId }) => runId)
    })
  }

  /** Takes the stream off the list. Its runs, results and documents stay; the name becomes free. */
  async remove(tenant: string, id: string, ifRevision?: number): Promise<void> {
    await this.#transaction(async (tx) => {
      const { row } = await lockStream(tx, tenant, id)
      checkRevision(row, ifRevision)
      await stopRuns(tx, row.id)
      const at = await now(tx)
      await tx.update(tables.streams).set({ desired: 'stopped', deletedAt: at, updatedAt: at }).where(eq(tables.streams.id, row.id))
      await tx.delete(tables.streamSecrets).where(eq(tables.streamSecrets.streamId, row.id))
      await tx.execute(sql`select pg_notify('weaver_streams', ${row.id})`)
    })
  }

  /** Queues one run by hand. @throws WeaverError `not_found`, `stream_stopped`, `run_in_progress`. */
  async trigger(tenant: string, id: string, runId: string): Promise<{ pool: string }> {
    return await this.#transaction(async (tx) => {
      const { row } = await lockStream(tx, tenant, id)
      if (row.desired !== 'started') throw new WeaverError('stream_stopped', `stream "${row.name}" is ${row.desired}; start it first`)
      const [busy] = await tx
        .select({ id: tables.runs.id })
        .from(tables.runs)
        .where(and(eq(tables.runs.streamId, row.id), inArray(tables.runs.state, ['queued', 'running', 'waiting', 'stopping'])))
        .limit(1)
      if (busy !== undefined) {
        throw new WeaverError('run_in_progress', `run ${busy.id} of stream "${row.name}" is in progress; wait for its end or stop it`)
      }
      await tx
        .insert(tables.runs)
        .values({ id: runId, tenant, streamId: row.id, trigger: 'manual', state: 'queued', enqueueAfter: sql`now() + interval '10 s'` })
      return { pool: row.pool }
    })
  }

  /** The configuration of one version, for a worker. */
  async spec(streamId: string, version: number): Promise<{ spec: StreamSpec; transformVersion: number }> {
    return await this.#guard(async () => {
      const { streamVersions } = tables
      const rows = await this.#database.drizzle
        .select({ spec: streamVersions.spec, transformVersion: streamVersions.transformVersion })
        .from(streamVersions)
        .where(and(eq(streamVersions.streamId, streamId), eq(streamVersions.version, version)))
      const row = rows[0]
      if (row === undefined) throw new WeaverError('not_found', `stream ${streamId} has no version ${version}`)
      return row
    })
  }

  /** Sealed secrets by name, for a worker. */
  async sealedSecrets(streamId: string): Promise<Readonly<Record<string, string>>> {
    return await this.#guard(async () => {
      const rows = await this.#database.drizzle.select().from(tables.streamSecrets).where(eq(tables.streamSecrets.streamId, streamId))
      return Object.fromEntries(rows.map(({ name, sealed }) => [name, sealed]))
    })
  }

  async #read(tx: Tx, tenant: string, idOrName: string): Promise<StreamWithRevision> {
    const { row, version } = await readStream(tx, tenant, idOrName)
    const names = await secretNames(tx, [row.id])
    return this.#answer(row, version, names.get(row.id) ?? [])
  }

  #answer(row: StreamRow, version: VersionRow, names: readonly string[]): StreamWithRevision {
    return { stream: toStream(row, version, names, this.#clock.now()), revision: row.revision }
  }

  async #transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.#guard(async () => await this.#database.drizzle.transaction(work))
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      throw ledgerError(thrown)
    }
  }
}
