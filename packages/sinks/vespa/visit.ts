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
  /** The version of the stream that wrote it. */
  readonly streamVersion: number
  /** Seconds since the Unix epoch. */
  readonly writtenAt: number
  /** Its fields as Vespa has them: all of them, or those that all documents have. */
  readonly stored: Readonly<Record<string, unknown>>
}

/** A document in the state in which it was found. */
export type FoundDocument = Pick<VisitedDocument, 'tenant' | 'id' | 'seq' | 'transformVersion' | 'record'>

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
   * @param whole with all of their fields
   * @throws WeaverError `sink_unavailable`, or the signal's reason
   */
  visit(place: DocumentPlace, signal: AbortSignal, whole?: boolean): AsyncIterable<VisitedPage>
  /**
   * Makes documents that are still what they were when they were found older than the write that they come from, so that it is taken when it comes again. Vectors are
   * forgotten to be those of their texts. @throws WeaverError `sink_unavailable`, or the signal's reason
   */
  outdate(place: DocumentPlace, documents: readonly FoundDocument[], signal: AbortSignal): Promise<void>
  /** Removes tombstones that are still what they were when they were found. @throws WeaverError `sink_unavailable`, or the signal's reason */
  collect(place: DocumentPlace, tombstones: readonly Tombstone[], signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Documents in one answer at first, without and with all of their fields: half as many are asked for when they are too large for one answer. */
const pageSize = 1024
const wholePageSize = 256
/** Length of one answer at most, bytes. */
const mostBytes = 16 * 2 ** 20
/** Documents that are removed or changed at once. */
const changedAtOnce = 4
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
  'weaver_stream_version',
]

/** Reads what Vespa has. @throws WeaverError `invalid_settings` when it is not known where Vespa is */
export function openVisitor({ vespaUrl, vespaAccess = {}, clock = systemClock, random = () => 1 }: Partial<SinkEnvironment>): Visitor {
  if (vespaUrl === undefined) throw new WeaverError('invalid_settings', 'WEAVER_VESPA_URL is not set')
  const { connections, destroy } = openConnections(vespaUrl, vespaAccess, { most: 4, connectMs: 10_000, http2: false })

  const ask = async (method: 'GET' | 'PUT' | 'DELETE', path: string, signal: AbortSignal, body?: () => string): Promise<Reply> => {
    for (let attempt = 1; ; attempt += 1) {
      const reply = await exchange(
        connections,
        { method, path, mostBytes, ...(body === undefined ? {} : { body }) },
        answerMs + 5000,
        signal,
      )
      if (!(reply instanceof LostConnection)) {
        // Nothing is removed or changed when the document is gone, or another one by now.
        if (reply.status === 200 || (method !== 'GET' && [404, 412].includes(reply.status))) return reply
        if (reply.status < 500 && reply.status !== 429) throw unavailable(`cannot be visited (${reply.status}${messageOf(reply, ': ')})`)
      }
      if (attempt >= attempts) throw unavailable(`cannot be visited (${reply instanceof LostConnection ? reply.code : reply.status})`)
      await clock.sleep((0.5 + random() / 2) * Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1)), signal)
    }
  }
  return {
    async *visit({ namespace, documentType }, signal, whole = false) {
      const fieldSet = encodeURIComponent(`${documentType}:${whole ? '[document]' : fields.join(',')}`)
      const path = `/document/v1/${namespace}/${documentType}/docid?fieldSet=${fieldSet}&timeout=${answerMs}ms`
      let wanted = whole ? wholePageSize : pageSize
      let continuation: string | undefined
      for (;;) {
        const from = continuation === undefined ? '' : `&continuation=${encodeURIComponent(continuation)}`
        const { body } = await ask('GET', `${path}&wantedDocumentCount=${wanted}${from}`, signal)
        const page = readPage(body)
        if (page !== undefined) {
          yield page
          continuation = page.continuation
          if (continuation === undefined) return
        } else if (wanted > 1) wanted = Math.ceil(wanted / 4)
        else throw unavailable('answered a visit with something that is no list of documents')
      }
    },
    async collect(place, tombstones, signal) {
      const type = place.documentType
      await forEachOf(tombstones, async (tombstone) => {
        const condition = `${type}.weaver_deleted == true and ${type}.weaver_seq == ${tombstone.seq}`
        await ask('DELETE', `${documentPath(place, tombstone)}?condition=${encodeURIComponent(condition)}&timeout=${answerMs}ms`, signal)
      })
    },
    async outdate(place, documents, signal) {
      const type = place.documentType
      const body = () => JSON.stringify({ fields: { weaver_record: { assign: -1 }, weaver_embedded: { assign: {} } } })
      await forEachOf(documents, async (document) => {
        const { seq, transformVersion, record } = document
        const condition = `${type}.weaver_seq == ${seq} and ${type}.weaver_transform_version == ${transformVersion} and ${type}.weaver_record == ${record}`
        await ask('PUT', `${documentPath(place, document)}?condition=${encodeURIComponent(condition)}&timeout=${answerMs}ms`, signal, body)
      })
    },
    close: destroy,
  }
}

/** A few at a time. */
async function forEachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const some = Array.from({ length: changedAtOnce }, async () => {
    for (const item of left) await work(item)
  })
  await Promise.all(some)
}

/** Undefined when it is cut off, or something else. */
function readPage(body: string): (VisitedPage & { readonly continuation: string | undefined }) | undefined {
  const { documents, continuation } = parsed(body)
  if (!Array.isArray(documents)) return undefined
  const read = (documents as { fields?: Readonly<Record<string, unknown>> }[]).map(({ fields: found = {} }) => toDocument(found))
  const ours = read.filter((document) => document !== undefined)
  return { documents: ours, foreign: read.length - ours.length, continuation: typeof continuation === 'string' ? continuation : undefined }
}

function parsed(body: string): { documents?: unknown; continuation?: unknown } {
  try {
    return JSON.parse(body) as { documents?: unknown; continuation?: unknown }
  } catch {
    return {}
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function toDocument(found: Readonly<Record<string, unknown>>): VisitedDocument | undefined {
  const [id, tenant, seq, transformVersion, record, deleted, resultId, streamId, writtenAt, streamVersion] = fields.map(
    (name) => found[name],
  )
  if (typeof id !== 'string' || typeof tenant !== 'string' || typeof resultId !== 'string' || typeof streamId !== 'string') return undefined
  if (!uuid.test(resultId) || !uuid.test(streamId)) return undefined
  if (typeof seq !== 'number' || typeof transformVersion !== 'number' || typeof record !== 'number') return undefined
  const written = typeof writtenAt === 'number' ? writtenAt : 0
  const version = typeof streamVersion === 'number' ? streamVersion : 0
  return {
    ...{ id, tenant, seq, transformVersion, record, deleted: deleted === true, resultId, streamId },
    ...{ streamVersion: version, writtenAt: written, stored: found },
  }
}
