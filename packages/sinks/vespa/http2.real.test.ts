import { fileURLToPath } from 'node:url'
import { eventually, findVespa, startTcpProxy, startVespa, type TestVespa } from '@data-weaver/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openVespa } from './index.ts'
import { docs, never, quick, shape } from './test/played-vespa.ts'

const folder = await findVespa()
const applicationPackage = fileURLToPath(new URL('../../../deploy/vespa', import.meta.url))

describe.skipIf(folder === undefined)('the vespa sink over HTTP/2, on Vespa’s document handler', () => {
  let server: TestVespa
  beforeAll(async () => {
    server = await startVespa(folder ?? '', applicationPackage)
  }, 300_000)
  afterAll(() => server.stop())
  beforeEach(async () => void (await server.control({ clear: 1, latencyMs: 0, maxPending: 1000 })))

  const open = (vespaUrl: string, limits = quick) => openVespa({ ledgerUrl: '', vespaUrl }, { ...shape, http2: true }, limits)

  it('writes, supersedes and reads, many operations at once over few connections', async () => {
    await using proxy = await startTcpProxy(Number(new URL(server.url).port))
    await server.control({ latencyMs: 20 })
    const sink = await open(`http://127.0.0.1:${proxy.port}`, { ...quick, window: { ...quick.window, first: 64 } })
    try {
      expect(await sink.upsert(docs(300, 2), never)).toEqual([])
      expect(await sink.upsert(docs(300, 1), never)).toEqual([])
      expect((await server.control({})).documents).toBe(300)
      expect(proxy.connections()).toBeLessThanOrEqual(4)
    } finally {
      await sink.close()
    }
  })

  it('halves its window on 429, and loses nothing', async () => {
    const sink = await open(server.url)
    try {
      await server.control({ fault: 'OVERLOAD', times: 200 })
      expect(await sink.upsert(docs(200), never)).toEqual([])
      expect(sink.statistics().overloads).toBe(200)
      expect((await server.control({})).documents).toBe(200)
    } finally {
      await sink.close()
    }
  })

  it('survives connections that break, and heeds an abort', async () => {
    await using proxy = await startTcpProxy(Number(new URL(server.url).port))
    await server.control({ latencyMs: 50 })
    const sink = await open(`http://127.0.0.1:${proxy.port}`)
    try {
      const upserted = sink.upsert(docs(200), never)
      await eventually(() => sink.statistics().inFlight > 0, { what: 'operations under way' })
      proxy.reset()
      expect(await upserted).toEqual([])
      expect(sink.statistics().retries).toBeGreaterThan(0)
      const controller = new AbortController()
      const reason = new Error('stopped')
      const aborted = sink.upsert(docs(200, 2), controller.signal)
      await eventually(() => sink.statistics().inFlight > 0, { what: 'operations under way' })
      controller.abort(reason)
      await expect(aborted).rejects.toBe(reason)
      expect(await sink.upsert(docs(200, 2), never)).toEqual([])
    } finally {
      await sink.close()
    }
    expect((await server.control({})).documents).toBe(200)
  })
})
