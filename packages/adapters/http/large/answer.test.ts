import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type LargePage, type Page, silentLog, systemClock } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { eventually } from '@data-weaver/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { http } from '../index.ts'

const MiB = 1024 * 1024
const noise = randomBytes(MiB)
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => void (await Promise.all(closing.splice(0).map((close) => close()))))

type Answer = (request: IncomingMessage, response: ServerResponse) => void

async function serve(answer: Answer): Promise<{ readonly url: string; readonly open: () => number; readonly requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  let open = 0
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  server.on('connection', (socket) => {
    open += 1
    socket.on('close', () => (open -= 1))
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, open: () => open, requests }
}

/** Sends so many MiB, at the pace of the reader. */
const mebibytes =
  (count: number): Answer =>
  (_request, response) => {
    let left = count
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= 1
        if (!response.write(noise)) return void response.once('drain', more)
      }
      response.end()
    }
    more()
  }

const expected = (count: number): string => {
  const hash = createHash('sha256')
  for (let round = 0; round < count; round += 1) hash.update(noise)
  return hash.digest('hex')
}

async function walk(
  url: string,
  take: (page: Page | LargePage) => Promise<void>,
  more: { readonly request?: object; readonly config?: object } = {},
) {
  const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  closing.push(() => egress.close())
  const config = parseConfig(http, { request: { url, maxBytes: 2 ** 30, ...more.request }, primaryKey: ['id'], ...more.config }, ['key'])
  const signal = new AbortController().signal
  const context = {
    ...{ config, cursor: null, clock: systemClock, secret: () => 'the-key-0123456789', hasSecret: () => true, log: silentLog },
    ...{ http: egress.http({ signal, secrets: ['the-key-0123456789'], log: silentLog }), signal, drain: signal },
  }
  for await (const page of http.pages(context)) await take(page)
}

async function digest(page: Page | LargePage): Promise<string> {
  const hash = createHash('sha256')
  if ('pieces' in page) for await (const piece of page.pieces) hash.update(piece)
  else hash.update(page.body)
  return hash.digest('hex')
}

describe('an answer that may be large', () => {
  it('passes through when it is, as the last page of its run', async () => {
    const source = await serve(mebibytes(80))
    const seen: unknown[] = []
    await walk(source.url, async (page) => void seen.push('pieces' in page, page.last, page.response.status, await digest(page)))
    expect(seen).toEqual([true, true, 200, expected(80)])
  })

  it('is a page like any other when it is not', async () => {
    const source = await serve((_request, response) => response.end('[{"id":1}]'))
    const seen: unknown[] = []
    await walk(source.url, async (page) => void seen.push('body' in page && Buffer.from(page.body).toString(), page.last))
    expect(seen).toEqual(['[{"id":1}]', true])
  })

  it('is held to what is allowed, and its connection ends', async () => {
    const source = await serve(mebibytes(100))
    const read = walk(source.url, async (page) => void (await digest(page)), { request: { maxBytes: 70 * MiB } })
    await expect(read).rejects.toMatchObject({ code: 'source_too_large', message: expect.stringContaining(String(70 * MiB)) })
    await eventually(() => source.open() === 0, { what: 'the connection to end' })
  })

  it('must be complete in time where a time is set', async () => {
    const source = await serve((_request, response) => void response.write(Buffer.alloc(5 * MiB)))
    const read = walk(source.url, async (page) => void (await digest(page)), { request: { timeout: 500 } })
    await expect(read).rejects.toMatchObject({ code: 'source_timeout' })
    await eventually(() => source.open() === 0, { what: 'the connection to end' })
  })

  it('is truncated when it is cut off', async () => {
    const source = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 90 * MiB })
      response.write(Buffer.alloc(5 * MiB), () => response.destroy())
    })
    await expect(walk(source.url, async (page) => void (await digest(page)))).rejects.toMatchObject({ code: 'source_truncated' })
  })

  it('is let go of when nobody reads it', async () => {
    const source = await serve(mebibytes(80))
    await walk(source.url, async () => {})
    await eventually(() => source.open() === 0, { what: 'the connection to end' })
    const stop = walk(source.url, async () => Promise.reject(new Error('not wanted')))
    await expect(stop).rejects.toThrow('not wanted')
    await eventually(() => source.open() === 0, { what: 'the connection to end' })
  })

  it('is an error by its status, with its beginning in the message, and its credentials are in nothing', async () => {
    const source = await serve((request, response) => {
      response.writeHead(500)
      response.write(`we are sorry, ${request.headers.authorization}. `)
      response.end(Buffer.alloc(5 * MiB, ' '))
    })
    const read = walk(source.url, async () => {}, { config: { auth: { type: 'bearer', secret: 'key' } } })
    await expect(read).rejects.toMatchObject({ code: 'source_unavailable', message: expect.stringContaining('we are sorry') })
    await read.catch((error: Error) => expect(error.message).not.toContain('the-key'))
    expect(source.requests[0]?.headers.authorization).toBe('Bearer the-key-0123456789')
    await eventually(() => source.open() === 0, { what: 'the connection to end' })
  })

  it('is not asked for again while it has not changed', async () => {
    const source = await serve((request, response) => {
      if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end()
      else mebibytes(80)(request, response.setHeader('etag', '"v1"'))
    })
    const cursors: unknown[] = []
    const more = { request: { conditional: ['etag'] } }
    await walk(source.url, async (page) => void (await digest(page), cursors.push(page.cursor)), more)
    expect(cursors).toHaveLength(1)
    expect(JSON.stringify(cursors[0])).toContain('v1')
  })
})
