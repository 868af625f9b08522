import type { Clock, LifecycleOutcome, Log, ObjectStore } from '@data-weaver/contracts'
import type { Ledger, NamedObject } from '@data-weaver/ledger'
import { catalogueBucket } from './catalogue/batch-file.ts'

export interface StoreKeepingParts {
  readonly ledger: Pick<Ledger, 'retention'>
  readonly store: ObjectStore
  readonly clock: Clock
  readonly log: Log
}

/** Objects in one step. */
const batch = 500
/** How often results are looked at whose time may be over, milliseconds. */
const expireEveryMs = 600_000
/** How often the whole store is compared with the ledger, milliseconds. It is listed for that. */
const orphansEveryMs = 86_400_000
/** So long after a supervisor came to lead, the first comparison is made, milliseconds. */
const firstOrphansMs = 3_600_000
/** Younger objects are left alone, milliseconds: their result may be about to be committed. */
const orphanAgeMs = 86_400_000
const day = 86_400_000

/** `<bucket>/<run>/<result>.json` */
export const pageKey =
  /^[^/]+\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.[a-z0-9]+)?$/

/** Deletes what the ledger needs no more, until the signal aborts. Only the leader among the supervisors runs it. */
export async function keepStore(parts: StoreKeepingParts, signal: AbortSignal): Promise<void> {
  const { clock, log } = parts
  const told = new Set<LifecycleOutcome>()
  let compareAt = clock.monotonic() + firstOrphansMs
  while (!signal.aborted) {
    await expireResults(parts, signal).catch((error: unknown) => tell(error, 'expired responses could not be deleted'))
    await keepRules(parts, told, signal).catch((error: unknown) => tell(error, 'rules of the object store could not be set'))
    if (clock.monotonic() >= compareAt) {
      compareAt = clock.monotonic() + orphansEveryMs
      await collectOrphans(parts, signal).catch((error: unknown) => tell(error, 'the object store could not be compared with the ledger'))
    }
    await clock.sleep(expireEveryMs, signal).catch(() => {})
  }

  function tell(error: unknown, message: string): void {
    if (!signal.aborted) log.warn({ err: error }, message)
  }
}

/** What the store is told to delete by itself goes so much later than what the ledger deletes, milliseconds: it is a net below it. */
const marginMs = 7 * day

const lacking: Readonly<Record<Exclude<LifecycleOutcome, 'set'>, string>> = {
  unsupported: 'the object store knows no lifecycle rules: what is left over is deleted by supervisors only',
  foreign: 'a bucket has lifecycle rules of others, which stay as they are; what is left over is deleted by supervisors only',
}

/**
 * Has the store itself delete what the ledger should have deleted a week ago, as soon as no stream of the ledger keeps its responses for ever. `told` is
 * what was said already.
 */
export async function keepRules(
  { ledger, store, log }: StoreKeepingParts,
  told: Set<LifecycleOutcome>,
  signal: AbortSignal,
): Promise<void> {
  if (store.expireAfter === undefined) return
  const longest = await ledger.retention.longest()
  const days = longest === null ? null : Math.ceil((longest + marginMs) / day)
  for (const bucket of await ledger.retention.buckets()) {
    // The catalogue is kept for as long as the ledger.
    const outcome = await store.expireAfter(bucket, bucket === catalogueBucket ? null : days, signal)
    if (outcome !== 'set' && !told.has(outcome)) log.info({ bucket }, lacking[outcome])
    told.add(outcome)
  }
}

/**
 * Deletes raw responses whose time is over. The ledger says first that they are gone; what cannot be deleted then is found as an orphan later.
 * Answers how many.
 */
export async function expireResults({ ledger, store, log }: StoreKeepingParts, signal: AbortSignal): Promise<number> {
  let deleted = 0
  let after: string | null = null
  do {
    signal.throwIfAborted()
    const { expired, next }: Awaited<ReturnType<Ledger['retention']['expire']>> = await ledger.retention.expire(batch, after)
    if (expired.length > 0)
      await store.delete(
        expired.map(({ key }) => key),
        signal,
      )
    deleted += expired.length
    after = next
  } while (after !== null)
  if (deleted > 0) log.info({ results: deleted }, 'raw responses were deleted, their time was over')
  return deleted
}

/**
 * Deletes objects that a run of this ledger stored and no result names, a day after they were stored, and what uploads left that did not come to
 * an end within a day. Answers how many objects.
 */
export async function collectOrphans({ ledger, store, clock, log }: StoreKeepingParts, signal: AbortSignal): Promise<number> {
  const before = clock.now() - orphanAgeMs
  let deleted = 0
  let looked: NamedObject[] = []
  const settle = async () => {
    const orphans = await ledger.retention.abandoned(looked)
    looked = []
    if (orphans.length > 0) await store.delete(orphans, signal)
    deleted += orphans.length
  }
  let swept = 0
  for (const bucket of await ledger.retention.buckets()) {
    swept += await store.sweep(`${bucket}/`, before, signal)
    for await (const { key, modifiedAt } of store.list(`${bucket}/`, signal)) {
      const [, runId, resultId] = pageKey.exec(key) ?? []
      if (runId === undefined || resultId === undefined || modifiedAt > before) continue
      looked.push({ key, runId, resultId })
      if (looked.length === batch) await settle()
    }
  }
  if (looked.length > 0) await settle()
  if (swept > 0) log.info({ uploads: swept }, 'uploads that were never completed were removed')
  if (deleted > 0) log.info({ objects: deleted }, 'objects that no result names were deleted')
  return deleted
}
