/**
 * Throughput of the whole system, driven only through REST and the queue, beside a bare loop of the same fetch, put and upsert in the
 * same run. `pnpm bench [--workload A|B] [--workers N] [--seconds N] [--queue redis://…] [--streams N] [--sink postgres|vespa] [--rate N]
 * [--warm-up N]`. Each stream runs once a second. `--rate 100` offers 100 runs/s to both and tells how long one takes.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { startEmbeddedPostgres } from '@data-weaver/embedded-postgres'
import { generateKey } from '@data-weaver/vault'
import pg from 'pg'
import { Pool } from 'undici'
import { type Child, cpuMs, start } from './processes.ts'
import { adapterConfig, transform, type Workload, workloads } from './workload.ts'

// An interrupted measurement leaves nothing behind: children end when their parent is gone, the folder is removed below.
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort(new Error(signal)))

const { values } = parseArgs({
  options: {
    workload: { type: 'string' },
    workers: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '15' },
    queue: { type: 'string' },
    streams: { type: 'string' },
    sink: { type: 'string', default: 'postgres' },
    rate: { type: 'string' },
    'warm-up': { type: 'string', default: '4' },
  },
})
/** Runs a second that are offered; undefined: as many as there can be. */
const rate = values.rate === undefined ? undefined : Number(values.rate)
const sinkName = values.sink === 'vespa' ? 'vespa' : 'postgres'
const workers = Number(values.workers)
const windowMs = Number(values.seconds) * 1000
/** Caches, pools and the compiler come to rest: at a low rate that takes a minute. */
const warmUpMs = Number(values['warm-up']) * 1000
/** Milliseconds between the ticks of a stream. */
const everyMs = 1000
/** Loops of one bare process: as many things under way as a worker has fetch slots. */
const bareLoops = 32

interface Figures {
  readonly runs: number
  readonly documents: number
  readonly cpuMsPerRun: number
  /** Undefined where the source is fetched from as quickly as it goes: what waits for a place is no latency. */
  readonly latency: Latency | undefined
}

interface Bench {
  readonly sourceUrl: string
  readonly storeUrl: string
  readonly ledgerUrl: string
  readonly vespaUrl: string
}

async function bare(workload: Workload, { sourceUrl, storeUrl, ledgerUrl, vespaUrl }: Bench): Promise<Figures> {
  const processes: Child[] = []
  for (let index = 0; index < workers; index += 1) {
    const sink = [sinkName, sinkName === 'vespa' ? vespaUrl : ledgerUrl]
    const loops = rate === undefined ? [bareLoops, index, 0] : [Math.ceil(rate / workers), index, 1000]
    processes.push(await start('./bare-loop.ts', [workload.name, sourceUrl, storeUrl, ...sink, ...loops.map(String)]))
  }
  let took: number[] = []
  const count = async () => {
    const counts = await Promise.all(processes.map((child) => child.ask<{ runs: number; documents: number; latencies: number[] }>('count')))
    took = counts.flatMap(({ latencies }) => latencies).toSorted((a, b) => a - b)
    return { runs: sum(counts.map(({ runs }) => runs)), documents: sum(counts.map(({ documents }) => documents)) }
  }
  const figures = await measure(count, processes)
  await Promise.all(processes.map((child) => child.end()))
  const at = (share: number) => took[Math.floor(share * (took.length - 1))] ?? 0
  return { ...figures, latency: rate === undefined ? undefined : { p50: at(0.5), p99: at(0.99) } }
}

