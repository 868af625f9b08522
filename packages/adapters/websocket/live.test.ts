import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Json, systemClock } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { parseConfig } from '../src/config.ts'
import { recordsOf, run } from '../src/conformance/harness.ts'
import { readSegment } from '../src/live/segment.ts'
import { websocket } from './index.ts'

const secrets = { key: 'top/secret+0123456789' }
let egress: Egress
beforeAll(() => {
  egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
})
afterAll(() => egress.close())

interface Peer {
  readonly request: IncomingMessage
  /** From 1. */
  readonly number: number
  readonly said: string[]
  send(...messages: readonly unknown[]): void
  close(): void
}

interface Source {
  /** False: the connection is refused with 400. */
  accepts?(request: IncomingMessage): boolean
  open?(peer: Peer): void
  heard?(peer: Peer, message: string): void
}

/** Runs against a source until so many pages are there. */
async function listen(source: Source, config: object = {}, options: { pages?: number; cursor?: Json } = {}) {
  const peers: Peer[] = []
  const refused: IncomingMessage[] = []
  const server = createServer((_request, response) => response.writeHead(426).end())
  const sockets = new WebSocketServer({ noServer: true })
  const accept = (socket: WebSocket, request: IncomingMessage) => {
    const peer: Peer = {
      request,
      number: peers.length + 1,
      said: [],
      send: (...messages) => {
        for (const one of messages) socket.send(typeof one === 'string' || Buffer.isBuffer(one) ? one : JSON.stringify(one))
      },
      close: () => socket.close(1000),
    }
    peers.push(peer)
    socket.on('error', () => {})
    socket.on('message', (data) => {
      const message = (data as Buffer).toString()
      peer.said.push(message)
      source.heard?.(peer, message)
    })
    source.open?.(peer)
  }
  server.on('upgrade', (request, socket, head) => {
    if (source.accepts?.(request) !== false) sockets.handleUpgrade(request, socket, head, accept)
    else {
      refused.push(request)
      socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drain = new AbortController()
  try {
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live`
    const whole = { url, reconnect: { minMs: 50, maxMs: 50, maxFailures: 3 }, segment: { messages: 1 }, ...config }
    const { pages, error } = await run({
      adapter: websocket,
      config: parseConfig(websocket, whole, Object.keys(secrets)),
      secrets,
      egress,
      cursor: options.cursor ?? null,
      drain: drain.signal,
      onPage: (_page, index) => (index + 1 === (options.pages ?? 1) ? drain.abort() : undefined),
    })
    const data = pages.flatMap(({ body }) => [...readSegment(body)].map((one) => ('problem' in one ? null : one.data)))
    return { pages, error, peers, refused, data }
  } finally {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('opening messages', () => {
  it('are sent in order, with secrets and without what has no cursor', async () => {
    const { peers } = await listen(
      { heard: (peer) => peer.said.length === 3 && peer.send('go') },
      {
        open: [
          { send: 'login {{secret.key}}' },
          { send: { op: 'auth', token: '{{ secret.key }}', list: [1, '{{secret.key}}!'] } },
          { send: { from: '{{cursor}}' } },
          { send: { op: 'subscribe' } },
        ],
        resume: { path: 'seq' },
      },
    )
    expect(peers[0]?.said).toEqual([
      `login ${secrets.key}`,
      JSON.stringify({ op: 'auth', token: secrets.key, list: [1, `${secrets.key}!`] }),
      '{"op":"subscribe"}',
    ])
  })

  it('wait for what they come after', async () => {
    const { peers, data } = await listen(
      {
        open: (peer) => peer.send({ op: 'hello' }),
        heard: (peer, message) => peer.send(message === 'login' ? { op: 'welcome' } : { op: 'news', after: peer.said.length }),
      },
      {
        open: [
          { send: 'login', after: { path: 'op', equals: 'hello' } },
          { send: 'subscribe', after: { path: 'op', equals: 'welcome' } },
          { send: 'more' },
        ],
        ignore: [
          { path: 'op', equals: 'hello' },
          { path: 'op', equals: 'welcome' },
        ],
      },
      { pages: 2 },
    )
    expect(peers[0]?.said).toEqual(['login', 'subscribe', 'more'])
    expect(data).toEqual(['{"op":"news","after":2}', '{"op":"news","after":3}'])
  })
})

describe('a cursor', () => {
  const open = [
    { send: { op: 'start' }, when: 'start' },
    { send: { op: 'resume', after: '{{cursor}}', text: 'from {{cursor}}' }, when: 'resume' },
    { send: 'always' },
  ]
  const counting: Source = {
    heard: (peer, message) => {
      if (message !== 'always') return
      peer.send({ seq: peer.number * 10, id: peer.number })
      if (peer.number === 1) peer.close()
    },
  }

  it('is sent as it came: a number stays one in JSON', async () => {
    const { peers, pages } = await listen(counting, { open, resume: { path: 'seq' }, primaryKey: ['id'] }, { pages: 2 })
    expect(peers.map(({ said }) => said)).toEqual([
      ['{"op":"start"}', 'always'],
      ['{"op":"resume","after":10,"text":"from 10"}', 'always'],
    ])
    expect(recordsOf(websocket, { primaryKey: ['id'] }, pages).map(({ key }) => key)).toEqual([[1], [2]])
    expect(pages.map(({ gap }) => gap)).toEqual([undefined, undefined])
  })

  it('begins at the one that is configured', async () => {
    const { peers } = await listen(counting, {
      open: [{ send: { after: '{{cursor}}' } }, { send: 'always' }],
      resume: { path: 'seq', start: '0' },
    })
    expect(peers[0]?.said[0]).toBe('{"after":"0"}')
  })

  it('refused by a message is left out, and what is missing is said', async () => {
    const { peers, pages, data } = await listen(
      {
        heard: (peer, message) => {
          if (message.includes('resume')) peer.send({ error: 'expired' })
          else if (message === 'always' && peer.number !== 2) peer.send({ seq: peer.number })
          if (peer.number === 1 && message === 'always') peer.close()
        },
      },
      { open, resume: { path: 'seq', refusedWhen: { path: 'error', equals: 'expired' } } },
      { pages: 2 },
    )
    expect(peers.map(({ said }) => said[0])).toEqual(['{"op":"start"}', expect.stringContaining('resume'), '{"op":"start"}'])
    expect(data).toEqual(['{"seq":1}', '{"seq":3}'])
    expect(pages[1]?.gap?.reason).toBe('resumeRefused')
  })

  it('in the address, refused with the connection, is left out, and what is missing is said', async () => {
    const { peers, pages, refused, data } = await listen(
      {
        accepts: ({ url }) => url === '/live',
        open: (peer) => {
          peer.send({ seq: `x/${peer.number}` })
          peer.close()
        },
      },
      { resume: { path: 'seq', parameter: 'since' } },
      { pages: 2 },
    )
    expect([peers.length, refused.map(({ url }) => url)]).toEqual([2, ['/live?since=x%2F1']])
    expect([data, pages[1]?.gap?.reason]).toEqual([['{"seq":"x/1"}', '{"seq":"x/2"}'], 'resumeRefused'])
  })
})

it('messages are answered, and those that are ignored are not stored', async () => {
  const { peers, data, error } = await listen(
    {
      open: (peer) => peer.send({ op: 'ping', n: 1 }, 'tick'),
      heard: (peer, message) => message === '{"op":"pong"}' && peer.send(Buffer.from([1, 2]), 'news'),
    },
    { replies: [{ to: { path: 'op', equals: 'ping' }, send: { op: 'pong' } }], ignore: [{ path: 'op', equals: 'ping' }, { text: 'tick' }] },
    { pages: 2 },
  )
  expect([peers[0]?.said, data, error]).toEqual([['{"op":"pong"}'], [new Uint8Array([1, 2]), 'news'], undefined])
})

it('heartbeats are sent as often as configured', async () => {
  const { peers } = await listen(
    { heard: (peer) => peer.said.length === 3 && peer.send('enough') },
    { heartbeat: { send: { op: 'beat', key: '{{secret.key}}' }, everyMs: 100 } },
  )
  expect(peers[0]?.said).toEqual(Array.from({ length: 3 }, () => JSON.stringify({ op: 'beat', key: secrets.key })))
})

it('a short start message is a configuration', () => {
  const config = websocket.startMessage?.config('https://api.example.com/live', true)
  expect(config).toEqual({ url: 'wss://api.example.com/live', auth: { type: 'bearer', secret: 'key' } })
  expect(parseConfig(websocket, config, ['key'])).toMatchObject(config as object)
})

describe('a configuration is refused', () => {
  const url = 'wss://api.example.com/live'
  it.each([
    [{ url: 'https://api.example.com/' }, 'config.url'],
    [{ url, headers: { 'Sec-WebSocket-Protocol': 'x' } }, 'config.headers.Sec-WebSocket-Protocol'],
    [{ url, open: [{ send: '{{cursor}}' }] }, 'config.open.0.send'],
    [{ url, open: [{ send: { a: ['{{config.x}}'] } }] }, 'config.open.0.send'],
    [{ url, heartbeat: { send: '{{cursor}}', everyMs: 1000 }, resume: { path: 'a' } }, 'config.heartbeat.send'],
    [{ url, pingMs: 30_000, idleMs: 20_000 }, 'config.idleMs'],
  ])('%j (%s)', (config, field) => {
    expect(() => parseConfig(websocket, config, ['key'])).toThrow(
      expect.objectContaining({ code: 'invalid_config', errors: [expect.objectContaining({ field })] }),
    )
  })

  it('without the secrets that it mentions', () => {
    const config = { url, open: [{ send: { key: '{{secret.key}}' } }], heartbeat: { send: '{{secret.other}}', everyMs: 1000 } }
    expect(() => parseConfig(websocket, config, ['key'])).toThrow(
      expect.objectContaining({ code: 'missing_secret', errors: [expect.objectContaining({ field: 'secrets.other' })] }),
    )
  })
})
