import type { Clock, Log, ObjectStore, SinkEntry, SinkEnvironment } from '@data-weaver/contracts'
import type { Ledger, PurgedStream } from '@data-weaver/ledger'
import { sinkKind } from '@data-weaver/sinks'
import { purgedKey } from './catalogue/batch-file.ts'

export interface PurgingParts {
  readonly ledger: Pick<Ledger, 'retention' | 'catalogue'>
  readonly store: ObjectStore
  /** What sinks are opened with. */
  readonly sinks: Partial<SinkEnvironment>
  readonly ledgerUrl: string
  readonly clock: Clock
  readonly log: Log
}

/** Results in one step, and streams that are looked at together. */
const batch = 500
const streamsAtOnce = 20
/** How often deleted streams are looked for that are to be purged, milliseconds. */
const purgeEveryMs = 2000
/** So long after a failure it is tried again, milliseconds. */
const pauseMs = 30_000

/** Purges what was deleted with the wish to, until the signal aborts. Only the leader among the supervisors runs it. */
export async function keepPurging(parts: PurgingParts, signal: AbortSignal): Promise<void> {
  const { clock, log } = parts
  while (!signal.aborted) {
    const wait = await purgeStreams(parts, signal).then(
      () => purgeEveryMs,
      (error: unknown) => {
        if (!signal.aborted) log.warn({ err: error }, 'a deleted stream could not be purged yet')
        return pauseMs
      },
    )
    await clock.sleep(wait, signal).catch(() => {})
  }
}

/** Removes documents, raw responses and results of deleted streams. Each step is safe to repeat. Answers how many streams are done. */
export async function purgeStreams(parts: PurgingParts, signal: AbortSignal): Promise<number> {
  const { ledger, store, log } = parts
  const streams = await ledger.retention.purgeable(streamsAtOnce)
  for (const stream of streams) {
    let documents = 0
    for (const entry of stream.sinks) documents += await forgetIn(entry, stream, parts, signal)
    const results = await purgeResults(stream.id, parts, signal)
    // The catalogue names it and what was asked for it; a ledger that is made again from there leaves it out.
    const mark = Buffer.from(JSON.stringify({ streamId: stream.id }))
    await store.put(purgedKey(await ledger.catalogue.identity(), stream.id), mark, { contentType: 'application/json', signal })
    await ledger.retention.purged(stream.id)
    log.info({ stream: stream.name, streamId: stream.id, results, documents }, 'a deleted stream was purged')
  }
  return streams.length
}

/** The objects first: what the ledger still names can be deleted again. */
async function purgeResults(streamId: string, { ledger, store }: PurgingParts, signal: AbortSignal): Promise<number> {
  let gone = 0
  for (;;) {
    signal.throwIfAborted()
    const some = await ledger.retention.toPurge(streamId, batch)
    if (some.length === 0) return gone
    await store.delete(
      some.map(({ key }) => key),
      signal,
    )
    await ledger.retention.drop(
      streamId,
      some.map(({ id }) => id),
    )
    gone += some.length
  }
}

/** A kind of sink that cannot delete by stream keeps its documents. */
async function forgetIn({ type, ...options }: SinkEntry, stream: PurgedStream, parts: PurgingParts, signal: AbortSignal): Promise<number> {
  const { sinks, ledgerUrl } = parts
  const sink = await sinkKind(type).open({ ...sinks, ledgerUrl }, options)
  try {
    return (await sink.forget?.(stream, signal)) ?? 0
  } finally {
    await sink.close()
  }
}