async function measure(
  count: () => Promise<{ runs: number; documents: number }>,
  processes: readonly Child[],
): Promise<Omit<Figures, 'latency'>> {
  await systemClock.sleep(warmUpMs, interrupted.signal)
  const cpu = () => sum(processes.map(({ process: { pid } }) => cpuMs(pid ?? 0)))
  const before = { ...(await count()), cpu: cpu(), at: systemClock.monotonic() }
  await systemClock.sleep(windowMs, interrupted.signal)
  const after = { ...(await count()), cpu: cpu(), at: systemClock.monotonic() }
  const seconds = (after.at - before.at) / 1000
  const runs = after.runs - before.runs
  return { runs: runs / seconds, documents: (after.documents - before.documents) / seconds, cpuMsPerRun: (after.cpu - before.cpu) / runs }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

async function weaver(workload: Workload, bench: Bench): Promise<Figures> {
  const token = randomBytes(24).toString('base64url')
  const env = {
    WEAVER_LEDGER_URL: bench.ledgerUrl,
    WEAVER_STORE_URL: bench.storeUrl,
    WEAVER_VESPA_URL: bench.vespaUrl,
    WEAVER_SECRET_KEY: generateKey(),
    WEAVER_EGRESS_ALLOW: '127.0.0.1',
    WEAVER_LOG_LEVEL: 'error',
    ...(values.queue === undefined ? {} : { WEAVER_QUEUE_URL: values.queue }),
  }
  await using supervisor = await start<{ address: string }>('../services/supervisor/src/main.ts', [], {
    ...env,
    WEAVER_PORT: '0',
    WEAVER_ADMIN_TOKEN: token,
  })
  const processes: Child[] = []
  for (let index = 0; index < workers; index += 1) processes.push(await start('../services/worker/src/main.ts', [], env))
  const api = new Pool(supervisor.first.address, { connections: 8 })
  const post = async (path: string, body?: unknown): Promise<void> => {
    const answer = await api.request({
      method: 'POST',
      path,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`POST ${path} answered ${answer.statusCode}: ${text}`)
  }
  const offered = workload.streams[values.queue === undefined ? 'postgres' : 'redis']
  const names = Array.from({ length: rate ?? Number(values.streams ?? offered) }, (_, index) => `bench-${workload.name}-${index}`)
  await inTurns(names, 16, async (name, index) => {
    await post('/v1/streams', {
      name,
      adapter: 'http',
      config: adapterConfig(workload, bench.sourceUrl, index),
      // Spread over the interval: what is offered is the same at all times.
      schedule: { every: everyMs, jitter: everyMs },
      timeout: 60_000,
      transform,
      sinks: [{ type: sinkName }],
    })
  })
  await post('/v1/streams/actions', { action: 'start', filter: {} })
  const client = new pg.Client({ connectionString: bench.ledgerUrl })
  await client.connect()
  const count = async () => {
    const { rows } = await client.query<{ runs: string; documents: string }>(
      `select count(*) filter (where state = 'succeeded') as runs, coalesce(sum(documents), 0) as documents from weaver.runs`,
    )
    return { runs: Number(rows[0]?.runs), documents: Number(rows[0]?.documents) }
  }
  const figures = await measure(count, processes)
  const latency = rate === undefined ? undefined : await latencies(client)
  await post('/v1/streams/actions', { action: 'stop', filter: {} })
  await client.end()
  await api.close()
  await Promise.all(processes.map((child) => child.end()))
  return { ...figures, latency }
}

interface Latency {
  readonly p50: number
  readonly p99: number
}

/** From sending the request to the acknowledgement by the sink, milliseconds, of what was delivered in the window. */
async function latencies(client: pg.Client): Promise<Latency> {
  const { rows } = await client.query<Latency>(
    `with took as (
       select extract(epoch from d.finished_at) * 1000 - extract(epoch from (r.response ->> 'receivedAt')::timestamptz) * 1000 + (r.response ->> 'durationMs')::float8 as ms
       from weaver.deliveries d join weaver.results r on r.id = d.result_id where d.finished_at > now() - $1 * interval '1 ms')
     select percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99 from took`,
    [windowMs],
  )
  return rows[0] as Latency
}

async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T, index: number) => Promise<void>): Promise<void> {
  const entries = items.entries()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [index, item] of entries) await work(item, index)
    }),
  )
}

function print(workload: Workload, bareFigures: Figures, weaverFigures: Figures): void {
  const row = (name: string, { runs, documents, cpuMsPerRun, latency }: Figures) =>
    console.log(
      `  ${name.padEnd(12)} ${runs.toFixed(0).padStart(8)} runs/s ${documents.toFixed(0).padStart(9)} documents/s ${cpuMsPerRun.toFixed(2).padStart(8)} ms CPU a run` +
        (latency === undefined ? '' : `, request to acknowledgement p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms`),
    )
  console.log(`\nWorkload ${workload.name} (${workload.title}), ${workers} process(es), window ${windowMs / 1000} s`)
  row('bare loop', bareFigures)
  row('data weaver', weaverFigures)
  const [ours, theirs] = [weaverFigures.latency, bareFigures.latency]
  if (ours !== undefined && theirs !== undefined)
    return console.log(
      `  ratio        p50 ${(ours.p50 / theirs.p50).toFixed(1)}, p99 ${(ours.p99 / theirs.p99).toFixed(1)} times the bare loop's`,
    )
  const ratio = workload.name === 'A' ? weaverFigures.runs / bareFigures.runs : weaverFigures.documents / bareFigures.documents
  console.log(`  ratio        ${ratio.toFixed(2)} of the bare loop's ${workload.name === 'A' ? 'runs' : 'documents'}`)
}

const folder = await mkdtemp(join(tmpdir(), 'weaver-bench-'))
try {
  console.log(
    `${availableParallelism()} cores, Node ${process.version}, queue on ${values.queue === undefined ? 'PostgreSQL' : 'Redis'}, stub store, sink ${sinkName === 'vespa' ? 'vespa (stub)' : 'postgres'}; workers' CPU only`,
  )
  for (const workload of values.workload === undefined ? Object.values(workloads) : [workloads[values.workload === 'B' ? 'B' : 'A']]) {
    await using postgres = await startEmbeddedPostgres({ dataDir: join(folder, workload.name), database: 'weaver', log: silentLog })
    await using source = await start<{ port: number }>('./stub-source.ts', [])
    await using store = await start<{ port: number }>('./stub-store.ts', [])
    await using vespa = await start<{ port: number }>('./stub-vespa.ts', [])
    const bench = {
      sourceUrl: `http://127.0.0.1:${source.first.port}`,
      storeUrl: `s3://bench:bench-secret@127.0.0.1:${store.first.port}/?region=us-east-1&tls=0`,
      ledgerUrl: postgres.url,
      vespaUrl: `http://127.0.0.1:${vespa.first.port}`,
    }
    const bareFigures = await bare(workload, bench)
    print(workload, bareFigures, await weaver(workload, bench))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
