import { randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { silentLog } from '@data-weaver/contracts'
import { freePort, startEmbeddedPostgres } from '@data-weaver/embedded-postgres'
import { requireServer, temporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { chromium, type Page } from 'playwright-core'
import { request } from 'undici'
import { start } from './processes.ts'

// How long it takes from a source that sends to a card that is drawn in the console's Live view, in Chromium: `node bench/live-browser.ts [documents] [a second]`.
// On the way: supervisor, object store, ledger, worker, transform, sink, the live feed, and the page. Build the console first (`npx -y pnpm@12 start` does).

const documents = Number(process.argv[2] ?? 300)
const perSecond = Number(process.argv[3] ?? 10)

const program = await requireServer('chromium')
if (program === undefined) throw new Error('there is no Chromium; `npx -y pnpm@12 servers` installs one')
await using stack = new AsyncDisposableStack()
const folder = stack.use(await temporaryFolder('bench'))
const postgres = stack.use(await startEmbeddedPostgres({ dataDir: folder.join('database'), database: 'weaver', log: silentLog }))
const token = randomBytes(24).toString('base64url')
const address = `http://127.0.0.1:${await freePort()}`
const env = {
  WEAVER_LEDGER_URL: postgres.url,
  WEAVER_STORE_URL: pathToFileURL(folder.join('objects')).href,
  WEAVER_SECRET_KEY: generateKey(),
  WEAVER_LOG_LEVEL: 'warn',
}
const more = { WEAVER_ADMIN_TOKEN: token, WEAVER_PORT: new URL(address).port }
stack.use(await start('../services/supervisor/src/main.ts', [], { ...env, ...more }))
stack.use(await start('../services/worker/src/main.ts', [], env))

async function post(path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await request(`${address}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.body.text()
  if (answer.statusCode >= 300) throw new Error(`POST ${path} answered ${answer.statusCode}: ${text}`)
}

async function openLive(): Promise<Page> {
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking']
  const browser = await chromium.launch({ executablePath: program as string, args: flags })
  stack.defer(() => browser.close())
  const page = await browser.newPage()
  await page.goto(address)
  await page.getByLabel('Admin token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.goto(`${address}/live`)
  await page.getByText('connected').waitFor()
  return page
}

/** Run in the page: when each number was first drawn, milliseconds since the epoch. */
const watching = `
  globalThis.drawn = new Map()
  new MutationObserver(() => {
    const cards = [...document.querySelectorAll('.arrival')]
    requestAnimationFrame(() => {
      const at = performance.timeOrigin + performance.now()
      for (const card of cards) {
        const number = /number-(\\d+)/.exec(card.textContent)?.[1]
        if (number !== undefined && !drawn.has(number)) drawn.set(number, at)
      }
    })
  }).observe(document.body, { childList: true, subtree: true })
  undefined`

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
await post('/v1/streams', {
  ...{ name: 'bench', adapter: 'push', schedule: { manual: true }, transform: null, sinks: [{ type: 'postgres' }] },
  config: { records: {}, primaryKey: ['id'] },
})
await post('/v1/streams/bench/start', {})
const page = await openLive()
await page.evaluate(watching)
const sent = new Map<string, number>()
const answers: Promise<void>[] = []
for (let number = 0; number < documents; number += 1) {
  sent.set(String(number), performance.timeOrigin + performance.now())
  answers.push(post('/v1/ingest/bench', { id: `number-${number}`, title: `number-${number}` }))
  await wait(1000 / perSecond)
}
await Promise.all(answers)
await wait(3000)
const drawn = new Map(await page.evaluate<[string, number][]>('[...drawn]'))
const latencies = [...drawn].map(([number, at]) => at - (sent.get(number) ?? Number.NaN)).toSorted((a, b) => a - b)
const at = (part: number): string =>
  (latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? Number.NaN).toFixed(0)
console.log(`${drawn.size} of ${documents} drawn, ${perSecond} a second: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`)
