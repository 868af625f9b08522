import { createHash, randomUUID } from 'node:crypto'
import { documentId, type Json, type JsonObject, type WeaverError } from '@data-weaver/contracts'
import type { ClaimedRun } from '@data-weaver/ledger'
import { eventually } from '@data-weaver/testkit'
import type { Api } from './harness.ts'

const signal = new AbortController().signal
const workerId = 'worker-of-the-test'

/** Claims the next tick of a started stream, as a worker would: the one of now, or when that has run already, the one after it. */
export async function claimTick(api: Api, streamId: string, leaseMs = 60_000): Promise<ClaimedRun> {
  const order = { kind: 'tick', streamId } as const
  return await eventually(
    async () => {
      const ids = { runId: randomUUID(), canaryRunId: randomUUID() }
      const claim = await api.ledger.claim(workerId, leaseMs, { ...order, at: Date.now(), ...ids })
      if (claim.outcome === 'claimed') return claim.run
      if (claim.outcome !== 'duplicate') throw new Error(`the tick was not claimed: ${claim.outcome}`)
      return undefined
    },
    { what: 'a tick that has not run' },
  )
}

export interface PlayedPage {
  readonly runId: string
  readonly resultId: string
  readonly key: string
  readonly seq: number
}

/**
 * Stores and commits one page of a run, and delivers its records as documents, unless it is to stay on its way. The first `refused` of them become
 * dead letters.
 */
export async function commitPage(
  api: Api,
  run: ClaimedRun,
  body: string | Uint8Array,
  more: Partial<{
    contentType: string
    part: number
    records: readonly (JsonObject & { readonly id: string | number })[]
    refused: number
    onItsWay: boolean
    cursor: Json
    ends: boolean
  }> = {},
): Promise<PlayedPage> {
  const { contentType = 'application/json', part = 0, records = [], refused = 0, onItsWay = false } = more
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const resultId = randomUUID()
  const key = `results/${run.id}/${resultId}.json`
  await api.parts.store.put(key, bytes, { contentType, signal })
  const committed = await api.ledger.commitPage({
    runId: run.id,
    epoch: run.epoch,
    resultId,
    part,
    key,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.byteLength,
    contentType,
    request: { method: 'GET', url: 'http://source.example/items?key=***', headers: { accept: 'application/json' } },
    response: { status: 200, headers: { 'content-type': contentType }, receivedAt: new Date().toISOString(), durationMs: 12.5 },
    sinks: [{ type: 'postgres' }],
    cursor: more.cursor,
    gap: undefined,
    ends: more.ends ?? false,
    carrier: null,
  })
  if (onItsWay) return { runId: run.id, resultId, key, seq: committed.seq }
  const lineage = { resultId, runId: run.id, streamId: run.streamId, streamVersion: run.version, transformVersion: 1 }
  const documents = records.map((fields, record) => ({
    id: documentId(run.stream, [fields.id]),
    tenant: 'default',
    stream: run.stream,
    seq: committed.seq,
    fields,
    deleted: false,
    lineage: { ...lineage, record },
  }))
  await api.documents.upsert(documents.slice(refused), signal)
  for (const deliveryId of committed.deliveryIds) {
    await api.ledger.beginDeliveries(workerId, [deliveryId])
    const error = { code: 'record_invalid', origin: 'transform', message: 'the record has no id' } as const
    const refusals = documents.slice(0, refused).map((_document, record) => ({ record, error }))
    await api.ledger.acknowledge({
      deliveryId,
      attempt: 1,
      state: 'done',
      records: records.length,
      documents: records.length - refused,
      refusals,
      error: null,
      retryAfterMs: 0,
    })
  }
  return { runId: run.id, resultId, key, seq: committed.seq }
}

/** Ends the fetch of a run; `error` makes it fail. */
export async function endRun(api: Api, run: ClaimedRun, error?: WeaverError): Promise<void> {
  const runError =
    error === undefined
      ? null
      : {
          code: error.code,
          origin: error.origin,
          message: error.message,
          ...(error.upstreamCode === undefined ? {} : { upstreamCode: error.upstreamCode }),
        }
  await api.ledger.endFetch({
    runId: run.id,
    epoch: run.epoch,
    outcome: error === undefined ? 'fetched' : 'failed',
    error: runError,
    retryAfterMs: 0,
    autoPause: null,
  })
}
