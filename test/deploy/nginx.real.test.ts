import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { eventually, requireServer } from '@data-weaver/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Nginx, startNginx, startUpstream, type Upstream } from './nginx.ts'

const program = await requireServer('nginx')

let stack: AsyncDisposableStack
beforeEach(() => void (stack = new AsyncDisposableStack()))
afterEach(async () => await stack.disposeAsync())

const names = (name: string) => (_request: IncomingMessage, response: ServerResponse) => void response.end(name)

async function behind(...upstreams: readonly Upstream[]): Promise<Nginx> {
  return stack.use(
    await startNginx(
      program as string,
      upstreams.map(({ port }) => port),
    ),
  )
}

const upstream = async (...arguments_: Parameters<typeof startUpstream>) => stack.use(await startUpstream(...arguments_))

/** A request on a connection of its own. */
function askOnce(url: string): { readonly answer: IncomingMessage | undefined; readonly over: Promise<void> } {
  const asked: { answer: IncomingMessage | undefined; over: Promise<void> } = { answer: undefined, over: Promise.resolve() }
  asked.over = new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent: false }, (answer) => {
      asked.answer = answer
      answer.resume().once('end', () => resolve())
    })
    request.once('error', reject).end()
  })
  return asked
}

describe.skipIf(program === undefined)('nginx with the shipped configuration', () => {
  // Without chunks a proxy cannot know where an event ends, so it is the harder case.
  it.each([true, false])('passes each event on at once, while the answer is still open; in chunks: %s', async (chunked) => {
    let open: ServerResponse | undefined
    const one = await upstream((_request, response) => {
      response.useChunkedEncodingByDefault = chunked
      response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' })
      response.write('data: first\n\n')
      open = response
    })
    const { address } = await behind(one)
    const answer = await fetch(`${address}/v1/events`)
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    const next = async () => new TextDecoder().decode((await reader.read()).value)
    expect(await next()).toBe('data: first\n\n')
    open?.write('data: second\n\n')
    expect(await next()).toBe('data: second\n\n')
    await reader.cancel()
  })

  it('lets go of the supervisor when the client of an event stream is gone', async () => {
    let gone: Promise<unknown> = Promise.resolve()
    const one = await upstream((_request, response) => {
      gone = new Promise((resolve) => response.once('close', resolve))
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: first\n\n')
    })
    const { address } = await behind(one)
    const client = new AbortController()
    await fetch(`${address}/v1/events`, { signal: client.signal })
    client.abort()
    await gone
    expect(one.requests).toHaveLength(1)
  })

  it('names the address of the client, and believes no client about it', async () => {
    const one = await upstream(names('one'))
    const { address } = await behind(one)
    await fetch(`${address}/v1/streams`, {
      headers: { 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7', forwarded: 'for=203.0.113.7', authorization: 'Bearer t' },
    })
    const { headers, url } = one.requests[0] as IncomingMessage
    expect(url).toBe('/v1/streams')
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-real-ip': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': new URL(address).host,
      host: new URL(address).host,
      authorization: 'Bearer t',
    })
    expect(JSON.stringify(headers)).not.toContain('203.0.113.7')
  })

  it('passes paths on as they came', async () => {
    const one = await upstream(names('one'))
    const { address } = await behind(one)
    const path = `/v1/documents/${encodeURIComponent('a/b:c d')}${'%C3%A9'.repeat(1500)}?q=%2F`
    expect((await fetch(`${address}${path}`)).status).toBe(200)
    expect(one.requests[0]?.url).toBe(path)
  })

  it('refuses bodies that the API would refuse, as the API does', async () => {
    const one = await upstream(names('one'))
    const { address } = await behind(one)
    const post = (length: number) => fetch(`${address}/v1/streams`, { method: 'POST', body: 'x'.repeat(length) })
    expect((await post(2 ** 20)).status).toBe(200)
    const refused = await post(2 ** 20 + 1)
    expect(refused.status).toBe(413)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(await refused.json()).toMatchObject({ status: 413, code: 'payload_too_large' })
    expect(one.requests).toHaveLength(1)
  })

  it('lets one address have so many connections, and answers 429 to more', async () => {
    const held: ServerResponse[] = []
    const one = await upstream((_request, response) => void held.push(response))
    const { address } = await behind(one)
    const asked = Array.from({ length: 300 }, () => askOnce(`${address}/v1/streams`))
    const refused = await eventually(
      () => {
        const answered = asked.flatMap(({ answer }) => (answer === undefined ? [] : [answer]))
        return answered.length >= 300 - 256 && held.length === 256 ? answered : undefined
      },
      { what: 'those that are too many to be refused' },
    )
    expect(refused).toHaveLength(300 - 256)
    for (const { statusCode, headers } of refused) {
      expect(statusCode).toBe(429)
      expect(headers).toMatchObject({ 'retry-after': '1', 'content-type': 'application/problem+json' })
    }
    for (const response of held) response.end()
    await Promise.all(asked.map(({ over }) => over))
  })

  it('serves from the others when one is killed, POST as well', async () => {
    const [one, two] = [await upstream(names('one')), await upstream(names('two'))]
    const { address } = await behind(one, two)
    const ask = async (method: string) => {
      const answer = await fetch(`${address}/v1/streams`, { method })
      return `${answer.status} ${await answer.text()}`
    }
    const before = new Set<string>()
    for (let turn = 0; turn < 40; turn += 1) before.add(await ask('GET'))
    expect([...before].toSorted()).toEqual(['200 one', '200 two'])
    await one.kill()
    const after = new Set<string>()
    for (let turn = 0; turn < 40; turn += 1) after.add(await ask(turn % 2 === 0 ? 'GET' : 'POST'))
    expect([...after]).toEqual(['200 two'])
  })

  it('passes a supervisor by that shuts down, and repeats no POST', async () => {
    const closing = await upstream((_request, response) => void response.writeHead(503).end('closing'))
    const other = await upstream(names('other'))
    const { address } = await behind(closing, other)
    for (let turn = 0; turn < 20; turn += 1) expect(await (await fetch(`${address}/v1/streams`)).text()).toBe('other')
    const posts = new Set<string>()
    for (let turn = 0; turn < 20; turn += 1) posts.add(await (await fetch(`${address}/v1/streams`, { method: 'POST' })).text())
    expect([...posts].toSorted()).toEqual(['closing', 'other'])
  })

  it('passes on what all supervisors say, also when it is 503 or 502', async () => {
    const problem = (status: number) => (_request: IncomingMessage, response: ServerResponse) =>
      void response
        .writeHead(status, { 'content-type': 'application/problem+json' })
        .end(`{"code":"from the supervisor","status":${status}}`)
    for (const status of [502, 503]) {
      const { address } = await behind(await upstream(problem(status)), await upstream(problem(status)))
      for (let turn = 0; turn < 5; turn += 1) {
        expect(await (await fetch(`${address}/v1/streams`)).json()).toEqual({ code: 'from the supervisor', status })
      }
    }
  })

  it('says that no supervisor answers', async () => {
    const one = await upstream(names('one'))
    const { address } = await behind(one)
    await one.kill()
    const answer = await fetch(`${address}/v1/streams`)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(await answer.json()).toMatchObject({ status: 503, title: 'No supervisor answers' })
  })

  it('passes an upgrade on, both ways', async () => {
    const one = await upstream(names('one'), (server) => {
      server.on('upgrade', (request, socket: Duplex) => {
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${String(request.headers.upgrade)}\r\n\r\n`)
        socket.pipe(socket)
      })
    })
    const { address } = await behind(one)
    const asked = httpRequest(`${address}/live`, { headers: { connection: 'upgrade', upgrade: 'websocket' } })
    const echoed = await new Promise<string>((resolve, reject) => {
      asked.once('error', reject).once('response', ({ statusCode }) => reject(new Error(`answered ${statusCode}`)))
      asked.once('upgrade', (answer, socket) => {
        expect(answer.headers.upgrade).toBe('websocket')
        socket.once('data', (data) => {
          socket.destroy()
          resolve(String(data))
        })
        socket.write('hello')
      })
      asked.end()
    })
    expect(echoed).toBe('hello')
  })

  it('writes one line per request, without query and token', async () => {
    const one = await upstream(names('one'))
    const nginx = await behind(one)
    await fetch(`${nginx.address}/v1/documents?q=hidden-query`, { headers: { authorization: 'Bearer hidden-token' } })
    const lines = (await nginx.output()).split('\n').filter((line) => line.startsWith('{'))
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] as string)).toMatchObject({ client: '127.0.0.1', method: 'GET', path: '/v1/documents', status: 200 })
    expect(await nginx.output()).not.toMatch(/hidden-(query|token)/)
  })
})
