import { createHash, randomUUID } from 'node:crypto'
import { adapter, parseConfig } from '@data-weaver/adapters'
import { documentId, type Doc, silentLog, type SinkEntry, systemClock } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { openObjectStore } from '@data-weaver/object-store'
import { parseSinkEntries, sinkKind } from '@data-weaver/sinks'
import { compileTransform } from '@data-weaver/transform'
import { adapterConfig, transform, workloads } from './workload.ts'

/**
 * The same fetch, put, transform and upsert as a worker does, in a plain loop: no queue, no ledger, nothing kept of what was done; nobody would
 * repeat an upsert, so each waits for the disk. Once it is asked to keep a pace, each loop begins a run every second, or when the last one is over.
 * Runs until its parent says stop, then tells how much it did.
 */
const [, , name, sourceUrl = '', storeUrl = '', sinkName = '', sinkUrl = '', loopsText = '1', offsetText = '0', paceText = '0'] =
  process.argv
const workload = workloads[name === 'B' ? 'B' : 'A']
const loops = Number(loopsText)
const offset = Number(offsetText)
/** Milliseconds from the begin of a run to that of the next one of its loop, once the parent asks for that pace; 0: at once. */
let pace = 0

const stopping = new AbortController()
const { signal } = stopping
const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
const store = await openObjectStore(storeUrl, { clock: systemClock, log: silentLog, random: Math.random })
const { type, ...options } = parseSinkEntries([{ type: sinkName }])[0] as SinkEntry
const sink = await sinkKind(type).open({ ledgerUrl: sinkUrl, vespaUrl: sinkUrl }, options)
const http = adapter('http')
const map = compileTransform(transform)
let seq = 1_000_000_000 * (offset + 1)
let runs = 0
let documents = 0

async function runOnce(stream: number): Promise<void> {
  const config = parseConfig(http, adapterConfig(workload, sourceUrl, stream), [])
  const runId = randomUUID()
  const context = {
    config,
    cursor: null,
    http: egress.http({ signal, secrets: [], log: silentLog }),
    clock: systemClock,
    secret: () => '',
    hasSecret: () => false,
    log: silentLog,
    signal,
    drain: signal,
  }
  for await (const page of http.pages(context)) {
    if ('pieces' in page) continue
    const resultId = randomUUID()
    createHash('sha256').update(page.body).digest('hex')
    await store.put(`bare/${runId}/${resultId}.json`, page.body, { contentType: 'application/json', signal })
    seq += 1
    const lineage = { resultId, record: 0, runId, streamId: runId, streamVersion: 1, transformVersion: 1 }
    const batch: Doc[] = []
    for (const item of http.records(page, config)) {
      if ('problem' in item) throw new Error(item.problem)
      batch.push({
        id: documentId(`bare-${stream}`, item.key),
        tenant: 'bench',
        stream: `bare-${stream}`,
        seq,
        fields: map(item.fields),
        deleted: false,
        lineage,
      })
    }
    await sink.upsert(batch, signal)
    documents += batch.length
  }
  runs += 1
}

const all = Promise.all(
  Array.from({ length: loops }, async (_, index) => {
    let at = 0
    while (!signal.aborted) {
      if (pace > 0) {
        at = at === 0 ? systemClock.monotonic() + (pace * index) / loops : at + pace
        await systemClock.sleep(Math.max(0, at - systemClock.monotonic()), signal).catch(() => {})
      }
      await runOnce(offset * loops + index).catch((error: unknown) => signal.aborted || Promise.reject(error))
    }
  }),
)
process.on('message', (message) => {
  if (message === 'count') process.send?.({ runs, documents })
  if (message === 'pace') pace = Number(paceText)
  if (message === 'stop') stopping.abort(new Error('stopped'))
})
process.once('disconnect', () => process.exit())
process.send?.({ ready: true })
await all
await Promise.all([egress.close(), store.close(), sink.close()])
process.exit()
