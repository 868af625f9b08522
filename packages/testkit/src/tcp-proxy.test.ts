import { request } from 'node:http'
import { expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { sourceServer } from './source-server.ts'
import { startTcpProxy } from './tcp-proxy.ts'

/** The body, or the code of the error. Gives up after a while with `nothing`. */
const get = (port: number, timeout = 5000): Promise<string> =>
  new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', agent: false, timeout }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(text))
      response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    })
    asked.on('timeout', () => {
      resolve('nothing')
      asked.destroy()
    })
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    asked.end()
  })

test('open: bytes pass, large bodies too', async () => {
  const body = 'x'.repeat(3_000_000)
  await using server = await sourceServer([{ body }])
  await using proxy = await startTcpProxy(server.port)
  expect((await get(proxy.port)).length).toBe(body.length)
  proxy.set('slow', 20)
  expect((await get(proxy.port)).length).toBe(body.length)
})

test('cut: nobody gets through, until it is open again', async () => {
  await using server = await sourceServer([{ body: 'hello' }])
  await using proxy = await startTcpProxy(server.port)
  proxy.set('cut')
  expect(await get(proxy.port)).toBe('ECONNRESET')
  expect(server.requests).toHaveLength(0)
  proxy.set('open')
  expect(await get(proxy.port)).toBe('hello')
})

test('silent: the client waits and is told nothing; it is reset when the line is back', async () => {
  await using server = await sourceServer([{ body: 'hello' }])
  await using proxy = await startTcpProxy(server.port)
  proxy.set('silent')
  expect(await get(proxy.port, 100)).toBe('nothing')
  const waiting = get(proxy.port)
  await eventually(() => proxy.connections() > 0, { what: 'the second connection' })
  proxy.set('open')
  expect(await waiting).toMatch(/^(ECONNRESET|hello)$/)
  expect(await get(proxy.port)).toBe('hello')
})

test('deaf: the effect happens and the client sees an error', async () => {
  await using server = await sourceServer([{ body: 'hello' }])
  await using proxy = await startTcpProxy(server.port)
  proxy.set('deaf')
  expect(await get(proxy.port)).toBe('ECONNRESET')
  expect(server.requests).toHaveLength(1)
})

test('reset: what is under way ends, what comes next does not', async () => {
  await using server = await sourceServer((_request, index) => ({ body: 'hello', ...(index === 0 ? { hang: 'head' as const } : {}) }))
  await using proxy = await startTcpProxy(server.port)
  const waiting = get(proxy.port)
  await server.requested(1)
  proxy.reset()
  expect(await waiting).toBe('ECONNRESET')
  expect(await get(proxy.port)).toBe('hello')
})
