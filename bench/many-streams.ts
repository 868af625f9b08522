/**
 * Acts on very many streams in one call each, and tells how long it took until the operation was complete and until the queue's schedules
 * followed. `node bench/many-streams.ts [--streams N] [--queue redis://…]`
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { startEmbeddedPostgres } from '@data-weaver/embedded-postgres'
import { openQueue } from '@data-weaver/queue'
import { temporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { Pool } from 'undici'
import { start } from './processes.ts'

const { values } = parseArgs({ options: { streams: { type: 'string', default: '10000' }, queue: { type: 'string' } } })
const count = Number(values.streams)
const token = randomBytes(24).toString('base64url')

async function run(): Promise<void> {
  await using folder = await temporaryFolder('bench')
  await using postgres = await startEmbeddedPostgres({ dataDir: folder.join('ledger'), database: 'weaver', log: silentLog })
  await using supervisor = await start<{ address: string }>('../services/supervisor/src/main.ts', [], {
    WEAVER_LEDGER_URL: postgres.url,
    WEAVER_STORE_URL: `file://${folder.join('objects')}`,
    WEAVER_SECRET_KEY: generateKey(),
    WEAVER_ADMIN_TOKEN: token,
    WEAVER_PORT: '0',
    WEAVER_LOG_LEVEL: 'error',
    ...(values.queue === undefined ? {} : { WEAVER_QUEUE_URL: values.queue }),
  })
  const api = new Pool(supervisor.first.address, { connections: 16 })
  const queue = openQueue(values.queue ?? postgres.url, { clock: systemClock, log: silentLog, name: 'bench' })
  const call = async <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const answer = await api.request({ method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`)
    return JSON.parse(text) as T
  }
  const seconds = (since: number): string => ((systemClock.monotonic() - since) / 1000).toFixed(1)
  const schedule = { every: 3_600_000, jitter: 3_600_000 }
  const config = { request: { url: 'http://127.0.0.1:9/' }, records: { path: 'items' }, primaryKey: ['id'] }
  let begun = systemClock.monotonic()
  const names = Array.from({ length: count }, (_, index) => `many-${index}`).values()
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const name of names) await call('POST', '/v1/streams', { name, adapter: 'http', config, schedule })
    }),
  )
  console.log(`${count} streams made in ${seconds(begun)} s, one call each; queue on ${queue.kind}`)

  const schedulers = queue.schedulers('default')
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition())) await systemClock.sleep(100)
  }
  const act = async (body: object, followed: (armed: Awaited<ReturnType<typeof schedulers.list>>) => boolean): Promise<void> => {
    begun = systemClock.monotonic()
    const { id, action } = await call<{ id: string; action: string }>('POST', '/v1/streams/actions', { filter: {}, ...body })
    const answered = seconds(begun)
    await until(async () => (await call<{ state: string }>('GET', `/v1/operations/${id}`)).state === 'completed')
    const completed = seconds(begun)
    await until(async () => followed(await schedulers.list()))
    console.log(
      `  ${action.padEnd(7)} answered after ${answered} s, complete after ${completed} s, schedules followed after ${seconds(begun)} s`,
    )
  }
  await act({ action: 'start' }, (armed) => armed.size === count)
  const changed = { every: 7_200_000, jitter: 3_600_000 }
  await act({ action: 'change', change: { schedule: changed } }, (armed) =>
    [...armed.values()].every(({ fingerprint }) => fingerprint.startsWith('every 7200000')),
  )
  await act({ action: 'stop' }, (armed) => armed.size === 0)
  await queue.close()
  await api.close()
}

await run()
