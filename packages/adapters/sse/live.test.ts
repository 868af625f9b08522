import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Json, systemClock } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { run, type RunOutcome } from '../src/conformance/harness.ts'
import { readSegment } from '../src/live/segment.ts'
import { sse } from './index.ts'

let egress: Egress
beforeAll(() => {
  egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
})
afterAll(() => egress.close())

type Answer = (request: IncomingMessage, response: ServerResponse, number: number) => void

const stream = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })

/** Runs against a source until so many pages are there. */
async function listen(answer: Answer, config: object = {}, options: { pages?: number; cursor?: Json } = {}) {
  const requests: IncomingMessage[] = []
  const times: number[] = []
  const server = createServer((request, response) => {
    times.push(systemClock.monotonic())
    answer(request, response, requests.push(request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drain = new AbortController()
  try {
    const whole = {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
      reconnect: { minMs: 50, maxMs: 50, maxFailures: 3 },
      ...config,
    }
    const outcome: RunOutcome = await run({
      adapter: sse,
      config: parseConfig(sse, whole, []),
      secrets: {},
      egress,
      cursor: options.cursor ?? null,
      drain: drain.signal,
      onPage: (_page, index) => (index + 1 === (options.pages ?? 1) ? drain.abort() : undefined),
    })
    return {
      ...outcome,
      requests,
      times,
      data: outcome.pages.map(({ body }) => [...readSegment(body)].map((one) => ('problem' in one ? null : one.data))),
    }
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const code = (error: unknown) => (error as { code?: unknown } | undefined)?.code

describe('an answer that is no stream of events', () => {
  it.each([
    [
      'another content type',
      (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}'),
      'source_malformed',
      /application\/json.*\{"a":1\}/,
    ],
    [
      'an HTML page',
      (response: ServerResponse) => response.end('<!doctype html><html>Welcome'),
      'source_malformed',
      /an HTML page.*Welcome/,
    ],
    ['204', (response: ServerResponse) => response.writeHead(204).end(), 'source_rejected', /204/],
    ['301 to a page', (response: ServerResponse) => response.writeHead(301).end('moved'), 'source_rejected', /301/],
  ])('%s', async (_what, answer, expected, says) => {
    const { error, pages } = await listen((_request, response) => void answer(response))
    expect([code(error), pages]).toEqual([expected, []])
    expect((error as Error).message).toMatch(says)
  })
})

it('a redirect is followed', async () => {
  const { data, requests } = await listen((request, response) => {
    if (request.url === '/events') response.writeHead(307, { location: '/v2/events' }).end()
    else stream(response).end('data: 1\n\n')
  })
  expect([data, requests.map(({ url }) => url)]).toEqual([[['1']], ['/events', '/v2/events']])
})

describe('the last event id', () => {
  it('is sent again as it came, and not when there is none', async () => {
    const ids = ['a', 'é/1', '']
    const { requests } = await listen(
      (_request, response, number) => void stream(response).end(`id: ${ids[number - 1] ?? 'x'}\ndata: ${number}\n\n`),
      {},
      { pages: 4 },
    )
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      'a',
      Buffer.from('é/1').toString('latin1'),
      undefined,
    ])
  })

  it('that the source does not know any more is left out, and what is missing is said', async () => {
    const { pages, requests, error } = await listen(
      ({ headers }, response, number) => {
        if (headers['last-event-id'] === undefined) stream(response).end(`id: ${number}\ndata: ${number}\n\n`)
        else response.writeHead(410).end()
      },
      {},
      { pages: 2 },
    )
    expect([requests.map(({ headers }) => headers['last-event-id']), error]).toEqual([[undefined, '1', undefined], undefined])
    expect(pages.map(({ gap }) => gap?.reason)).toEqual([undefined, 'resumeRefused'])
  })

  it('of another source is not sent', async () => {
    const answer: Answer = (_request, response) => void stream(response).end('id: 1\ndata: 1\n\n')
    const cursor = (await listen(answer)).pages[0]?.cursor ?? null
    const { requests, pages } = await listen(answer, {}, { cursor })
    expect([requests[0]?.headers['last-event-id'], pages[0]?.gap]).toEqual([undefined, undefined])
  })
})

it('what the source asks for by retry: is waited for', async () => {
  const { times } = await listen(
    (_request, response) => void stream(response).end('retry: 300\ndata: 1\n\n'),
    { reconnect: { minMs: 50, maxMs: 1000 } },
    { pages: 2 },
  )
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(290)
})

it('an error event makes the connection anew, and what came before it is kept', async () => {
  const { data, pages } = await listen(
    (_request, response, number) => void stream(response).write(number === 1 ? 'data: 1\n\nevent: slow\ndata: {}\n\n' : 'data: 2\n\n'),
    { errorEvents: ['slow'] },
    { pages: 2 },
  )
  expect(data).toEqual([['1'], ['2']])
  expect(pages[1]?.gap).toMatchObject({ reason: 'reconnect' })
})

it('a short start message is a configuration', () => {
  expect(sse.startMessage?.config('https://api.example.com/events', true)).toEqual({
    url: 'https://api.example.com/events',
    auth: { type: 'bearer', secret: 'key' },
  })
  expect(parseConfig(sse, sse.startMessage?.config('https://api.example.com/events', false), [])).toBeDefined()
})

describe('a configuration is refused', () => {
  const url = 'https://api.example.com/events'
  it.each([
    [{ url: 'wss://api.example.com/' }, 'config.url'],
    [{ url: 'https://user:word@api.example.com/' }, 'config.url'],
    [{ url, headers: { Authorization: 'Bearer x' } }, 'config.headers.Authorization'],
    [{ url, headers: { 'Last-Event-ID': '1' } }, 'config.headers.Last-Event-ID'],
    [{ url, headers: { 'x-a': '1', 'X-A': '2' } }, 'config.headers.X-A'],
    [{ url, headers: { 'x-a': 'a\nb' } }, 'config.headers.x-a'],
    [{ url, auth: { type: 'header', name: 'a b', secret: 'key' } }, 'config.auth.name'],
    [{ url, events: ['a', 'error'] }, 'config.events'],
    [{ url, reconnect: { minMs: 500, maxMs: 100 } }, 'config.reconnect.minMs'],
  ])('%j (%s)', (config, field) => {
    expect(() => parseConfig(sse, config, ['key'])).toThrow(
      expect.objectContaining({ code: 'invalid_config', errors: [expect.objectContaining({ field })] }),
    )
  })

  it('without the secret that it mentions', () => {
    expect(() => parseConfig(sse, { url, auth: { type: 'bearer', secret: 'key' } }, [])).toThrow(
      expect.objectContaining({ code: 'missing_secret' }),
    )
  })
})
