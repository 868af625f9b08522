import {
  type Clock,
  type Json,
  laneOf,
  type PageResult,
  type RunTicks,
  type SinkLag,
  type Stream,
  type StreamFilter,
  type StreamOrder,
  type StreamSpec,
  type StreamVersion,
  WeaverError,
} from '@data-weaver/contracts'
import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import { type BackfillPart, queueBackfill } from './backfill.ts'
import { changeStreams, type LockedStream, pauseStreams, resumeStreams, startStreams, triggerStreams } from './control.ts'
import { type Database, ledgerError, statement } from './database.ts'
import { runTicks } from './missed-ticks.ts'
import { lateOnes, newestRuns, sinkLags } from './overview.ts'
import { retryRun } from './retry.ts'
import * as tables from './schema.ts'
import { orderedStreams } from './stream-order.ts'
import {
  lockStream,
  now,
  oldestPending,
  readSpec,
  readStream,
  rowOf,
  sameJson,
  secretNames,
  setSecrets,
  type StreamRow,
  toStream,
  type Tx,
  type VersionRow,
} from './stream-rows.ts'
import { refuseOnTrial } from './trials.ts'

// Each worker reads these once for each stream that it runs.
const specOfVersion = statement(
  'spec_of_version',
  `select spec, transform_version as "transformVersion" from weaver.stream_versions where stream_id = $1 and version = $2`,
)
const sealedOfStream = statement('sealed_of_stream', `select name, sealed from weaver.stream_secrets where stream_id = $1`)

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
  readonly filter?: StreamFilter
  readonly order?: StreamOrder | undefined
  /** How many of its newest runs each stream is to have. */
  readonly runs?: number | undefined
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
        .values({ id, tenant, name, adapter, ...rowOf(spec) })
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
      await tx.insert(tables.streamVersions).values({ streamId: id, version: 1, transformVersion: 1, spec })
      await setSecrets(tx, id, sealed)
      return await this.#read(tx, tenant, id)
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

  /** In the order that is asked for, by name unless it says otherwise. @throws WeaverError as {@link orderedStreams}. */
  async list({ tenant, limit, after, filter = {}, order = 'name', runs = 0 }: StreamQuery): Promise<PageResult<Stream>> {
    return await this.#guard(async () => {
      const { streams, streamVersions } = tables
      const tx = this.#database.drizzle
      const { ids, next } = await orderedStreams(tx, { tenant, filter, order, limit, after, at: this.#clock.now() })
      const rows = await tx
        .select()
        .from(streams)
        .innerJoin(streamVersions, and(eq(streamVersions.streamId, streams.id), eq(streamVersions.version, streams.version)))
        .where(inArray(streams.id, [...ids]))
      const found = new Map(rows.map(({ streams: row, stream_versions: version }) => [row.id, { row, version }]))
      const items = await this.#views(
        tx,
        ids.flatMap((id) => found.get(id) ?? []),
      )
      if (runs === 0) return { items, next }
      const last = await newestRuns(tx, ids, runs)
      return { items: items.map((stream) => ({ ...stream, lastRuns: last.get(stream.id) ?? [] })), next }
    })
  }

  /** How far the sinks of a stream are behind. @throws WeaverError `not_found`. */
  async sinks(tenant: string, id: string): Promise<readonly SinkLag[]> {
    return await this.#guard(async () => {
      const tx = this.#database.drizzle
      const { row, version } = await readStream(tx, tenant, id)
      return await sinkLags(tx, row.id, version.spec.sinks, this.#clock.now())
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
        ...readSpec(spec),
        createdAt: createdAt.toISOString(),
      }))
      return { items, next: rows.length > limit ? String(items.at(-1)?.version) : null }
    })
  }

  /**
   * Makes a new version when the configuration really differs, and changes secrets. A changed schedule begins where the current
   * interval ends. @throws WeaverError `not_found`, `version_conflict`, `canary_in_progress`.
   */
  async change(tenant: string, id: string, { spec, sealed = {}, ifRevision }: StreamChange): Promise<StreamWithRevision> {
    return await this.#transaction(async (tx) => {
      const locked = await lockStream(tx, tenant, id, ifRevision)
      const { row } = locked
      const rotates = Object.keys(sealed).length > 0
      if (spec !== undefined && !sameJson(spec, locked.spec)) {
        refuseOnTrial(row)
        await changeStreams(tx, [locked], () => spec)
      }
      if (rotates) {
        await setSecrets(tx, row.id, sealed)
        await tx
          .update(tables.streams)
          .set({ revision: sql`revision + 1`, secretsVersion: row.secretsVersion + 1, updatedAt: await now(tx) })
          .where(eq(tables.streams.id, row.id))
      }
      return await this.#read(tx, tenant, row.id)
    })
  }

  /** Starts a stream: its first tick is now. A paused one is resumed; starting a started stream changes nothing. */
  async start(tenant: string, id: string, ifRevision?: number): Promise<StreamWithRevision> {
    return await this.#act(tenant, id, ifRevision, startStreams)
  }

  async pause(tenant: string, id: string, ifRevision?: number): Promise<StreamWithRevision> {
    return await this.#act(tenant, id, ifRevision, async (tx, streams) => {
      const [stopped] = streams.filter(({ row }) => row.desired === 'stopped')
      if (stopped !== undefined)
        throw new WeaverError('stream_stopped', `stream "${stopped.row.name}" is stopped; only a started one can be paused`)
      return await pauseStreams(tx, streams)
    })
  }

  async resume(tenant: string, id: string, ifRevision?: number): Promise<StreamWithRevision> {
    return await this.#act(tenant, id, ifRevision, async (tx, streams) => {
      const [stopped] = streams.filter(({ row }) => row.desired === 'stopped')
      if (stopped !== undefined) throw new WeaverError('stream_stopped', `stream "${stopped.row.name}" is stopped; start it`)
      return await resumeStreams(tx, streams)
    })
  }

  /** Sets the checkpoint from which the next run goes on; null: from the beginning. @throws WeaverError `run_in_progress`. */
  async setCursor(tenant: string, id: string, cursor: Json | null, ifRevision?: number): Promise<StreamWithRevision> {
    return await this.#act(tenant, id, ifRevision, async (tx, [stream]) => {
      const row = stream?.row as StreamRow
      if (row.activeRunId !== null) {
        throw new WeaverError(
          'run_in_progress',
          `run ${row.activeRunId} of stream "${row.name}" is in progress and would move the cursor; wait for its end or stop it`,
        )
      }
      await tx
        .update(tables.streams)
        .set({ cursor, revision: sql`revision + 1`, updatedAt: await now(tx) })
        .where(eq(tables.streams.id, row.id))
      return 1
    })
  }

  /** Makes an older version's configuration the newest version. @throws WeaverError `not_found`, `canary_in_progress`. */
  async rollback(tenant: string, id: string, version: number, ifRevision?: number): Promise<StreamWithRevision> {
    return await this.#act(tenant, id, ifRevision, async (tx, [stream]) => {
      const locked = stream as LockedStream
      refuseOnTrial(locked.row)
      const { spec } = await this.#version(tx, locked.row.id, version)
      return await changeStreams(tx, [locked], () => spec)
    })
  }

  /** Queues one run by hand. @throws WeaverError `not_found`, `stream_stopped`, `run_in_progress`. */
  async trigger(tenant: string, id: string): Promise<{ runId: string; lane: string }> {
    return await this.#transaction(async (tx) => {
      const stream = await lockStream(tx, tenant, id)
      const { row } = stream
      if (row.desired === 'stopped') throw new WeaverError('stream_stopped', `stream "${row.name}" is stopped; start it first`)
      const [run] = await triggerStreams(tx, [stream])
      if (run !== undefined) return { runId: run.id, lane: laneOf(row.pool, row.tenant) }
      const busy = row.activeRunId === null ? 'another run' : `run ${row.activeRunId}`
      throw new WeaverError('run_in_progress', `${busy} of stream "${row.name}" is in progress or in line; wait for its end or stop it`)
    })
  }

  /** Runs ticks after all that were missed or skipped. @throws WeaverError as {@link runTicks}. */
  async runTicks(tenant: string, id: string, wish: RunTicks): ReturnType<typeof runTicks> {
    return await this.#transaction(async (tx) => await runTicks(tx, tenant, id, wish))
  }

  /** Queues runs that fetch the past again. @throws WeaverError as {@link queueBackfill}. */
  async backfill(tenant: string, id: string, version: number, parts: readonly BackfillPart[]): ReturnType<typeof queueBackfill> {
    return await this.#transaction(async (tx) => await queueBackfill(tx, tenant, id, version, parts))
  }

  /** Queues a run that ended badly again. @throws WeaverError as {@link retryRun}. */
  async retryRun(tenant: string, runId: string): Promise<{ lane: string }> {
    return await this.#transaction(async (tx) => await retryRun(tx, tenant, runId))
  }

  /** One version; undefined when there is none. @throws WeaverError `not_found` when there is no such stream. */
  async version(tenant: string, idOrName: string, version: number): Promise<StreamVersion | undefined> {
    const { items } = await this.versions(tenant, idOrName, 1, version + 1)
    return items[0]?.version === version ? items[0] : undefined
  }

  /** Where wake-ups of streams go, by id. */
  async lanes(tenant: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return await this.#guard(async () => {
      const { streams } = tables
      const rows = await this.#database.drizzle
        .select({ id: streams.id, pool: streams.pool })
        .from(streams)
        .where(inArray(streams.id, [...ids]))
      return new Map(rows.map(({ id, pool }) => [id, laneOf(pool, tenant)]))
    })
  }

  /** The configuration of one version, for a worker. */
  async spec(streamId: string, version: number): Promise<{ spec: StreamSpec; transformVersion: number }> {
    return await this.#guard(async () => {
      const [row] = await this.#database.rows<Pick<VersionRow, 'spec' | 'transformVersion'>>(specOfVersion, [streamId, version])
      if (row === undefined) throw new WeaverError('not_found', `stream ${streamId} has no version ${version}`)
      return { ...row, spec: readSpec(row.spec) }
    })
  }

  /** Sealed secrets by name, for a worker. */
  async sealedSecrets(streamId: string): Promise<Readonly<Record<string, string>>> {
    return await this.#guard(async () => {
      const rows = await this.#database.rows<{ name: string; sealed: string }>(sealedOfStream, [streamId])
      return Object.fromEntries(rows.map(({ name, sealed }) => [name, sealed]))
    })
  }

  async #act(
    tenant: string,
    id: string,
    ifRevision: number | undefined,
    act: (tx: Tx, streams: readonly LockedStream[]) => Promise<number>,
  ): Promise<StreamWithRevision> {
    return await this.#transaction(async (tx) => {
      const stream = await lockStream(tx, tenant, id, ifRevision)
      await act(tx, [stream])
      return await this.#read(tx, tenant, stream.row.id)
    })
  }

  async #version(tx: Tx, streamId: string, version: number): Promise<{ spec: StreamSpec }> {
    const { streamVersions } = tables
    const [row] = await tx
      .select({ spec: streamVersions.spec })
      .from(streamVersions)
      .where(and(eq(streamVersions.streamId, streamId), eq(streamVersions.version, version)))
    if (row === undefined) throw new WeaverError('not_found', `the stream has no version ${version}`)
    return { spec: readSpec(row.spec) }
  }

  async #read(tx: Tx, tenant: string, idOrName: string): Promise<StreamWithRevision> {
    const { row, version } = await readStream(tx, tenant, idOrName)
    const [stream] = await this.#views(tx, [{ row, version }])
    return { stream: stream as Stream, revision: row.revision }
  }

  async #views(tx: Tx, rows: readonly { row: StreamRow; version: VersionRow }[]): Promise<Stream[]> {
    const ids = rows.map(({ row }) => row.id)
    const names = await secretNames(tx, ids)
    const pending = await oldestPending(tx, ids)
    const late = await lateOnes(tx, ids)
    const at = this.#clock.now()
    return rows.map(({ row, version }) => {
      const { id } = row
      return toStream(row, version, { names: names.get(id) ?? [], pendingSince: pending.get(id), late: late.has(id), at })
    })
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
