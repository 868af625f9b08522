import { ApiError, createClient } from '@data-weaver/client'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { adminToken, type Api, httpStream, startApi } from '../test/harness.ts'
import { liveDoc } from '../test/live-reader.ts'
import { claimTick, commitPage } from '../test/play-worker.ts'

let api: Api
let baseUrl: string
beforeAll(async () => {
  api = await startApi()
  baseUrl = await api.app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  // A connection that was opened and never asked anything counts as busy.
  api.app.server.closeAllConnections()
  await api[Symbol.asyncDispose]()
})

const client = () => createClient({ baseUrl, token: adminToken })

const newStream = (name: string) => {
  const { config, schedule } = httpStream(name)
  return { name, adapter: 'http', config, schedule }
}

describe('the client', () => {
  it('makes, changes and deletes with the types of the operations', async () => {
    const name = api.name('typed')
    const { GET, POST, PATCH, DELETE } = client()
    const made = await POST('/v1/streams', { body: newStream(name), params: { header: { 'idempotency-key': name } } })
    expect(made.response.status).toBe(201)
    const path = { id: made.data.id }
    expect((await GET('/v1/streams/{id}', { params: { path } })).data.name).toBe(name)
    const etag = made.response.headers.get('etag') ?? ''
    const changed = await PATCH('/v1/streams/{id}', { params: { path, header: { 'if-match': etag } }, body: { timeout: 5000 } })
    expect(changed.data.timeout).toBe(5000)
    const gone = await DELETE('/v1/streams/{id}', { params: { path } })
    expect([gone.response.status, gone.data]).toEqual([204, undefined])
  })

  it('throws errors as data', async () => {
    const { GET, POST, PATCH } = client()
    const missing = await GET('/v1/streams/{id}', { params: { path: { id: 'there-is-none' } } }).catch((error: unknown) => error)
    expect(missing).toBeInstanceOf(ApiError)
    expect(missing).toMatchObject({ status: 404, code: 'not_found', errors: [], instance: expect.stringMatching(/^urn:uuid:/) })
    const name = api.name('wrong')
    const wrong = POST('/v1/streams', { body: { ...newStream(name), config: { request: { url: 7 } } } })
    await expect(wrong).rejects.toMatchObject({
      status: 422,
      code: 'invalid_config',
      errors: [{ field: 'config.primaryKey', problem: 'is missing' }, { field: 'config.request.url' }],
    })
    const { data } = await POST('/v1/streams', { body: newStream(name) })
    const stale = PATCH('/v1/streams/{id}', { params: { path: { id: data.id }, header: { 'if-match': '"77"' } }, body: { timeout: 5000 } })
    await expect(stale).rejects.toMatchObject({ status: 412, code: 'version_conflict' })
    await expect(createClient({ baseUrl, token: 'wrong' }).GET('/v1/streams')).rejects.toMatchObject({ status: 401, code: 'unauthorized' })
  })

  it('has an error for what is no problem document, and passes on what fetch throws', async () => {
    const answering = (answer: Response) => createClient({ baseUrl, fetch: async () => answer })
    const plain = answering(new Response('<h1>no</h1>', { status: 502, headers: { 'retry-after': '3' } })).GET('/v1/streams')
    await expect(plain).rejects.toMatchObject({ name: 'ApiError', status: 502, code: 'unknown', retryAfterMs: 3000 })
    const dead = createClient({ baseUrl, fetch: async () => await Promise.reject(new TypeError('no network')) }).GET('/v1/streams')
    await expect(dead).rejects.toBeInstanceOf(TypeError)
  })

  it('goes through a list page by page, and asks for no page that nobody wants', async () => {
    const prefix = api.name('listed')
    for (const letter of ['a', 'b', 'c', 'd', 'e']) await client().POST('/v1/streams', { body: newStream(`${prefix}-${letter}`) })
    const asked: string[] = []
    const counting = createClient({
      baseUrl,
      token: adminToken,
      fetch: async (request) => {
        asked.push(new URL(request.url).search)
        return await fetch(request)
      },
    })
    const names: string[] = []
    for await (const { name } of counting.list('/v1/streams', { query: { limit: 2 } })) names.push(name)
    expect(names.filter((name) => name.startsWith(prefix))).toHaveLength(5)
    expect(asked.length).toBe(Math.ceil(names.length / 2))
    asked.length = 0
    for await (const { name } of counting.list('/v1/streams', { query: { limit: 2 } })) if (name !== '') break
    expect(asked).toEqual(['?limit=2'])
    const runs: string[] = []
    for await (const { id } of counting.list('/v1/streams/{id}/runs', { path: { id: `${prefix}-a` } })) runs.push(id)
    expect(runs).toEqual([])
  })

  it('follows events over lost connections, without loss and without repetition', async () => {
    const name = api.name('followed')
    const { data } = await client().POST('/v1/streams', { body: { ...newStream(name), schedule: { every: 100 } } })
    await client().POST('/v1/streams/{id}/start', { params: { path: { id: data.id } } })
    const run = await claimTick(api, data.id)
    const stop = new AbortController()
    const cut: (() => void)[] = []
    const flaky = createClient({
      baseUrl,
      token: adminToken,
      fetch: async (request) => {
        const connection = new AbortController()
        cut.push(() => connection.abort())
        return await fetch(request, { signal: AbortSignal.any([connection.signal, request.signal]) })
      },
    })
    const seen: string[] = []
    let opened = 0
    let lost = 0
    const following = (async () => {
      const events = flaky.events({ stream: name, signal: stop.signal, onOpen: () => (opened += 1), onLost: () => (lost += 1) })
      for await (const event of events) if (event.event === 'data-streams:results') seen.push(event.data.payload.id)
    })()
    await eventually(() => opened === 1, { what: 'the first connection' })
    const committed: string[] = []
    for (let part = 0; part < 3; part += 1) {
      committed.push((await commitPage(api, run, `page ${part}`, { part })).resultId)
      await eventually(() => seen.length === committed.length, { what: `event ${part}` })
      cut.at(-1)?.()
      await eventually(() => lost === part + 1, { what: 'the connection to be lost' })
    }
    committed.push((await commitPage(api, run, 'last', { part: 3 })).resultId)
    await eventually(() => seen.length === 4, { what: 'the event after the last resumption' })
    expect(seen).toEqual(committed)
    stop.abort()
    await following
  })

  it.each([false, true])('follows documents, by WebSocket: %s', async (bySocket) => {
    const stop = new AbortController()
    const webSocket = (url: string) =>
      new WebSocket(url, { headers: { authorization: `Bearer ${adminToken}` } }) as unknown as globalThis.WebSocket
    const name = api.name('followed-documents')
    await client().POST('/v1/streams', { body: newStream(name) })
    const seen: unknown[] = []
    let opened = 0
    const following = (async () => {
      const options = { streams: [name], signal: stop.signal, onOpen: () => void (opened += 1) }
      for await (const message of client().live(bySocket ? { ...options, webSocket } : options)) seen.push(message)
    })()
    await eventually(() => opened === 1, { what: 'the connection' })
    const signal = new AbortController().signal
    await api.documents.upsert([liveDoc(`${name}:1`, name, { n: 1 }), liveDoc('elsewhere:1', 'elsewhere', { n: 1 })], signal)
    // One after the other: of two changes only the last is there to be read.
    await eventually(() => seen.length === 1, { what: 'the document' })
    await api.documents.upsert([liveDoc(`${name}:1`, name, {}, true)], signal)
    await eventually(() => seen.length === 2, { what: 'both messages' })
    expect(seen).toMatchObject([
      { event: 'document', id: expect.any(String), data: { id: `${name}:1`, fields: { n: 1 } } },
      { event: 'deleted', data: { id: `${name}:1` } },
    ])
    stop.abort()
    await following
    const refused = createClient({ baseUrl, token: 'wrong' }).live(
      bySocket ? { webSocket: (url) => new WebSocket(url) as unknown as globalThis.WebSocket } : {},
    )
    await expect(refused[Symbol.asyncIterator]().next()).rejects.toMatchObject({ status: 401 })
  })

  it('gives up following where trying again is of no use', async () => {
    const events = createClient({ baseUrl, token: 'wrong' }).events()
    await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ status: 401 })
  })
})
