import { createHash } from 'node:crypto'
import { type ObjectStore, type StoredObject, WeaverError } from '@data-weaver/contracts'
import type { CataloguedResult, CataloguedStream, Ledger } from '@data-weaver/ledger'
import { catalogueBucket, readBatchKey, readPurgedKey, unpackBatch } from '../catalogue/batch-file.ts'
import { pageKey } from '../store-keeping.ts'

export interface RestoreParts {
  readonly ledger: Pick<Ledger, 'catalogue' | 'streams' | 'redeliveries'>
  readonly store: ObjectStore
  /** Prints a line for whoever restores. */
  readonly tell: (line: string) => void
}

export interface RestoreWish {
  /** Whose catalogue is read, when there are several. */
  readonly from?: string
  /** The stream that raw responses in its bucket belong to which no catalogue names. */
  readonly stream?: string
  /** Says what there is, and changes nothing. */
  readonly dryRun?: boolean
}

export interface Restored {
  /** Results that are in the ledger again, by stream. */
  readonly results: ReadonlyMap<string, number>
  /** Results of a catalogue whose raw response is not in the store. */
  readonly gone: number
  /** Raw responses that no catalogue names and that were not given to a stream. */
  readonly unknown: number
}

const tenant = 'default'
/** Raw responses that are read and put back at once, without a catalogue. */
const adoptedAtOnce = 50

/**
 * Rebuilds streams and results of a ledger that was lost from what lies in the store: the catalogue says of which stream a raw response is, and
 * what was asked and answered. Then every stream that got results back is re-parsed, so that its documents come again. Repeated, it goes on where it
 * was cut off.
 * @throws WeaverError `not_found` without a catalogue and a stream, `invalid_request` when it must be said which catalogue, and as the store does
 */
export async function restoreLedger(parts: RestoreParts, wish: RestoreWish, signal: AbortSignal): Promise<Restored> {
  const { ledger, store, tell } = parts
  const { files, purged } = await catalogueFiles(store, wish, signal)
  const nameOf = await namesIn(store, files, purged, signal)
  const present = new Present(store, signal)
  const counts = new Map<string, number>()
  const named = new Set<string>()
  const streams = new Map<string, CataloguedStream>()
  let gone = 0
  for (const key of files) {
    const batch = await unpackBatch(key, await store.get(key, signal))
    const there: CataloguedResult[] = []
    const kept = batch.streams
      .filter(({ id, deleted }) => !deleted && !purged.has(id))
      .map((stream) => ({ ...stream, name: nameOf(stream) }))
    for (const stream of kept) streams.set(stream.id, stream)
    for (const result of batch.results) {
      named.add(result.id)
      if (!streams.has(result.streamId) || purged.has(result.streamId)) continue
      if (await present.has(result.key)) there.push(result)
      else gone += 1
    }
    add(counts, wish.dryRun === true ? tally(there) : await ledger.catalogue.restore({ streams: kept, results: there }))
  }
  if (wish.dryRun !== true) await ledger.catalogue.raiseNumbers()
  const buckets = new Set([...streams.values()].map(({ spec }) => spec.bucket))
  const unknown = await adoptUnknown(parts, { ...wish, buckets, named, counts }, signal)
  for (const [id, n] of counts) tell(`${streams.get(id)?.name ?? wish.stream ?? id}: ${n} results`)
  if (wish.dryRun !== true) for (const [id, n] of counts) if (n > 0) await ledger.redeliveries.reparse(tenant, id, {})
  return { results: counts, gone, unknown }
}

/** Characters of a name at most. */
const longestName = 63

/**
 * A name that several streams had one after the other belongs to the last of them. The others were deleted, or renamed, after their last result: they come back under a name of
 * their own.
 */
