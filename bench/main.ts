/**
 * Throughput of the whole system, driven only through REST and the queue, beside a bare loop of the same fetch, put and upsert in the
 * same run. `pnpm bench [--workload A|B] [--workers N] [--seconds N] [--queue redis://…] [--streams N] [--sink postgres|vespa] [--rate N]
 * [--warm-up N]`. Each stream runs once a second. `--rate 100` offers 100 runs/s to both and tells how long one takes, from the request that comes to the
 * source to the acknowledgement that leaves the sink (vespa), by one clock outside of both.
 */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { startEmbeddedPostgres } from '@data-weaver/embedded-postgres'
import { temporaryFolder } from '@data-weaver/testkit'
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
    sink: { type: 'string' },
    rate: { type: 'string' },
    'warm-up': { type: 'string', default: '10' },
  },
})
/** Runs a second that are offered; undefined: as many as there can be. */
const rate = values.rate === undefined ? undefined : Number(values.rate)
const sinkName = values.sink === 'vespa' || rate !== undefined ? 'vespa' : 'postgres'
if (rate !== undefined && values.sink === 'postgres') throw new Error('--rate is measured at the stub of vespa: leave --sink out')
const workers = Number(values.workers)
const windowMs = Number(values.seconds) * 1000
/** Caches, pools and the compiler come to rest, also where a rate is offered with as much work as there can be: at the rate that takes many minutes. */
const warmUpMs = Number(values['warm-up']) * 1000
/** From the end of the warm-up to the window of a rate: what it left waiting is done. */
const settleMs = 4000
/** Milliseconds between the ticks of a stream. */
const everyMs = 1000
/** Loops of one bare process: as many things under way as a worker has fetch slots. */
const bareLoops = 32

interface Figures {
  readonly runs: number
  readonly documents: number
  readonly cpuMsPerRun: number
  /** Undefined where the source is fetched from as quickly as it goes: what waits for a place is no latency. */
  readonly latency: Quantiles | undefined
  /** How late ticks are; the bare loop has none. */
  readonly late?: Quantiles | undefined
}

interface Quantiles {
  readonly p50: number
  readonly p99: number
}

interface Bench {
  readonly sourceUrl: string
  readonly storeUrl: string
  readonly ledgerUrl: string
  readonly vespa: Child & { readonly first: { readonly port: number } }
}

async function bare(workload: Workload, { sourceUrl, storeUrl, ledgerUrl, vespa }: Bench): Promise<Figures> {
  const processes: Child[] = []
  for (let index = 0; index < workers; index += 1) {
    const sink = [sinkName, sinkName === 'vespa' ? urlOf(vespa) : ledgerUrl]
    const loops = rate === undefined ? [bareLoops, index, 0] : [Math.ceil(rate / workers), index, 1000]
    processes.push(await start('./bare-loop.ts', [workload.name, sourceUrl, storeUrl, ...sink, ...loops.map(String)]))
  }
  const count = async () => {
    const counts = await Promise.all(processes.map((child) => child.ask<{ runs: number; documents: number }>('count')))
    return { runs: sum(counts.map(({ runs }) => runs)), documents: sum(counts.map(({ documents }) => documents)) }
  }
  const slowDown = async () => {
    for (const child of processes) child.process.send('pace')
  }
  const figures = await measure({ count, slowDown, processes, vespa })
  await Promise.all(processes.map((child) => child.end()))
  return figures
}

interface Measured {
  readonly count: () => Promise<{ runs: number; documents: number }>
  /** After a warm-up with as much work as there can be: from now on what {@link rate} says. */
  readonly slowDown: () => Promise<void>
  readonly processes: readonly Child[]
  readonly vespa: Child
}

async function measure({ count, slowDown, processes, vespa }: Measured): Promise<Figures> {
  await systemClock.sleep(warmUpMs, interrupted.signal)
  if (rate !== undefined) {
    await slowDown()
    await systemClock.sleep(settleMs, interrupted.signal)
  }
  const cpu = () => sum(processes.map(({ process: { pid } }) => cpuMs(pid ?? 0)))
  const before = { ...(await count()), cpu: cpu(), at: systemClock.monotonic() }
  await vespa.ask('latencies')
  await systemClock.sleep(windowMs, interrupted.signal)
  const took = (await vespa.ask<number[]>('latencies')).toSorted((a, b) => a - b)
  const after = { ...(await count()), cpu: cpu(), at: systemClock.monotonic() }
  const seconds = (after.at - before.at) / 1000
  const runs = after.runs - before.runs
  const at = (share: number) => took[Math.floor(share * (took.length - 1))] ?? 0
  return {
    runs: runs / seconds,
    documents: (after.documents - before.documents) / seconds,
    cpuMsPerRun: (after.cpu - before.cpu) / runs,
    latency: rate === undefined ? undefined : { p50: at(0.5), p99: at(0.99) },
  }
}

