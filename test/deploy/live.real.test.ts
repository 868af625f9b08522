import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { createClient } from '@data-weaver/client'
import type { Doc } from '@data-weaver/contracts'
import { sinkKind } from '@data-weaver/sinks'
import { createDatabase, eventually, freePort, requireServer, type Spawned, spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startNginx } from './nginx.ts'

const program = await requireServer('nginx')
const token = 'a-token-for-the-tests-of-live-documents'
const main = new URL('../../services/supervisor/src/main.ts', import.meta.url)

let stack: AsyncDisposableStack
beforeEach(() => void (stack = new AsyncDisposableStack()))
afterEach(async () => await stack.disposeAsync())

function doc(n: number): Doc {
  const ids = { resultId: randomUUID(), runId: randomUUID(), streamId: randomUUID() }
  const lineage = { ...ids, record: 0, streamVersion: 1, transformVersion: 1 }
  return { id: `fleet:${n}`, tenant: 'default', stream: 'fleet', seq: n, fields: { n }, deleted: false, lineage }
}

/** Two supervisors as processes of their own behind nginx, on one database. */
async function startBehindNginx() {
  const database = stack.use(await createDatabase())
  const folder = stack.use(await temporaryFolder('live'))
  const env = {
    WEAVER_LEDGER_URL: database.url,
    WEAVER_STORE_URL: pathToFileURL(folder.join('objects')).href,
    WEAVER_SECRET_KEY: generateKey(),
    WEAVER_ADMIN_TOKEN: token,
    WEAVER_TRUSTED_PROXIES: 'loopback',
  }
  const ports = [await freePort(), await freePort()]
  const supervisors: Spawned[] = []
  for (const port of ports) {
    const child = stack.use(spawnNode(main, { env: { ...env, WEAVER_PORT: String(port) } }))
    await child.line(/"supervisor up"/)
    supervisors.push(child)
  }
  const sink = await sinkKind('postgres').open({ ledgerUrl: database.url }, {})
  stack.defer(() => sink.close())
  const { address } = stack.use(await startNginx(program as string, ports))
  return { address, supervisors, put: async (...docs: readonly Doc[]) => await sink.upsert(docs, new AbortController().signal) }
}

describe.skipIf(program === undefined)('live documents behind nginx', () => {
  it('come without loss and without repetition while supervisors go, by WebSocket and by server-sent events', async () => {
    const { address, supervisors, put } = await startBehindNginx()
    const weaver = createClient({ baseUrl: address, token })
    const stop = new AbortController()
    stack.defer(() => stop.abort())
    const webSocket = (url: string) => new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
    const readers = [undefined, undefined, webSocket, webSocket].map((socket) => ({ socket, seen: [] as string[], opened: 0 }))
    const following = readers.map(async (reader) => {
      const options = { signal: stop.signal, onOpen: () => void (reader.opened += 1) }
      const live = weaver.live(reader.socket === undefined ? options : { ...options, webSocket: reader.socket })
      for await (const { data } of live) reader.seen.push(data.id)
    })
    await eventually(() => readers.every(({ opened }) => opened > 0), { what: 'four connections' })
    const expected: string[] = []
    for (let n = 1; n <= 300; n += 1) {
      const one = doc(n)
      await put(one)
      expected.push(one.id)
      if (n === 100) await supervisors[0]?.end()
      if (n === 200)
        await eventually(() => readers.every(({ seen }) => seen.length === 200), { what: '200 documents everywhere', timeoutMs: 30_000 })
    }
    await eventually(() => readers.every(({ seen }) => seen.length >= 300), { what: '300 documents everywhere', timeoutMs: 30_000 })
    for (const { seen } of readers) expect(seen).toEqual(expected)
    expect(readers.some(({ opened }) => opened > 1)).toBe(true)
    stop.abort()
    await Promise.all(following)
  })

  it('are refused over nginx as they are without it, and a session is known to all supervisors', async () => {
    const { address } = await startBehindNginx()
    await expect(createClient({ baseUrl: address, token: 'wrong' }).live()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      status: 401,
    })
    const headers = { origin: address, 'x-weaver-client': '1', 'content-type': 'application/json' }
    const signedIn = await fetch(`${address}/v1/session`, { method: 'POST', headers, body: JSON.stringify({ token }) })
    const cookie = String(signedIn.headers.get('set-cookie')).split(';', 1)[0] ?? ''
    for (let n = 0; n < 6; n += 1) {
      expect((await fetch(`${address}/v1/session`, { headers: { cookie } })).status).toBe(200)
      expect((await fetch(`${address}/v1/session`, { method: 'DELETE', headers: { ...headers, cookie } })).status).toBe(204)
    }
  })
})
