import { type CanaryMode, type StreamSpec, WeaverError } from '@data-weaver/contracts'
import { and, eq, sql } from 'drizzle-orm'
import { changeStreams, latestVersions, type LockedStream, lockStreams, versionAfter } from './control.ts'
import { type Database, ledgerError } from './database.ts'
import * as tables from './schema.ts'
import { lockStream, now, readSpec, sameJson, type StreamRow, type Tx } from './stream-rows.ts'

export interface Trial {
  readonly spec: StreamSpec
  readonly mode: CanaryMode
  /** Good runs that make it current. */
  readonly ticks: number
  readonly ifRevision: number
}

/** Trials looked at in one step. */
const batch = 100

/** Versions that are tried before they are current. A trial counts down with each good run and is given up with the first failed one. */
export class TrialStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Puts a configuration on trial; one that the stream has already changes nothing. @throws WeaverError `not_found`, `version_conflict`, `canary_in_progress`. */
  async begin(tenant: string, id: string, { spec, mode, ticks, ifRevision }: Trial): Promise<void> {
    await this.#transaction(async (tx) => {
      const { row, spec: current } = await lockStream(tx, tenant, id, ifRevision)
      refuseOnTrial(row)
      if (sameJson(spec, current)) return
      const numbers = versionAfter({ row, spec: current }, spec, await latestVersions(tx, [row.id]))
      const { version } = numbers
      await tx.insert(tables.streamVersions).values({ streamId: row.id, ...numbers, spec })
      await set(tx, row.id, { canaryVersion: version, canaryMode: mode, canaryLeft: ticks })
    })
  }

  /** Gives up the version on trial. @throws WeaverError `not_found`, `version_conflict`. */
  async giveUp(tenant: string, id: string, ifRevision?: number): Promise<void> {
    await this.#transaction(async (tx) => {
      const { row } = await lockStream(tx, tenant, id, ifRevision)
      if (row.canaryVersion !== null) await set(tx, row.id, none)
    })
  }

  /** The version on trial becomes current, whatever it still needs. @throws WeaverError `not_found`, `version_conflict`. */
  async accept(tenant: string, id: string, ifRevision?: number): Promise<void> {
    await this.#transaction(async (tx) => {
      const stream = await lockStream(tx, tenant, id, ifRevision)
      if (stream.row.canaryVersion === null) throw new WeaverError('not_found', `no version of stream "${stream.row.name}" is on trial`)
      await makeCurrent(tx, stream)
    })
  }

  /** Versions that were good often enough become current. */
  async promote(): Promise<void> {
    await this.#transaction(async (tx) => {
      const { rows } = await tx.execute<{ id: string }>(
        sql`select id from weaver.streams where canary_version is not null and canary_left <= 0 and deleted_at is null limit ${batch}`,
      )
      const streams = await lockStreams(
        tx,
        rows.map(({ id }) => id),
      )
      for (const stream of streams) {
        if (stream.row.canaryVersion !== null && (stream.row.canaryLeft ?? 1) <= 0) await makeCurrent(tx, stream)
      }
    })
  }

  async #transaction(work: (tx: Tx) => Promise<void>): Promise<void> {
    try {
      await this.#database.drizzle.transaction(work)
    } catch (thrown) {
      throw ledgerError(thrown)
    }
  }
}

const none = { canaryVersion: null, canaryMode: null, canaryLeft: null }

/** Ends the trial with its version as the current one. */
async function makeCurrent(tx: Tx, stream: LockedStream): Promise<void> {
  const { streamVersions } = tables
  const { id, canaryVersion } = stream.row
  const [version] = await tx
    .select({ spec: streamVersions.spec, transformVersion: streamVersions.transformVersion })
    .from(streamVersions)
    .where(and(eq(streamVersions.streamId, id), eq(streamVersions.version, canaryVersion ?? 0)))
  if (version !== undefined && canaryVersion !== null) {
    const { spec, transformVersion } = version
    await changeStreams(tx, [stream], () => readSpec(spec), { version: canaryVersion, transformVersion })
  }
  await set(tx, id, none)
}

async function set(tx: Tx, id: string, values: Partial<StreamRow>): Promise<void> {
  await tx
    .update(tables.streams)
    .set({ ...values, revision: sql`revision + 1`, updatedAt: await now(tx) })
    .where(eq(tables.streams.id, id))
}

/** While a version is on trial the configuration stays as it is: what would become current is what was tried. @throws WeaverError `canary_in_progress`. */
export function refuseOnTrial({ name, canaryVersion }: StreamRow): void {
  if (canaryVersion === null) return
  throw new WeaverError('canary_in_progress', `version ${canaryVersion} of stream "${name}" is on trial; wait for its end or give it up`)
}