const urlOf = ({ first: { port } }: { readonly first: { readonly port: number } }): string => `http://127.0.0.1:${port}`
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

async function weaver(workload: Workload, bench: Bench): Promise<Figures> {
  const token = randomBytes(24).toString('base64url')
  const env = {
    WEAVER_LEDGER_URL: bench.ledgerUrl,
    WEAVER_STORE_URL: bench.storeUrl,
    WEAVER_VESPA_URL: urlOf(bench.vespa),
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
  const offered = values.queue === undefined ? workload.streams.postgres : workload.streams.redis(workers)
  const count = Math.max(rate ?? 0, Number(values.streams ?? offered))
  const names = Array.from({ length: count }, (_, index) => `${index < (rate ?? count) ? 'bench' : 'warm-up'}-${workload.name}-${index}`)
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
  const counted = async () => {
    const { rows } = await client.query<{ runs: string; documents: string }>(
      `select count(*) filter (where state = 'succeeded') as runs, coalesce(sum(documents), 0) as documents from weaver.runs`,
    )
    return { runs: Number(rows[0]?.runs), documents: Number(rows[0]?.documents) }
  }
  const slowDown = () => post('/v1/streams/actions', { action: 'stop', filter: { prefix: 'warm-up' } })
  const figures = await measure({ count: counted, slowDown, processes, vespa: bench.vespa })
  const late = rate === undefined ? undefined : await lateness(client)
  await post('/v1/streams/actions', { action: 'stop', filter: {} })
  await client.end()
  await api.close()
  await Promise.all(processes.map((child) => child.end()))
  return { ...figures, late }
}

/** How much later than the most punctual run of its stream one begins, milliseconds, in the window: when a tick is due follows from where its stream is spread to. */
async function lateness(client: pg.Client): Promise<Quantiles | undefined> {
  const { rows } = await client.query<Quantiles>(
    `with after as (select stream_id, extract(epoch from started_at - tick) * 1000 as ms from weaver.runs where started_at > now() - $1 * interval '1 ms'),
       late as (select ms - min(ms) over (partition by stream_id) as ms from after)
     select percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99 from late`,
    [windowMs],
  )
  return rows[0]
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
  const { late } = weaverFigures
  if (late !== undefined) console.log(`  ticks begin  p50 ${late.p50.toFixed(0)} ms, p99 ${late.p99.toFixed(0)} ms late`)
  const [ours, theirs] = [weaverFigures.latency, bareFigures.latency]
  if (ours !== undefined && theirs !== undefined)
    return console.log(
      `  ratio        p50 ${(ours.p50 / theirs.p50).toFixed(1)}, p99 ${(ours.p99 / theirs.p99).toFixed(1)} times the bare loop's`,
    )
  const ratio = workload.name === 'A' ? weaverFigures.runs / bareFigures.runs : weaverFigures.documents / bareFigures.documents
  console.log(`  ratio        ${ratio.toFixed(2)} of the bare loop's ${workload.name === 'A' ? 'runs' : 'documents'}`)
}

await using folder = await temporaryFolder('bench')
console.log(
  `${availableParallelism()} cores, Node ${process.version}, queue on ${values.queue === undefined ? 'PostgreSQL' : 'Redis'}, stub store, sink ${sinkName === 'vespa' ? 'vespa (stub)' : 'postgres'}; workers' CPU only`,
)
for (const workload of values.workload === undefined ? Object.values(workloads) : [workloads[values.workload === 'B' ? 'B' : 'A']]) {
  await using postgres = await startEmbeddedPostgres({ dataDir: folder.join(workload.name), database: 'weaver', log: silentLog })
  await using source = await start<{ port: number }>('./stub-source.ts', [])
  await using store = await start<{ port: number }>('./stub-store.ts', [])
  await using vespa = await start<{ port: number }>('./stub-vespa.ts', [])
  const bench = {
    sourceUrl: urlOf(source),
    storeUrl: `s3://bench:bench-secret@127.0.0.1:${store.first.port}/?region=us-east-1&tls=0`,
    ledgerUrl: postgres.url,
    vespa,
  }
  const bareFigures = await bare(workload, bench)
  print(workload, bareFigures, await weaver(workload, bench))
}
