import type { AuditTarget, SinkEnvironment } from '@data-weaver/contracts'
import type { AuditComparison, AuditPlace, AuditWish, Ledger } from '@data-weaver/ledger'
import { openVisitor } from '@data-weaver/sinks'
import { judgeContents } from './contents.ts'
import { expectDocuments, type ExpectedParts, feeds } from './expected.ts'

export interface AuditParts extends ExpectedParts {
  readonly ledger: Pick<Ledger, 'audits' | 'streams' | 'redeliveries'>
  readonly sinks: Partial<SinkEnvironment>
}

/** Examples of each kind of finding. */
const examplesOfEach = 20
/** Results in one operation that delivers again. */
const resultsPerRepair = 10_000
/** Altered documents that one audit makes ready to be written again at most. */
const mostAltered = 100_000
/** Tombstones are kept for so long at least, seconds. */
const tombstoneSeconds = 86_400
/** Tombstones that one audit removes at most. */
const mostCollected = 100_000

/**
 * Compares what Vespa has with what the ledger says it should have, place by place, and has delivered again what is missing, stale or altered when that is wished.
 * @throws WeaverError `sink_unavailable`, `store_unavailable`, `ledger_unavailable`, `invalid_settings`
 */
export async function carryOutAudit(parts: AuditParts, wish: AuditWish, signal: AbortSignal): Promise<readonly AuditTarget[]> {
  const places = (await parts.ledger.audits.places(wish.tenant)).filter(
    ({ documentType }) => wish.documentType === null || documentType === wish.documentType,
  )
  const targets: AuditTarget[] = []
  for (const place of places) targets.push(await auditPlace(parts, wish, place, signal))
  return targets
}

async function auditPlace(parts: AuditParts, wish: AuditWish, place: AuditPlace, signal: AbortSignal): Promise<AuditTarget> {
  const comparison = await parts.ledger.audits.compare()
  try {
    // The ledger first: what is delivered after that is newer in Vespa than expected, which is fine.
    const read = await expectDocuments(parts, comparison, place, wish, signal)
    const foreign = await findDocuments(parts, comparison, wish.tenant, place, signal)
    const counts = await comparison.conclude()
    const collected = await collectTombstones(parts, comparison, place, signal)
    const examples = await comparison.examples(examplesOfEach)
    const repaired = wish.repair ? await repair(parts, comparison, wish.tenant, place, signal) : { repairs: [], unrepairable: 0 }
    return { ...place, ...read, ...counts, collected, foreign, examples: [...examples], ...repaired }
  } finally {
    await comparison.close()
  }
}

async function findDocuments(
  { ledger, sinks }: AuditParts,
  comparison: AuditComparison,
  tenant: string,
  place: AuditPlace,
  signal: AbortSignal,
): Promise<number> {
  const isAltered = judgeContents(ledger, place, sinks.vespaSchemas)
  const visitor = openVisitor(sinks)
  let foreign = 0
  try {
    for await (const page of visitor.visit(place, signal, true)) {
      foreign += page.foreign
      const own = page.documents.filter((document) => document.tenant === tenant && !document.id.includes('\0'))
      await comparison.find(await Promise.all(own.map(async (document) => ({ ...document, altered: await isAltered(document) }))))
    }
    return foreign
  } finally {
    await visitor.close()
  }
}

/** Removes tombstones that nothing older can come after; answers how many. */
async function collectTombstones(
  { sinks }: AuditParts,
  comparison: AuditComparison,
  place: AuditPlace,
  signal: AbortSignal,
): Promise<number> {
  const tombstones = await comparison.collectable(tombstoneSeconds, mostCollected)
  if (tombstones.length === 0) return 0
  const visitor = openVisitor(sinks)
  try {
    await visitor.collect(place, tombstones, signal)
    return tombstones.length
  } finally {
    await visitor.close()
  }
}

/** Makes altered documents of these streams older than what they were, so that they are written again. */
async function outdateAltered(
  { sinks }: AuditParts,
  comparison: AuditComparison,
  place: AuditPlace,
  streams: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const altered = (await comparison.altered(mostAltered)).filter(({ streamId }) => streams.has(streamId))
  if (altered.length === 0) return
  const visitor = openVisitor(sinks)
  try {
    await visitor.outdate(place, altered, signal)
  } finally {
    await visitor.close()
  }
}

/** Results are delivered again by the current version of their stream, to those of its sinks that feed the place. */
async function repair(
  parts: AuditParts,
  comparison: AuditComparison,
  tenant: string,
  place: AuditPlace,
  signal: AbortSignal,
): Promise<Pick<AuditTarget, 'repairs' | 'unrepairable'>> {
  const { ledger } = parts
  const repairs: string[] = []
  const amiss = await Promise.all(
    (await comparison.repairs()).map(async (each) => {
      const found = await ledger.streams.find(tenant, each.streamId)
      return {
        ...each,
        sinks: [...(found?.stream.sinks ?? []).entries()].flatMap(([position, entry]) => (feeds(place, entry) ? [position] : [])),
      }
    }),
  )
  const mendable = amiss.filter(({ sinks }) => sinks.length > 0)
  const unrepairable = amiss.reduce((sum, { sinks, results }) => sum + (sinks.length > 0 ? 0 : results.length), 0)
  await outdateAltered(parts, comparison, place, new Set(mendable.map(({ streamId }) => streamId)), signal)
  for (const { streamId, results, sinks } of mendable) {
    for (let from = 0; from < results.length; from += resultsPerRepair)
      repairs.push(await ledger.redeliveries.reparse(tenant, streamId, { results: results.slice(from, from + resultsPerRepair), sinks }))
  }
  return { repairs, unrepairable }
}
