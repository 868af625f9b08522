import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Doc } from '@data-weaver/contracts'
import { vespa } from '@data-weaver/sinks'
import { findVespa, startVespa } from '@data-weaver/testkit'
import { Pool } from 'undici'

// Documents a second into Vespa's own document handler: the sink beside a bare undici loop, in turns, in one process and one run.
// The bare loop posts the same bodies over a fixed number of connections, with the same conditions and without any, and looks at the status alone.

const seconds = Number(process.argv[2] ?? 5)
const rounds = Number(process.argv[3] ?? 2)
const batchSize = 500
/** Batches that a worker has under way at once. */
const atOnce = 4
const bareConnections = 64
const documents = 100_000
const type = 'weaver'

const folder = await findVespa()
if (folder === undefined) process.exit(1)
await using server = await startVespa(folder, fileURLToPath(new URL('../deploy/vespa', import.meta.url)))

const streamId = randomUUID()
const resultId = randomUUID()
const fields = { title: 'M 4.2, 12 km NW of Ridgecrest, California', text: 'x'.repeat(200), magnitude: 4.2 }
const never = new AbortController().signal

const docOf = (n: number): Doc => ({
  id: `bench:${n % documents}`,
  tenant: 'default',
  stream: 'bench',
  seq: 1 + Math.floor(n / documents),
  fields,
  deleted: false,
  lineage: { resultId, record: n % batchSize, runId: resultId, streamId, streamVersion: 1, transformVersion: 1 },
})

interface Figures {
  readonly perSecond: number
  /** Microseconds of this process's processors per document. */
  readonly cpu: number
}

async function measured(work: (goesOn: () => boolean) => Promise<number>): Promise<Figures> {
  const begin = performance.now()
  const cpu = process.cpuUsage()
  const done = await work(() => performance.now() - begin < seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: done / ((performance.now() - begin) / 1000), cpu: (user + system) / done }
}

let next = 0

async function feed(http2: boolean): Promise<Figures & { readonly window: number; readonly p50: number; readonly p99: number }> {
  const sink = await vespa.open({ ledgerUrl: '', vespaUrl: server.url }, { documentType: type, namespace: 'weaver', fields: {}, http2 })
  const figures = await measured(async (goesOn) => {
    let done = 0
    const feeding = Array.from({ length: atOnce }, async () => {
      while (goesOn()) {
        const from = next
        next += batchSize
        const rejections = await sink.upsert(
          Array.from({ length: batchSize }, (_, at) => docOf(from + at)),
          never,
        )
        if (rejections.length > 0) throw new Error(rejections[0]?.message)
        done += batchSize
      }
    })
    await Promise.all(feeding)
    return done
  })
  const { window, latencyMs } = sink.statistics?.() ?? { window: 0, latencyMs: { p50: 0, p90: 0, p99: 0 } }
  await sink.close()
  return { ...figures, window, ...latencyMs }
}

/** What the sink sends, by hand. */
function bodyOf({ id, tenant, stream, seq, lineage }: Doc): string {
  const own = { weaver_id: id, weaver_tenant: tenant, weaver_stream: stream, weaver_seq: seq, weaver_deleted: false, weaver_written_at: 1 }
  const origin = { weaver_result_id: lineage.resultId, weaver_run_id: lineage.runId, weaver_stream_id: lineage.streamId }
  const order = { weaver_transform_version: 1, weaver_stream_version: 1, weaver_record: lineage.record }
  return JSON.stringify({ fields: { ...own, ...origin, ...order, weaver_fields: JSON.stringify(fields) } })
}

const condition = ({ seq, lineage }: Doc) =>
  `${type}.weaver_seq < ${seq} or (${type}.weaver_seq == ${seq} and (${type}.weaver_transform_version < 1 or (${type}.weaver_transform_version == 1 and ${type}.weaver_record < ${lineage.record})))`

async function bare(isGuarded: boolean): Promise<Figures> {
  const pool = new Pool(server.url, { connections: bareConnections, pipelining: 1 })
  const figures = await measured(async (goesOn) => {
    let done = 0
    const posting = Array.from({ length: bareConnections }, async () => {
      while (goesOn()) {
        const doc = docOf(next++)
        const query = isGuarded ? `?create=true&condition=${encodeURIComponent(condition(doc))}` : ''
        const { statusCode, body } = await pool.request({
          method: 'POST',
          path: `/document/v1/weaver/${type}/docid/${encodeURIComponent(`default:${doc.id}`)}${query}`,
          headers: { 'content-type': 'application/json' },
          body: bodyOf(doc),
        })
        await body.dump()
        if (statusCode !== 200) throw new Error(`Vespa answered ${statusCode}`)
        done += 1
      }
    })
    await Promise.all(posting)
    return done
  })
  await pool.close()
  return figures
}

const shown = ({ perSecond, cpu }: Figures) => `${Math.round(perSecond)} documents/s, ${cpu.toFixed(0)} µs of CPU each`

// The handler is slow until its code is compiled.
await bare(false)
for (let round = 1; round <= rounds; round++) {
  const fed = await feed(false)
  const guarded = await bare(true)
  const overHttp2 = await feed(true)
  const unguarded = await bare(false)
  console.log(`round ${round}`)
  console.log(
    `  sink       ${shown(fed)}, window ${fed.window}, answers within ${fed.p50.toFixed(1)} ms (p50), ${fed.p99.toFixed(1)} ms (p99)`,
  )
  console.log(`  HTTP/2     ${shown(overHttp2)}, window ${overHttp2.window}`)
  console.log(`  bare loop  ${shown(guarded)}, ${bareConnections} connections, the same requests`)
  console.log(`  bare loop  ${shown(unguarded)}, ${bareConnections} connections, without conditions`)
  console.log(`  the sink is at ${(fed.perSecond / guarded.perSecond).toFixed(2)} of the bare loop`)
}
