import { randomUUID } from 'node:crypto'
import type { Clock, Doc, EmbeddingAccess, JsonObject } from '@data-weaver/contracts'
import { type Answer, type RecordedRequest, sourceServer, type SourceServer } from '@data-weaver/testkit'
import { defaultLimits, openVespa, type VespaLimits, type VespaSink } from '../index.ts'

/** What the test wants in the place of an answer; undefined: what Vespa would answer. */
export type Fault = (request: RecordedRequest, index: number) => Answer | undefined | Promise<Answer | undefined>

export interface PlayedVespa extends AsyncDisposable {
  readonly server: SourceServer
  readonly sink: VespaSink
  /** Another sink with the same entry, as another worker has it. */
  open(): Promise<VespaSink>
  /** Bodies' fields by path. */
  readonly documents: Map<string, JsonObject>
  /** Most operations that were under way at once. */
  mostAtOnce(): number
  /** From now on; its index begins at 0. */
  fault(fault: Fault): void
}

export const shape = { namespace: 'weaver', documentType: 'weaver', fields: {} }

/** Limits that make a test quick. */
export const quick: VespaLimits = {
  ...defaultLimits,
  firstBackoffMs: 1,
  longestBackoffMs: 20,
  pauseMs: 200,
  batchMs: 20_000,
  embedding: { ...defaultLimits.embedding, firstBackoffMs: 1, longestBackoffMs: 20 },
}

/**
 * A server that behaves as Vespa's document API does for the requests of the sink, as far as its logic depends on it: whether a condition holds
 * is decided by the order in the body. The real one is behind `*.real.test.ts`.
 */
export async function playVespa(
  limits: VespaLimits = quick,
  parts: { clock?: Clock; random?: () => number; embedding?: EmbeddingAccess } = {},
  entry: JsonObject = shape,
): Promise<PlayedVespa> {
  const documents = new Map<string, JsonObject>()
  let atOnce = 0
  let most = 0
  let fault: Fault = () => undefined
  let index = 0
  const server = await sourceServer(async (request) => {
    if (request.path.includes('/docid/weaver-probe?')) return { status: 412, body: {} }
    atOnce += 1
    most = Math.max(most, atOnce)
    try {
      return (await fault(request, index++)) ?? answer(documents, request)
    } finally {
      atOnce -= 1
    }
  })
  const open = () => openVespa({ ledgerUrl: '', vespaUrl: server.url, ...parts }, entry, limits)
  const sink = await open()
  return {
    server,
    sink,
    open,
    documents,
    mostAtOnce: () => most,
    fault(next) {
      fault = next
      index = 0
    },
    async [Symbol.asyncDispose]() {
      await sink.close()
      await server.close()
    },
  }
}

function answer(documents: Map<string, JsonObject>, { method, path, body }: RecordedRequest): Answer {
  const [key = ''] = path.split('?')
  const stored = documents.get(key)
  if (method === 'GET') return stored === undefined ? { status: 404, body: {} } : { body: { fields: stored } }
  const { fields } = JSON.parse(body) as { fields: JsonObject }
  if (stored !== undefined && !(Number(stored['weaver_seq']) < Number(fields['weaver_seq']))) {
    return { status: 412, body: { message: 'Condition did not match document' } }
  }
  documents.set(key, fields)
  return { body: {} }
}

const streamId = randomUUID()

export function doc(id: string, seq: number, fields: JsonObject = { n: seq }, more: Partial<Doc> = {}): Doc {
  const resultId = `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`
  const lineage = { resultId, record: 0, runId: resultId, streamId, streamVersion: 1, transformVersion: 1 }
  return { id, tenant: 'default', stream: 'played', seq, fields, deleted: false, lineage, ...more }
}

export const docs = (count: number, seq = 1): Doc[] => Array.from({ length: count }, (_, n) => doc(`played:${n}`, seq))

export const never = new AbortController().signal
