import { createHash } from 'node:crypto'
import { adapter as adapterById } from '@data-weaver/adapters'
import { type Clock, documentId, type Log, type ObjectStore, type SinkEntry, type StreamSpec, toWeaverError } from '@data-weaver/contracts'
import type { AuditComparison, AuditEntry, AuditPlace, DeliveredResult, Ledger } from '@data-weaver/ledger'

export interface ExpectedParts {
  readonly ledger: Pick<Ledger, 'audits' | 'streams'>
  readonly store: ObjectStore
  readonly clock: Clock
  readonly log: Log
}

/** Results in one step, and those that are read at once. */
const batch = 256
const atOnce = 8
/** Documents in one statement. */
const mostEntries = 5000

/** What was read of the ledger's results. */
export interface ReadCounts {
  results: number
  unreadable: number
}

type Pinned = Awaited<ReturnType<Ledger['streams']['spec']>>

/** Whether an entry of a stream's sinks feeds the place. */
export const feeds = ({ namespace, documentType }: AuditPlace, entry: SinkEntry | undefined): boolean => {
  const { type, namespace: into = 'weaver', documentType: as = 'weaver' } = (entry ?? {}) as Readonly<Record<string, unknown>>
  return type === 'vespa' && into === namespace && as === documentType
}

/**
 * Says which documents a place should have: the stored pages of all results that were delivered there are read again, each by the version that delivered it. Nothing is
 * transformed, ids follow from records alone; records that the transform or the sink refused are not expected.
 */
export async function expectDocuments(
  parts: ExpectedParts,
  comparison: AuditComparison,
  place: AuditPlace,
  { tenant, since }: { readonly tenant: string; readonly since: Date | null },
  signal: AbortSignal,
): Promise<ReadCounts> {
  const counts: ReadCounts = { results: 0, unreadable: 0 }
  for (const streamId of await parts.ledger.audits.feeders(tenant, place)) {
    const specs = new Map<number, Promise<Pinned>>()
    const specOf = (version: number): Promise<Pinned> => {
      const known = specs.get(version) ?? parts.ledger.streams.spec(streamId, version)
      specs.set(version, known)
      return known
    }
    let before = Number.MAX_SAFE_INTEGER
    for (;;) {
      signal.throwIfAborted()
      const results = await parts.ledger.audits.delivered(streamId, before, batch)
      const wanted = results.filter(({ createdAt }) => since === null || createdAt >= since)
      await expectResults(parts, comparison, { place, streamId, specOf, counts }, wanted, signal)
      // The newest come first: what follows is older still.
      if (results.length < batch || wanted.length < results.length) break
      before = results.at(-1)?.seq ?? 0
    }
  }
  return counts
}

interface Reading {
  readonly place: AuditPlace
  readonly streamId: string
  readonly specOf: (version: number) => Promise<Pinned>
  readonly counts: ReadCounts
}

async function expectResults(
  parts: ExpectedParts,
  comparison: AuditComparison,
  reading: Reading,
  results: readonly DeliveredResult[],
  signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < results.length; from += atOnce) {
    const some = results.slice(from, from + atOnce)
    const read = await Promise.all(some.map((result) => entriesOf(parts, reading, result, signal)))
    const entries = read.flatMap((each) => each ?? [])
    for (let at = 0; at < entries.length; at += mostEntries) await comparison.expect(entries.slice(at, at + mostEntries))
    await comparison.noteRead(some.filter((_, index) => read[index] !== undefined).map(({ resultId }) => resultId))
  }
}

/** The documents of a result; undefined when nothing can be said about them. */
async function entriesOf(
  { store, log }: ExpectedParts,
  { place, streamId, specOf, counts }: Reading,
  result: DeliveredResult,
  signal: AbortSignal,
): Promise<readonly AuditEntry[] | undefined> {
  const deliveries = await Promise.all(
    result.deliveries.map(async ({ position, version, refused }) => ({
      position,
      pinned: await specOf(version),
      refused: new Set(refused),
    })),
  )
  const here = deliveries.filter(({ position, pinned }) => feeds(place, pinned.spec.sinks[position]))
  if (here.length === 0) return undefined
  try {
    const body = await store.get(result.key, signal)
    if (createHash('sha256').update(body).digest('hex') !== result.sha256) throw new Error('the object is not what was stored')
    counts.results += 1
    return here.flatMap(({ pinned, refused }) =>
      recordsOf(result, body, pinned.spec, refused, { streamId, transformVersion: pinned.transformVersion }),
    )
  } catch (thrown) {
    signal.throwIfAborted()
    const error = toWeaverError(thrown)
    // A store that is away says nothing of its objects: the audit fails and is asked for again.
    if (error.retryable && error.origin === 'storage') throw error
    log.debug({ err: thrown, resultId: result.resultId }, 'a result could not be read for an audit')
    counts.unreadable += 1
    return undefined
  }
}

function recordsOf(
  result: DeliveredResult,
  body: Uint8Array,
  { config }: StreamSpec,
  refused: ReadonlySet<number>,
  { streamId, transformVersion }: { readonly streamId: string; readonly transformVersion: number },
): readonly AuditEntry[] {
  const { request, response, tenant, stream, seq, resultId } = result
  const entries: AuditEntry[] = []
  let record = -1
  for (const each of adapterById(result.adapter).records({ body, request, response }, config)) {
    record += 1
    if ('problem' in each || refused.has(record)) continue
    const id = documentId(stream, each.key)
    // Such an id is in no database, and Vespa refuses it as well.
    if (id.includes('\0') || !id.isWellFormed()) continue
    entries.push({
      tenant,
      id,
      seq,
      transformVersion,
      record,
      deleted: each.deleted === true,
      resultId,
      streamId,
      writtenAt: 0,
      altered: false,
    })
  }
  return entries
}
