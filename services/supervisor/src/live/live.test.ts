import { request as httpRequest, type IncomingMessage } from 'node:http'
import { type Doc, type SearchableSink, systemClock } from '@data-weaver/contracts'
import { listen } from '@data-weaver/ledger'
import { sinkKind } from '@data-weaver/sinks'
import { eventually } from '@data-weaver/testkit'
import { createVault, generateKey, parseKeyring } from '@data-weaver/vault'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Api, httpStream, startApi } from '../../test/harness.ts'
import { type Kind, liveDoc, LiveReader } from '../../test/live-reader.ts'
import { buildApp } from '../app.ts'

const never = new AbortController().signal
const kinds: readonly Kind[] = ['sse', 'ws']
const vault = createVault(parseKeyring(generateKey()))

let stack: AsyncDisposableStack
let api: Api
let address: string
/** A second supervisor on the same parts, with a listener of its own. */
let other: string
let second: FastifyInstance
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  api = stack.use(await startApi((parts) => ({ ...parts, vault })))
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  const listener = listen(api.databaseUrl, { clock: systemClock, log: api.parts.log, name: 'weaver-test' })
  stack.defer(() => listener.close())
  const documents = (await sinkKind('postgres').open({ ledgerUrl: api.databaseUrl }, {})) as SearchableSink
  stack.defer(() => documents.close())
  second = await buildApp({ ...api.parts, listener, documents })
  stack.defer(() => second.close())
  other = await second.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  // A connection that was opened and never asked anything counts as busy. Sockets that were upgraded are none of these.
  for (const { server } of [api.app, second]) server.closeAllConnections()
  await stack.disposeAsync()
})

const put = async (...docs: readonly Doc[]) => await api.documents.upsert(docs, never)

const liveClients = async () => Number(/^weaver_live_clients (\d+)/m.exec((await api.call('GET', '/metrics')).text)?.[1])

async function newStream(): Promise<{ id: string; name: string }> {
  const name = api.name('live')
  const { id } = (await api.call('POST', '/v1/streams', httpStream(name))).json
  return { id, name }
}

