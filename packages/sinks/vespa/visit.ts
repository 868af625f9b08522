import { type SinkEnvironment, systemClock, WeaverError } from '@data-weaver/contracts'
import { openConnections } from './connections.ts'
import { type DocumentPlace, documentPath } from './document.ts'
import { exchange, LostConnection, type Reply } from './exchange.ts'
import { messageOf, unavailable } from './feeder.ts'

/** A document as Vespa has it, as far as it can be compared. */
export interface VisitedDocument {
  readonly id: string
  readonly tenant: string
  readonly seq: number
  readonly transformVersion: number
  readonly record: number
  readonly deleted: boolean
  readonly resultId: string
  readonly streamId: string
  /** Seconds since the Unix epoch. */
  readonly writtenAt: number
}

/** A deleted document, as it was found. */
export type Tombstone = Pick<VisitedDocument, 'tenant' | 'id' | 'seq'>

export interface VisitedPage {
  readonly documents: readonly VisitedDocument[]
  /** Documents that Data Weaver did not write. */
  readonly foreign: number
}

export interface Visitor {
  /**
   * All documents of a type, page by page; those of other types that inherit it are not among them. A page that fails is asked for again.
   * @throws WeaverError `sink_unavailable`, or the signal's reason
   */
  visit(place: DocumentPlace, signal: AbortSignal): AsyncIterable<VisitedPage>
  /** Removes tombstones that are still what they were when they were found. @throws WeaverError `sink_unavailable`, or the signal's reason */
  collect(place: DocumentPlace, tombstones: readonly Tombstone[], signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Documents in one answer, and its length at most, bytes. */
const pageSize = 1024
const mostBytes = 16 * 2 ** 20
/** Tombstones that are removed at once. */
const collectedAtOnce = 4
/** Longest time for one answer, milliseconds. */
const answerMs = 60_000
/** Times that one page is asked for. */
const attempts = 8
const firstBackoffMs = 100
const longestBackoffMs = 10_000

const fields = [
  'weaver_id',
  'weaver_tenant',
  'weaver_seq',
  'weaver_transform_version',
  'weaver_record',
  'weaver_deleted',
  'weaver_result_id',
  'weaver_stream_id',
  'weaver_written_at',
]

/** Reads what Vespa has. @throws WeaverError `invalid_settings` when it is not known where Vespa is */
export function openVisitor({ vespaUrl, vespaAccess = {}, clock = systemClock, random = () => 1 }: Partial<SinkEnvironment>): Visitor {
  if (vespaUrl === undefined) throw new WeaverError('invalid_settings', 'WEAVER_VESPA_URL is not set')
  const { connections, destroy } = openConnections(vespaUrl, vespaAccess, { most: 4, connectMs: 10_000, http2: false })

  const ask = async (method: 'GET' | 'DELETE', path: string, signal: AbortSignal): Promise<Reply> => {
    for (let attempt = 1; ; attempt += 1) {
      const reply = await exchange(connections, { method, path, mostBytes }, answerMs + 5000, signal)
      if (!(reply instanceof LostConnection)) {
        // Nothing is removed when the document is gone, or another one by now.
        if (reply.status === 200 || (method === 'DELETE' && [404, 412].includes(reply.status))) return reply
        if (reply.status < 500 && reply.status !== 429) throw unavailable(`cannot be visited (${reply.status}${messageOf(reply, ': ')})`)
      }
      if (attempt >= attempts) throw unavailable(`cannot be visited (${reply instanceof LostConnection ? reply.code : reply.status})`)
      await clock.sleep((0.5 + random() / 2) * Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1)), signal)
    }
  }
  return {
    async *visit({ namespace, documentType }, signal) {
      const fieldSet = encodeURIComponent(`${documentType}:${fields.join(',')}`)
      const path = `/document/v1/${namespace}/${documentType}/docid?wantedDocumentCount=${pageSize}&fieldSet=${fieldSet}&timeout=${answerMs}ms`
      let continuation: string | undefined
      do {
        const reply = await ask(
          'GET',
          continuation === undefined ? path : `${path}&continuation=${encodeURIComponent(continuation)}`,
          signal,
        )
        const page = readPage(reply.body)
        continuation = page.continuation
        yield page
      } while (continuation !== undefined)
    },
    async collect(place, tombstones, signal) {
      const type = place.documentType
      const left = tombstones.values()
      const some = Array.from({ length: collectedAtOnce }, async () => {
        for (const tombstone of left) {
          const condition = `${type}.weaver_deleted == true and ${type}.weaver_seq == ${tombstone.seq}`
          await ask('DELETE', `${documentPath(place, tombstone)}?condition=${encodeURIComponent(condition)}&timeout=${answerMs}ms`, signal)
        }
      })
      await Promise.all(some)
    },
    close: destroy,
  }
}

function readPage(body: string): VisitedPage & { readonly continuation: string | undefined } {
  const { documents, continuation } = parsed(body)
  if (!Array.isArray(documents)) throw unavailable('answered a visit without a list of documents')
  const read = (documents as { fields?: Readonly<Record<string, unknown>> }[]).map(({ fields: found = {} }) => toDocument(found))
  const ours = read.filter((document) => document !== undefined)
  return { documents: ours, foreign: read.length - ours.length, continuation: typeof continuation === 'string' ? continuation : undefined }
}

function parsed(body: string): { documents?: unknown; continuation?: unknown } {
  try {
    return JSON.parse(body) as { documents?: unknown; continuation?: unknown }
  } catch {
    throw unavailable('answered a visit with something that is no JSON')
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function toDocument(found: Readonly<Record<string, unknown>>): VisitedDocument | undefined {
  const [id, tenant, seq, transformVersion, record, deleted, resultId, streamId, writtenAt] = fields.map((name) => found[name])
  if (typeof id !== 'string' || typeof tenant !== 'string' || typeof resultId !== 'string' || typeof streamId !== 'string') return undefined
  if (!uuid.test(resultId) || !uuid.test(streamId)) return undefined
  if (typeof seq !== 'number' || typeof transformVersion !== 'number' || typeof record !== 'number') return undefined
  const written = typeof writtenAt === 'number' ? writtenAt : 0
  return { id, tenant, seq, transformVersion, record, deleted: deleted === true, resultId, streamId, writtenAt: written }
}
