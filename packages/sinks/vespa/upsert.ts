import { setMaxListeners } from 'node:events'
import { type Clock, type Doc, type Json, type Rejection, WeaverError } from '@data-weaver/contracts'
import { documentBody, documentPath, type DocumentShape, guard, isOlder, orderFields, orderOf, readOrder } from './document.ts'
import type { Reply } from './exchange.ts'
import type { Embedder } from './embedding/embedder.ts'
import { vectorsOf } from './embedding/vectors.ts'
import { type Feeder, isRefusal, messageOf, unavailable } from './feeder.ts'

export interface UpsertParts {
  readonly feeder: Feeder
  readonly shape: DocumentShape
  readonly clock: Clock
  /** Longest time that a batch may take, milliseconds: then it is tried again as a whole. */
  readonly batchMs: number
  /** Longest time that Vespa may take for one operation, milliseconds. */
  readonly operationMs: number
  /** For the fields that are embedded; undefined: there are none. */
  readonly embedder: Embedder | undefined
  /** Aborts when the sink is closed. */
  readonly closing: AbortSignal
}

/** The versions of one document in a batch. */
interface Candidate {
  /** Index into the batch. */
  readonly index: number
  readonly doc: Doc
}

/** Times that a write is sent because Vespa refused its condition although what it holds is older, or gone. */
const mostContradictions = 4

/**
 * Writes a batch: its documents side by side, the newest version of each. Only when Vespa refuses that one, the next older one is tried.
 * The first failure that concerns the whole batch ends the rest of it.
 */
export async function upsertBatch(parts: UpsertParts, batch: readonly Doc[], signal: AbortSignal): Promise<readonly Rejection[]> {
  signal.throwIfAborted()
  parts.closing.throwIfAborted()
  if (batch.length === 0) return []
  parts.feeder.refuseWhileFull()
  const rejections: Rejection[] = []
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)
  const ends = [signal, parts.closing]
  const onAbort = () => stop.abort(ends.find(({ aborted }) => aborted)?.reason)
  for (const end of ends) end.addEventListener('abort', onAbort, { once: true })
  const finished = new AbortController()
  const late = parts.clock.sleep(parts.batchMs, finished.signal).then(
    () => stop.abort(unavailable(`was too slow: a batch was not done within ${parts.batchMs} ms`)),
    () => {},
  )
  try {
    const works = [...byDocument(parts.shape, batch, rejections)].map(async ([path, candidates]) => {
      try {
        await parts.feeder.inOrder(path, stop.signal, () => writeNewest(parts, path, candidates, rejections, stop.signal))
      } catch (error) {
        stop.abort(error)
      }
    })
    await Promise.all(works)
  } finally {
    for (const end of ends) end.removeEventListener('abort', onAbort)
    finished.abort()
    await late
  }
  stop.signal.throwIfAborted()
  return rejections.sort((a, b) => a.index - b.index)
}

/** The versions by path of their document. */
function byDocument(shape: DocumentShape, batch: readonly Doc[], rejections: Rejection[]): Map<string, Candidate[]> {
  const documents = new Map<string, Candidate[]>()
  for (const [index, doc] of batch.entries()) {
    if (!doc.id.isWellFormed()) {
      rejections.push(rejection(index, 'its id holds half of a surrogate pair'))
      continue
    }
    const path = documentPath(shape, doc)
    const known = documents.get(path)
    if (known === undefined) documents.set(path, [{ index, doc }])
    else known.push({ index, doc })
  }
  return documents
}

async function writeNewest(
  parts: UpsertParts,
  path: string,
  candidates: Candidate[],
  rejections: Rejection[],
  signal: AbortSignal,
): Promise<void> {
  // Newest first; of equals the later entry.
  if (candidates.length > 1)
    candidates.sort((a, b) =>
      isOlder(orderOf(a.doc), orderOf(b.doc)) ? 1 : isOlder(orderOf(b.doc), orderOf(a.doc)) ? -1 : b.index - a.index,
    )
  for (const { index, doc } of candidates) {
    const problem = await write(parts, path, doc, signal).catch(problemOf)
    if (problem === undefined) return
    rejections.push(rejection(index, problem))
  }
}

function problemOf(error: unknown): string {
  if (error instanceof WeaverError && error.code === 'sink_rejected') return error.message
  throw error
}

const rejection = (index: number, problem: string): Rejection => ({
  index,
  code: 'sink_rejected',
  message: `the document cannot be stored: ${problem}`,
})

/** Writes one version; answers why it never can be stored, if so. */
async function write(parts: UpsertParts, path: string, doc: Doc, signal: AbortSignal): Promise<string | undefined> {
  const { feeder, shape, clock, operationMs } = parts
  const order = orderOf(doc)
  const vectors = await embedded(parts, path, doc, signal)
  if (vectors === undefined) return undefined
  const body = () => bodyOf(shape, doc, Math.floor(clock.now() / 1000), vectors)
  const timeout = `timeout=${operationMs}ms`
  const put = { method: 'POST', path: `${path}?create=true&condition=${encodeURIComponent(guard(shape, order))}&${timeout}`, body } as const
  const get = { method: 'GET', path: `${path}?fieldSet=${encodeURIComponent(orderFields(shape.documentType))}&${timeout}` } as const
  for (let contradictions = 0; contradictions < mostContradictions; contradictions += 1) {
    const reply = await feeder.answer(put, signal)
    if (isRefusal(reply)) return refusal(reply)
    if (reply.status !== 412) return undefined
    // Either what is there is as new, or it is a document that somebody else wrote: only reading tells.
    const stored = await feeder.answer(get, signal)
    if (isRefusal(stored)) return refusal(stored)
    // It was collected in between.
    if (stored.status === 404) continue
    const found = readOrder(stored.body)
    if (found === undefined) return 'Vespa has a document of this id that Data Weaver did not write'
    if (!isOlder(found, order)) return undefined
  }
  throw new WeaverError('sink_unavailable', 'Vespa kept refusing a condition that holds')
}

/** Largest answer to a read of a document's vectors, bytes. */
const mostVectorBytes = 16 * 2 ** 20

/** The embedded fields; undefined when Vespa has the document already. */
async function embedded(
  { feeder, shape, embedder, operationMs }: UpsertParts,
  path: string,
  doc: Doc,
  signal: AbortSignal,
): Promise<Readonly<Record<string, Json>> | undefined> {
  const { mapping, documentType } = shape
  if (embedder === undefined || doc.deleted) return {}
  // What does not fit is refused before its text costs anything.
  mapping.values(doc.fields, {})
  const readStored = async (names: readonly string[]) => {
    const fieldSet = encodeURIComponent(`${orderFields(documentType)},${names.join(',')}`)
    const stored = await feeder.answer(
      { method: 'GET', path: `${path}?fieldSet=${fieldSet}&format.tensors=hex&timeout=${operationMs}ms`, mostBytes: mostVectorBytes },
      signal,
    )
    if (isRefusal(stored)) throw new WeaverError('sink_rejected', refusal(stored))
    return stored.status === 404 ? undefined : stored.body
  }
  return await vectorsOf(mapping, embedder, doc, readStored, signal)
}

function bodyOf(shape: DocumentShape, doc: Doc, writtenAt: number, vectors: Readonly<Record<string, Json>>): string {
  try {
    return documentBody(shape, doc, writtenAt, vectors)
  } catch (cause) {
    if (cause instanceof RangeError) throw new WeaverError('sink_rejected', 'its fields are nested too deeply, or too large', { cause })
    throw cause
  }
}

const refusal = (reply: Reply): string => `Vespa answered ${reply.status}${messageOf(reply, ': ')}`