describe.each(kinds)('documents as they arrive, by %s', (kind) => {
  const open = async (options: Parameters<typeof LiveReader.open>[2] = {}, at = address) => await LiveReader.open(kind, at, options)

  it('are the new and the changed ones, as they are, and the deleted ones', async () => {
    const { name } = await newStream()
    await using reader = await open({ query: `?stream=${name}` })
    await put(liveDoc(`${name}:1`, name, { n: 1, text: 'line\nbreak "quoted" \u2028 ключ' }))
    await reader.received(1)
    const stored = await api.documents.find('default', `${name}:1`)
    expect(reader.documents[0]).toEqual({
      id: expect.stringMatching(/^\d+-\d+$/),
      event: 'document',
      data: { ...stored, fieldsOmitted: false },
    })
    await put(liveDoc(`${name}:1`, name, { n: 1, text: 'line\nbreak "quoted" \u2028 ключ' }), liveDoc(`${name}:2`, name, { n: 2 }))
    await put(liveDoc(`${name}:1`, name, {}, true))
    await put(liveDoc(`${name}:3`, name, { text: 'x'.repeat(70_000) }))
    expect((await reader.received(4)).slice(1)).toEqual([`${name}:2`, `${name}:1`, `${name}:3`])
    expect(reader.documents[2]).toMatchObject({ event: 'deleted', data: { stream: name, changedAt: expect.any(String) } })
    expect(reader.documents[3]).toMatchObject({ data: { fieldsOmitted: true, fields: {} } })
  })

  it('are of the streams that were asked for, by name or id', async () => {
    const [one, two, three] = [await newStream(), await newStream(), await newStream()]
    await using some = await open({ query: `?stream=${one.name}&stream=${two.id}` })
    await using all = await open()
    await put(...[one, two, three].map(({ name }) => liveDoc(`${name}:1`, name, { n: 1 })))
    expect(await all.received(3)).toEqual([`${one.name}:1`, `${two.name}:1`, `${three.name}:1`].toSorted())
    await put(liveDoc(`${three.name}:2`, three.name, { n: 1 }), liveDoc(`${one.name}:2`, one.name, { n: 1 }))
    expect(await some.received(3)).toEqual([...[`${one.name}:1`, `${two.name}:1`].toSorted(), `${one.name}:2`])
  })

  it('are refused, in words, before anything is opened', async () => {
    const refused = async (options: Parameters<typeof LiveReader.open>[2]) => {
      await using reader = await open(options)
      await eventually(() => reader.ended, { what: 'the refusal' })
      return [reader.status, (JSON.parse(reader.body) as { code: string }).code]
    }
    expect(await refused({ headers: {} })).toEqual([401, 'unauthorized'])
    expect(await refused({ query: '?stream=there-is-none' })).toEqual([404, 'not_found'])
    expect(await refused({ query: '?streams=all' })).toEqual([400, 'invalid_request'])
    for (const lastId of ['nonsense', '99999999999999-1', '0-99999999999']) {
      expect(await refused({ lastId })).toEqual([400, 'invalid_request'])
    }
  })

  it('come to who is signed in by a session, on pages of this server', async () => {
    const host = new URL(address).host
    const own = { origin: address, 'x-weaver-client': '1' }
    const signedIn = await fetch(`${address}/v1/session`, {
      method: 'POST',
      headers: { ...own, 'content-type': 'application/json' },
      body: JSON.stringify({ token: adminToken }),
    })
    const cookie = String(signedIn.headers.get('set-cookie')).split(';', 1)[0] ?? ''
    const { name } = await newStream()
    await using reader = await open({ headers: { cookie, host, origin: address } })
    await put(liveDoc(`${name}:1`, name, { n: 1 }))
    await eventually(() => reader.ids.includes(`${name}:1`), { what: 'the document' })
    if (kind === 'sse') return
    // A WebSocket can be opened from any page, and read.
    for (const origin of ['http://evil.example', `http://127.0.0.1:1`]) {
      await using foreign = await open({ headers: { cookie, host, origin } })
      await eventually(() => foreign.ended, { what: 'the refusal' })
      expect(foreign.status).toBe(403)
    }
  })

  it('resume at another supervisor, without loss and without repetition, while more come from many at once', async () => {
    const { name } = await newStream()
    await using whole = await open({ query: `?stream=${name}` })
    const writing = Promise.all(
      [0, 1, 2, 3].map(async (writer) => {
        for (let n = 0; n < 40; n += 1)
          await put(liveDoc(`${name}:${writer}-${n}-a`, name, { n }), liveDoc(`${name}:${writer}-${n}-b`, name, { n }))
      }),
    )
    const pieces: string[] = []
    let lastId = whole.lastId
    for (let round = 0; pieces.length < 320; round += 1) {
      await using reader = await LiveReader.open(kinds[round % 2] ?? kind, round % 3 === 0 ? address : other, {
        query: `?stream=${name}`,
        lastId,
      })
      await reader.received(Math.min(23, 320 - pieces.length))
      reader.pause()
      pieces.push(...reader.ids)
      lastId = reader.documents.at(-1)?.id
    }
    await writing
    const inOrder = await whole.received(320)
    expect(new Set(pieces).size).toBe(pieces.length)
    expect(pieces).toEqual(inOrder)
    await using later = await open({ query: `?stream=${name}`, lastId: whole.documents[99]?.id })
    expect(await later.received(220)).toEqual(inOrder.slice(100))
  })

  it('are caught up with from the beginning, and go on from there', async () => {
    const { name } = await newStream()
    for (let n = 0; n < 5; n += 1) await put(...Array.from({ length: 150 }, (_, at) => liveDoc(`${name}:${n}-${at}`, name, { n })))
    let writing = true
    const more = (async () => {
      for (let n = 0; writing; n += 1) await put(liveDoc(`${name}:more-${n}`, name, { n }))
    })()
    await using reader = await open({ query: `?stream=${name}&after=0-0` }, other)
    await reader.received(780)
    writing = false
    await more
    await put(liveDoc(`${name}:last`, name, { n: 1 }))
    await eventually(() => reader.ids.at(-1) === `${name}:last`, { what: 'the last document' })
    expect(new Set(reader.ids).size).toBe(reader.ids.length)
    const { items } = await api.documents.search({ tenant: 'default', stream: name, limit: 5000 })
    expect(reader.ids.toSorted()).toEqual(items.map(({ id }) => id).toSorted())
  })

  it('are not waited for by anybody: who does not read is told and dropped, and can resume', async () => {
    const { name } = await newStream()
    const query = `?stream=${name}`
    await using slow = await open({ query })
    await using quick = await open({ query })
    const begin = slow.lastId
    slow.pause()
    const text = 'x'.repeat(60_000)
    const clients = await liveClients()
    let count = 0
    // Resumed as soon as it was dropped: a client has only so long to read the last words.
    while ((await liveClients()) === clients) {
      await put(...Array.from({ length: 20 }, (_, at) => liveDoc(`${name}:${count}-${at}`, name, { text })))
      await quick.received((count += 20))
    }
    slow.resume()
    await eventually(() => slow.ended, { what: 'the end of the slow client', timeoutMs: 20_000 })
    if (kind === 'ws') expect(slow.closeCode).toBe(4008)
    else expect(slow.messages.at(-1)).toMatchObject({ event: 'error', data: { code: 'slow_consumer' } })
    expect(slow.ids.length).toBeLessThan(count)
    expect(slow.ids).toEqual(quick.ids.slice(0, slow.ids.length))
    await using again = await open({ query, lastId: slow.lastId ?? begin })
    expect([...slow.ids, ...(await again.received(count - slow.ids.length))]).toEqual(quick.ids)
    expect(quick.ended).toBe(false)
  })

  it('come with signs of life, and end with the session', async () => {
    let ahead = 0
    const clock = {
      ...systemClock,
      now: () => Date.now() + ahead,
      // Beats come fifteen times as often; everything else takes its time.
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms === 15_000 ? 200 : ms, signal),
    }
    await using own = await startApi((parts) => ({ ...parts, clock, vault }))
    const at = await own.app.listen({ port: 0, host: '127.0.0.1' })
    const { headers } = await own.app.inject({ method: 'POST', url: '/v1/session', payload: { token: adminToken } })
    const cookie = String(headers['set-cookie']).split(';', 1)[0] ?? ''
    await using session = await open({ headers: { cookie, origin: at } }, at)
    await using byToken = await open({}, at)
    await eventually(() => session.messages.filter(({ event }) => event === 'heartbeat').length >= 2, { what: 'two heartbeats' })
    expect(session.messages.at(-1)?.id).toMatch(/^\d+-\d+$/)
    ahead = 8 * 24 * 3_600_000
    await eventually(() => session.ended, { what: 'the end of the session' })
    if (kind === 'ws') expect(session.closeCode).toBe(4401)
    else expect(session.messages.at(-1)).toMatchObject({ event: 'error', data: { code: 'unauthorized' } })
    expect(byToken.ended).toBe(false)
  })

  it('end when the server shuts down, which waits for nobody', async () => {
    await using own = await startApi()
    const at = await own.app.listen({ port: 0, host: '127.0.0.1' })
    await using reader = await open({}, at)
    const began = performance.now()
    await own.app.close()
    expect(performance.now() - began).toBeLessThan(4000)
    await eventually(() => reader.ended, { what: 'the end' })
    if (kind === 'ws') expect(reader.closeCode).toBe(1001)
    else expect(reader.messages.at(-1)).toMatchObject({ event: 'error', data: { code: 'going_away' } })
  })

  it('cost no query while nobody listens', async () => {
    let reads = 0
    await using own = await startApi((parts) => {
      const { changes } = parts.documents
      const counted = { ...changes, read: (...query: Parameters<typeof changes.read>) => ((reads += 1), changes.read(...query)) }
      return { ...parts, documents: { ...parts.documents, changes: counted } }
    })
    const at = await own.app.listen({ port: 0, host: '127.0.0.1' })
    const writeOne = async (id: string) => await own.documents.upsert([liveDoc(id, 'quiet', { n: 1 })], never)
    await writeOne('before')
    {
      await using reader = await open({}, at)
      await writeOne('during')
      await reader.received(1)
    }
    await eventually(async () => (await own.call('GET', '/metrics')).text.includes('weaver_live_clients 0'), {
      what: 'the client to be gone',
    })
    const after = reads
    expect(after).toBeGreaterThan(0)
    await writeOne('after')
    // Whoever would have heard of it would have read by the time that a new client has it.
    await using reader = await open({ query: '?after=0-0' }, at)
    await reader.received(3)
    expect(reads - after).toBeLessThan(8)
  })
})

describe('the address of the live documents', () => {
  it('answers requests for other protocols in this one', async () => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const { hostname, port } = new URL(address)
      const headers = {
        authorization: `Bearer ${adminToken}`,
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABk',
      }
      httpRequest({ hostname, port, path: '/v1/streams?limit=1', headers, agent: false }, resolve).on('error', reject).end()
    })
    answer.resume()
    expect(answer.statusCode).toBe(200)
  })
})