async function namesIn(
  store: ObjectStore,
  files: readonly string[],
  purged: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<(stream: CataloguedStream) => string> {
  const owners = new Map<string, string>()
  for (const key of files) {
    const { streams } = await unpackBatch(key, await store.get(key, signal))
    for (const { id, name, deleted } of streams) if (!deleted && !purged.has(id)) owners.set(name, id)
  }
  return ({ id, name }) => (owners.get(name) === id ? name : `${name.slice(0, longestName - 9)}-${id.slice(-8)}`)
}

interface Catalogued {
  /** The files of one catalogue, in order. */
  readonly files: readonly string[]
  /** Streams that were purged since. */
  readonly purged: ReadonlySet<string>
}

async function catalogueFiles(store: ObjectStore, { from, stream }: RestoreWish, signal: AbortSignal): Promise<Catalogued> {
  const files = new Map<string, string[]>()
  const purged = new Set<string>()
  for await (const { key } of store.list(`${catalogueBucket}/`, signal)) {
    const gone = readPurgedKey(key)
    if (gone !== undefined) purged.add(gone)
    const ledger = readBatchKey(key)?.ledger
    if (ledger !== undefined) files.set(ledger, [...(files.get(ledger) ?? []), key])
  }
  const found = [...files].map(([ledger, keys]) => `${ledger} (${keys.length} files, up to ${keys.at(-1) ?? ''})`).join(', ')
  if (from !== undefined) {
    const chosen = files.get(from)
    if (chosen === undefined) throw new WeaverError('not_found', `there is no catalogue of ${from}; there are: ${found || 'none'}`)
    return { files: chosen, purged }
  }
  if (files.size > 1)
    throw new WeaverError('invalid_request', `the store has catalogues of several ledgers; name one with --from: ${found}`)
  if (files.size === 0 && stream === undefined)
    throw new WeaverError('not_found', 'the store has no catalogue; name the stream that its raw responses belong to with --stream')
  return { files: [...files.values()][0] ?? [], purged }
}

/** Which raw responses are there. A bucket is listed once, when it is first asked for: about 150 bytes of memory for each object. */
class Present {
  readonly #store: ObjectStore
  readonly #signal: AbortSignal
  readonly #buckets = new Map<string, Promise<ReadonlySet<string>>>()

  constructor(store: ObjectStore, signal: AbortSignal) {
    this.#store = store
    this.#signal = signal
  }

  async has(key: string): Promise<boolean> {
    const bucket = key.slice(0, key.indexOf('/'))
    let listed = this.#buckets.get(bucket)
    if (listed === undefined) this.#buckets.set(bucket, (listed = this.#list(bucket)))
    return (await listed).has(key)
  }

  async #list(bucket: string): Promise<ReadonlySet<string>> {
    const keys = new Set<string>()
    for await (const { key } of this.#store.list(`${bucket}/`, this.#signal)) keys.add(key)
    return keys
  }
}

interface Adoption extends RestoreWish {
  readonly buckets: ReadonlySet<string>
  /** Results that a catalogue names. */
  readonly named: ReadonlySet<string>
  readonly counts: Map<string, number>
}

interface Unknown extends StoredObject {
  readonly runId: string
  readonly resultId: string
}

/** Raw responses that nobody names go to the stream that was named for them. Answers how many are left. */
async function adoptUnknown({ ledger, store }: RestoreParts, wish: Adoption, signal: AbortSignal): Promise<number> {
  const owner = wish.stream === undefined ? undefined : (await ledger.streams.get(tenant, wish.stream)).stream
  let left = 0
  let held: Unknown[] = []
  const settle = async () => {
    const known = wish.dryRun === true ? new Set() : await ledger.catalogue.known(held.map(({ resultId }) => resultId))
    const unknown = held.filter(({ resultId }) => !known.has(resultId))
    held = []
    if (owner === undefined || wish.dryRun === true) left += unknown.length
    else {
      const about = { streamId: owner.id, streamVersion: owner.version }
      const results = await Promise.all(unknown.map(async (object) => ({ ...(await readUnknown(store, object, signal)), ...about })))
      add(wish.counts, await ledger.catalogue.restore({ streams: [], results }))
    }
  }
  for (const bucket of owner === undefined ? wish.buckets : [owner.bucket]) {
    for await (const object of store.list(`${bucket}/`, signal)) {
      const [, runId, resultId] = pageKey.exec(object.key) ?? []
      if (runId === undefined || resultId === undefined || wish.named.has(resultId)) continue
      held.push({ ...object, runId, resultId })
      if (held.length === adoptedAtOnce) await settle()
    }
  }
  await settle()
  return left
}

/** What an object tells by itself: its run, its bytes, and when it was stored. What was asked is not among it. */
async function readUnknown(
  store: ObjectStore,
  { key, runId, resultId, modifiedAt }: Unknown,
  signal: AbortSignal,
): Promise<Omit<CataloguedResult, 'streamId' | 'streamVersion'>> {
  const body = await store.get(key, signal)
  const contentType = isJson(body) ? 'application/json' : 'application/octet-stream'
  const receivedAt = new Date(modifiedAt).toISOString()
  return {
    id: resultId,
    seq: null,
    runId,
    trigger: 'schedule',
    part: 0,
    key,
    sha256: createHash('sha256').update(body).digest('hex'),
    size: body.byteLength,
    contentType,
    gap: null,
    request: { method: 'GET', url: 'unknown:', headers: {} },
    response: { status: 200, headers: { 'content-type': contentType }, receivedAt, durationMs: 0 },
    createdAt: receivedAt,
  }
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return true
  } catch {
    return false
  }
}

const tally = (results: readonly CataloguedResult[]): ReadonlyMap<string, number> =>
  new Map([...Map.groupBy(results, ({ streamId }) => streamId)].map(([id, group]) => [id, group.length]))

function add(counts: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [id, n] of more) counts.set(id, (counts.get(id) ?? 0) + n)
}
