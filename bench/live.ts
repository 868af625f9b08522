import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { type Doc, silentLog } from '@data-weaver/contracts'
import { freePort, startEmbeddedPostgres } from '@data-weaver/embedded-postgres'
import { sinkKind } from '@data-weaver/sinks'
import { temporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { start } from './processes.ts'

// What live clients cost one supervisor, and how long a document takes from its write to them: `node bench/live.ts [clients] [seconds] [sse|ws]`.
// One kind alone begins with a heap that no other clients have grown.
// The supervisor and the clients are processes of their own; documents are written by the sink here, as a worker does.

const clients = Number(process.argv[2] ?? 2000)
const seconds = Number(process.argv[3] ?? 20)
const kinds = process.argv[4] === undefined ? ['sse', 'ws'] : [process.argv[4]]
/** Documents a second, and how many of them are written at once. */
const loads = [
  { perSecond: 1, batch: 1 },
  { perSecond: 10, batch: 1 },
  { perSecond: 50, batch: 5 },
] as const

interface Report {
  readonly received: number
  readonly lost: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

await using stack = new AsyncDisposableStack()
const folder = stack.use(await temporaryFolder('bench'))
const postgres = stack.use(await startEmbeddedPostgres({ dataDir: folder.join('database'), database: 'weaver', log: silentLog }))
const token = randomBytes(24).toString('base64url')
const port = await freePort()
const supervisor = stack.use(
  await start<{ address: string }>('../services/supervisor/src/main.ts', [], {
    WEAVER_LEDGER_URL: postgres.url,
    WEAVER_STORE_URL: pathToFileURL(folder.join('objects')).href,
    WEAVER_SECRET_KEY: generateKey(),
    WEAVER_ADMIN_TOKEN: token,
    WEAVER_PORT: String(port),
    WEAVER_LOG_LEVEL: 'warn',
  }),
)
const sink = await sinkKind('postgres').open({ ledgerUrl: postgres.url }, {})
stack.defer(() => sink.close())
const never = new AbortController().signal
const ids = { resultId: randomUUID(), runId: randomUUID(), streamId: randomUUID() }
const pid = supervisor.process.pid ?? 0

let written = 0
function nextDoc(): Doc {
  const seq = (written += 1)
  const fields = {
    title: 'M 4.2, 12 km NW of Ridgecrest, California',
    text: 'x'.repeat(150),
    n: seq,
    at: performance.timeOrigin + performance.now(),
  }
  const lineage = { ...ids, record: 0, streamVersion: 1, transformVersion: 1 }
  return { id: `bench:${seq}`, tenant: 'default', stream: 'bench', seq, fields, deleted: false, lineage }
}

const memory = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
/** Seconds of one core; the kernel counts them in hundredths. */
async function cpu(): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function measure({ perSecond, batch }: (typeof loads)[number], ask: () => Promise<Report>): Promise<void> {
  const everyMs = (1000 * batch) / perSecond
  const [from, began] = [await cpu(), performance.now()]
  let wrote = 0
  for (let next = began; performance.now() - began < seconds * 1000; next += everyMs) {
    await wait(Math.max(0, next - performance.now()))
    await sink.upsert(Array.from({ length: batch }, nextDoc), never)
    wrote += batch
  }
  await wait(2000)
  const used = (await cpu()) - from
  const { received, lost, p50, p99, max } = await ask()
  const share = (100 * used) / ((performance.now() - began) / 1000)
  console.log(
    `  ${perSecond} documents/s: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(0)} ms; ${share.toFixed(1)} % of a core, ` +
      `${((used * 1e6) / received).toFixed(1)} us a message; ${(await memory()).toFixed(0)} MiB; ${received} of ${wrote * clients} received, ${lost} lost`,
  )
}

console.log(`${clients} clients, ${seconds} s each`)
for (const kind of kinds) {
  const before = await memory()
  await using child = await start<{ open: number }>('./live-clients.ts', [kind, String(port), token, String(clients)])
  await wait(2000)
  const idle = await cpu()
  await wait(16_000)
  const share = (100 * ((await cpu()) - idle)) / 16
  const open = await memory()
  console.log(
    `${kind}: ${before.toFixed(0)} MiB before, ${open.toFixed(0)} MiB with ${child.first.open} clients (${(((open - before) * 1024) / clients).toFixed(1)} KiB each), idle ${share.toFixed(1)} % of a core`,
  )
  const ask = async () => await child.ask<Report>('report')
  await ask()
  for (const load of loads) await measure(load, ask)
}
