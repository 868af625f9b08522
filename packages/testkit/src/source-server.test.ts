import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { sourceServer } from './source-server.ts'

async function get(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const asking = request(url, { agent: false, headers }).end()
  // A connection that breaks after the head was read is told here as well as to the response.
  asking.on('error', () => {})
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  return response
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string
  return text
}

test('answers are played in order, the last one again and again, and requests are remembered', async () => {
  await using source = await sourceServer([{ body: { n: 1 } }, { status: 503, headers: { 'retry-after': '7' }, body: 'no' }])
  const first = await get(`${source.url}/a?x=1`, { 'x-key': 'secret' })
  expect([first.statusCode, first.headers['content-type'], await textOf(first)]).toEqual([200, 'application/json', '{"n":1}'])
  for (const path of ['/b', '/c']) {
    const next = await get(source.url + path)
    expect([next.statusCode, next.headers['retry-after'], await textOf(next)]).toEqual([503, '7', 'no'])
  }
  expect(source.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /a?x=1', 'GET /b', 'GET /c'])
  expect(source.requests[0]?.headers['x-key']).toBe('secret')
  expect(source.requests[0]?.query.get('x')).toBe('1')
  expect(source.requests[2]!.at).toBeGreaterThan(source.requests[0]!.at)
  source.play((received, index) => ({ body: `${received.path} ${index}` }))
  expect(await textOf(await get(`${source.url}/d`))).toBe('/d 0')
})

test('a delay, a slow body, a compressed body, a redirect', async () => {
  await using source = await sourceServer([
    { delayMs: 80, body: 'late' },
    { body: 'abcdef', drip: { bytes: 2, everyMs: 30 } },
    { body: 'x'.repeat(1000), gzip: true },
    { redirect: '/elsewhere' },
  ])
  const began = performance.now()
  expect(await textOf(await get(source.url))).toBe('late')
  expect(performance.now() - began).toBeGreaterThanOrEqual(75)
  const dripping = performance.now()
  expect(await textOf(await get(source.url))).toBe('abcdef')
  expect(performance.now() - dripping).toBeGreaterThanOrEqual(85)
  const packed = await get(source.url)
  expect(packed.headers['content-encoding']).toBe('gzip')
  expect(Number(packed.headers['content-length'])).toBeLessThan(100)
  packed.resume()
  const elsewhere = await get(source.url)
  expect([elsewhere.statusCode, elsewhere.headers.location]).toEqual([302, '/elsewhere'])
  elsewhere.resume()
})

test.each(['head', 'body', 'middle'] as const)('a connection reset at the %s', async (reset) => {
  await using source = await sourceServer([{ reset, body: 'x'.repeat(10_000) }])
  await expect(get(source.url).then(textOf)).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('a body that hangs in the middle, and a client that gives up', async () => {
  await using source = await sourceServer([{ hang: 'middle', body: 'x'.repeat(10_000) }])
  const response = await get(source.url)
  let received = 0
  response.on('data', (chunk: Buffer) => (received += chunk.byteLength)).on('error', () => {})
  await eventually(() => received === 5000, { what: 'half of the body' })
  expect(source.connections()).toBe(1)
  response.destroy()
  await eventually(() => source.connections() === 0, { what: 'the connection to close' })
})

test('a length that is not the true one, and a body without end', async () => {
  await using source = await sourceServer([{ body: 'short', contentLength: 100 }, { endless: true }])
  await expect(get(source.url).then(textOf)).rejects.toMatchObject({ code: 'ECONNRESET' })
  const endless = await get(source.url)
  let received = 0
  endless.on('data', (chunk: Buffer) => (received += chunk.byteLength)).on('error', () => {})
  await eventually(() => received > 5_000_000, { what: 'five megabytes' })
  endless.destroy()
})

test('it can be waited for, and closes under open connections', async () => {
  const source = await sourceServer([{ hang: 'head' }])
  const answer = get(`${source.url}/first`)
  answer.catch(() => {})
  expect((await source.requested(1)).path).toBe('/first')
  await source.close()
  await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' })
  await expect(get(source.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
