import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { eventually, redisCommand, spawnNode, startOwnPostgres, startRedis, temporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import pg from 'pg'
import { request } from 'undici'

// What a result takes up, and what processes hold when nothing happens: the figures of docs/production.md. Sizes, not times.
//   node bench/footprint.ts [results]

const count = Number(process.argv[2] ?? 5000)
const token = 'a-token-for-the-footprint'
const script = (service: string) => fileURLToPath(new URL(`../services/${service}/src/main.ts`, import.meta.url))

await using stack = new AsyncDisposableStack()
const postgres = stack.use(await startOwnPostgres())
const redis = stack.use(await startRedis({ flags: { appendfsync: 'everysec' } }))
const folder = stack.use(await temporaryFolder('footprint'))
const env = {
  WEAVER_LEDGER_URL: postgres.url,
  WEAVER_QUEUE_URL: redis.url,
  WEAVER_STORE_URL: `file://${folder.join('objects')}`,
  WEAVER_SECRET_KEY: generateKey(),
  WEAVER_LOG_LEVEL: 'info',
}
const supervisor = stack.use(spawnNode(script('supervisor'), { env: { ...env, WEAVER_ADMIN_TOKEN: token, WEAVER_PORT: '0' } }))
const [, address = ''] = await supervisor.line(/"address":"([^"]+)".*"supervisor up"/, 60_000)
const worker = stack.use(spawnNode(script('worker'), { env }))
await worker.line(/"worker up"/, 60_000)
const client = new pg.Client({ connectionString: postgres.url })
await client.connect()
stack.defer(() => client.end())

const number = async (text: string) => Number((await client.query<{ n: string }>(text)).rows[0]?.n ?? 0)
const ledgerBytes = () =>
  number(
    `select sum(pg_total_relation_size(c.oid)) as n from pg_class c join pg_namespace s on s.oid = c.relnamespace where s.nspname = 'weaver' and c.relkind = 'r'`,
  )
const documentBytes = () => number(`select pg_total_relation_size('weaver_documents.documents') as n`)
const redisBytes = async () => Number(/used_memory:(\d+)/.exec(await redisCommand(redis.port, 'info', 'memory'))?.[1])
const residentOf = async (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`
const connections = (name: string) => number(`select count(*) as n from pg_stat_activity where application_name like '${name}%'`)
/** Answers whether it was done; 429 and 503 are for another try. */
const tried = async (path: string, body: unknown, key: string): Promise<boolean> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key }
  const answer = await request(`${address}${path}`, {
    method: 'POST',
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.body.text()
  if (answer.statusCode === 429 || answer.statusCode === 503) return false
  if (answer.statusCode >= 300) throw new Error(`${path} answered ${answer.statusCode}: ${text}`)
  return true
}
const post = async (path: string, body: unknown, key: string = randomUUID()) => {
  await eventually(() => tried(path, body, key), { what: `${path} to be taken`, timeoutMs: 300_000 })
}

console.log(
  `idle: supervisor ${mib(await residentOf(supervisor.pid))}, worker ${mib(await residentOf(worker.pid))}, Redis ${mib(await redisBytes())}`,
)
await post('/v1/streams', { name: 'footprint', adapter: 'push', config: { primaryKey: ['id'] }, schedule: { manual: true } })
await post('/v1/streams/footprint/start', undefined)
const [ledger, documents] = [await ledgerBytes(), await documentBytes()]
let next = 0
await Promise.all(
  Array.from({ length: 32 }, async () => {
    for (let n = (next += 1); n <= count; n = next += 1) await post('/v1/ingest/footprint', { id: n, text: 'x'.repeat(570) })
  }),
)
await eventually(async () => (await number('select count(*) as n from weaver_documents.documents')) === count, {
  what: 'all documents',
  timeoutMs: 300_000,
})
await client.query('vacuum')
console.log(
  `a result of one record of 600 bytes: ledger ${Math.round(((await ledgerBytes()) - ledger) / count)} bytes, document ${Math.round(((await documentBytes()) - documents) / count)} bytes`,
)
console.log(
  `connections to Postgres: supervisor ${(await connections('weaver-supervisor')) + (await connections('weaver-leader'))}, worker ${await connections('weaver-worker')}, sinks of both ${await connections('weaver-sink')}`,
)
console.log(`after ${count} results: supervisor ${mib(await residentOf(supervisor.pid))}, worker ${mib(await residentOf(worker.pid))}`)
// Wake-ups that nobody takes: what waits in Redis.
await worker.end()
const before = await redisBytes()
next = 0
await Promise.all(
  Array.from({ length: 32 }, async () => {
    for (let n = (next += 1); n <= 2000; n = next += 1) await post('/v1/ingest/footprint', { id: n, again: true })
  }),
)
console.log(`2000 results that wait: Redis ${Math.round(((await redisBytes()) - before) / 2000)} bytes each`)
