import {
  type ProxyState,
  requireServer,
  requireVersitygw,
  startRedis,
  startTcpProxy,
  startVersitygw,
  type TcpProxy,
} from '@data-weaver/testkit'
import { expect, inject, test } from 'vitest'
import { campaign } from './campaign.ts'
import { noteOutages, type Outage, sufferAll } from './series.ts'

const outcomes = inject('faultOutcomes')
const redisServer = await requireServer('redis-server')
const versitygw = await requireVersitygw()

const states: readonly { readonly state: ProxyState; readonly what: string; readonly forMs: number; readonly latencyMs?: number }[] = [
  { state: 'slow', what: '150 ms late each way, for 3 s', forMs: 3000, latencyMs: 150 },
  { state: 'cut', what: 'cut, for 3 s', forMs: 3000 },
  { state: 'silent', what: 'half open, for 4 s', forMs: 4000 },
  { state: 'deaf', what: 'arrives, answers are lost, for 2 s', forMs: 2000 },
]

const outagesOf = (name: string, proxy: TcpProxy): readonly Outage[] => [
  ...states.map(({ state, what, forMs, latencyMs }) => ({
    fault: `Line to the ${name}: ${what}`,
    begin: () => proxy.set(state, latencyMs),
    end: () => proxy.set('open'),
    forMs,
    times: 1,
  })),
  { fault: `Line to the ${name}: reset`, begin: () => proxy.reset(), end: () => {}, forMs: 0, times: 2 },
]

const through = (url: string, proxy: TcpProxy): string => {
  const address = new URL(url)
  return url.replace(`:${address.port}`, `:${proxy.port}`)
}

test.skipIf(redisServer === undefined || versitygw === undefined)('lines between the processes that break in every way', async () => {
  await using redis = await startRedis()
  await using store = await startVersitygw(versitygw as string)
  await using toQueue = await startTcpProxy(redis.port)
  await using toStore = await startTcpProxy(store.port)
  const stack = new AsyncDisposableStack()
  let toLedger: TcpProxy | undefined
  try {
    let outages: readonly Outage[] = []
    const verdict = await campaign(
      {
        queueUrl: redis.url,
        queueVia: through(redis.url, toQueue),
        storeUrl: store.url,
        storeVia: through(store.url, toStore),
        async ledgerVia(url) {
          toLedger = stack.use(await startTcpProxy(Number(new URL(url).port)))
          return through(url, toLedger)
        },
      },
      async (scene) => {
        outages = [
          ...outagesOf('ledger and the sink', toLedger as TcpProxy),
          ...outagesOf('queue', toQueue),
          ...outagesOf('store', toStore),
        ]
        await sufferAll(scene, outages, 3)
      },
    )
    noteOutages(outcomes, 'Redis', outages, verdict)
    expect(verdict.violations).toEqual([])
  } finally {
    await stack.disposeAsync()
  }
})
