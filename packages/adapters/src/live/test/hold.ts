import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Adapter, silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { sse } from '../../../sse/index.ts'
import { websocket } from '../../../websocket/index.ts'

// Holds many quiet streams in one process, ends them all, and prints what it took: `hold.ts <adapter> <port> <count>`.

const [id = '', port = '', countText = '0'] = process.argv.slice(2)
const count = Number(countText)
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const memory = (): number => {
  collect()
  return process.memoryUsage.rss()
}

const kinds: Readonly<Record<string, { readonly adapter: Adapter; readonly url: string }>> = {
  sse: { adapter: sse, url: `http://127.0.0.1:${port}/events` },
  websocket: { adapter: websocket, url: `ws://127.0.0.1:${port}/live` },
}
const kind = kinds[id]
if (kind === undefined) throw new Error(`no such adapter: ${id}`)

const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
const own = egress.http({ signal: new AbortController().signal, secrets: [], log: silentLog })

/** Waits until the source has so many connections. */
async function opened(wanted: number): Promise<void> {
  for (;;) {
    const { body } = await own.request({ url: `http://127.0.0.1:${port}/count` })
    if (Number(Buffer.from(body).toString()) === wanted) return
    await systemClock.sleep(10)
  }
}

/** A stream as a worker runs it; answers what it ended with. */
async function hold({ adapter, url }: { readonly adapter: Adapter; readonly url: string }, signal: AbortSignal): Promise<unknown> {
  const pages = adapter.pages({
    config: { url },
    cursor: null,
    http: egress.http({ signal, secrets: ['a-secret-of-the-stream'], log: silentLog }),
    clock: systemClock,
    secret: () => '',
    hasSecret: () => false,
    log: silentLog,
    signal,
    drain: new AbortController().signal,
  })
  try {
    for await (const _page of pages) throw new Error('a quiet stream gave a page')
    return undefined
  } catch (error) {
    return error
  }
}

await opened(0)
const before = memory()
const startedAt = systemClock.monotonic()
const stops = Array.from({ length: count }, () => new AbortController())
const ends = stops.map(({ signal }) => hold(kind, signal))
await opened(count)
const openMs = systemClock.monotonic() - startedAt
/** How long it is looked at while nothing happens, milliseconds. */
const quietMs = 1000
const cpuBefore = process.cpuUsage()
const quietFrom = systemClock.monotonic()
while (systemClock.monotonic() < quietFrom + quietMs) await systemClock.sleep(quietMs)
const { user, system } = process.cpuUsage(cpuBefore)
const cpuShare = (user + system) / 1000 / (systemClock.monotonic() - quietFrom)
const after = memory()
const reason = new WeaverError('interrupted', 'stopped')
const abortedAt = systemClock.monotonic()
for (const stop of stops) stop.abort(reason)
const reasons = await Promise.all(ends)
const endMs = systemClock.monotonic() - abortedAt
await opened(0)
const goneMs = systemClock.monotonic() - abortedAt
await egress.close()
const ended = reasons.filter((one) => one === reason).length
process.stdout.write(`result ${JSON.stringify({ ended, openMs, endMs, goneMs, cpuShare, growth: after - before })}\n`)
