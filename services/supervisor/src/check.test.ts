import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi, startSource } from '../test/harness.ts'

let api: Api
beforeAll(async () => void (api = await startApi()))
afterAll(async () => await api[Symbol.asyncDispose]())

const codeOf = ({ status, json }: { status: number; json: { code: string } }) => [status, json.code]
const configOf = (url: string) => ({ request: { url }, primaryKey: ['id'], records: { path: 'items' } })

async function streamOf(url: string, more: object = {}): Promise<string> {
  const name = api.name('check')
  const made = await api.call('POST', '/v1/streams', httpStream(name, { config: configOf(url), ...more }))
  if (made.status !== 201) throw new Error(made.text)
  return name
}

/** An API whose waits take a twentieth of their time, and begin when the source has been reached, however long that takes. */
const quickApi = (reached: Promise<void>) =>
  startApi((parts) => ({
    ...parts,
    clock: {
      ...parts.clock,
      sleep: async (ms, signal) => {
        await reached
        await parts.clock.sleep(ms / 20, signal)
      },
    },
  }))

describe('a check of a saved stream', () => {
  it('asks the source once and shows records and documents, and changes nothing', async () => {
    const items = Array.from({ length: 8 }, (_, id) => ({ id, title: `title ${id}`, size: id === 7 ? 'large' : String(id) }))
    await using source = await startSource((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ items: [...items, { title: 'without id' }] }))
    })
    const name = await streamOf(`${source.url}/items`, {
      transform: { fields: { what: 'title', size: { path: 'size', convert: 'integer' } } },
    })
    const before = await api.call('GET', `/v1/streams/${name}`)
    const { status, json } = await api.call('POST', `/v1/streams/${name}/check`)
    expect(status).toBe(200)
    expect(json.records).toEqual(items.slice(0, 5).map((fields) => ({ key: [fields.id], fields, deleted: false })))
    expect(json.documents[2]).toEqual({ id: `${name}:2`, fields: { what: 'title 2', size: 2 } })
    expect(json.documents).toHaveLength(5)
    expect(json).toMatchObject({ recordCount: 9, request: { method: 'GET', url: `${source.url}/items` }, response: { status: 200 } })
    expect(json.problems.map(({ record }) => record)).toEqual([7, 8])
    const whole = JSON.stringify({ items: [...items, { title: 'without id' }] })
    expect(json).toMatchObject({ bytes: whole.length, page: { contentType: 'application/json', text: whole, truncated: false } })
    expect(source.requests).toHaveLength(1)
    expect((await api.call('GET', `/v1/streams/${name}`)).text).toBe(before.text)
    for (const list of ['runs', 'results']) expect((await api.call('GET', `/v1/streams/${name}/${list}`)).json.items).toEqual([])
  })

  it('shows a secret nowhere, even when the source sends it back', async () => {
    const secret = 'kept/secret+of the check'
    await using source = await startSource((request, response) => {
      const body = { items: [{ id: 1, echo: request.headers.authorization, [secret]: { url: `key=${secret}` } }] }
      response
        .setHeader('content-type', 'application/json')
        .setHeader('x-echo', 'Bearer ' + secret)
        .end(JSON.stringify(body))
    })
    const config = { request: { url: source.url }, primaryKey: ['id'], records: { path: 'items' }, auth: { type: 'bearer', secret: 'key' } }
    const name = await streamOf(source.url, { config, secrets: { key: secret } })
    const { json } = await api.call('POST', `/v1/streams/${name}/check`)
    expect(source.requests[0]?.headers.authorization).toBe(`Bearer ${secret}`)
    expect(json.records[0]?.fields).toEqual({ id: 1, echo: 'Bearer [redacted]', '[redacted]': { url: 'key=[redacted]' } })
    expect(api.transcript()).not.toContain(secret)
  })

  it.each([
    ['refuses the credentials', 401, '{}', [502, 'auth_failed']],
    ['does not know the address', 404, '{}', [502, 'source_not_found']],
    ['fails', 500, 'oops', [502, 'source_unavailable']],
    ['sends a page instead of JSON', 200, '<!doctype html><html></html>', [502, 'source_malformed']],
    ['leads to a private address', 302, '', [422, 'egress_refused']],
  ])('says it when the source %s', async (_what, status, body, expected) => {
    await using source = await startSource((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', location: 'http://169.254.169.254/latest/meta-data' }).end(body)
    })
    expect(codeOf(await api.call('POST', `/v1/streams/${await streamOf(source.url)}/check`))).toEqual(expected)
  })

  it('shows no token that a login gave, even when the source sends it back', async () => {
    const token = 'given-by-the-login'
    await using source = await startSource((request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(request.url === '/login' ? { token } : { items: [{ id: 1, echo: request.headers['x-session'] }] }))
    })
    const auth = {
      type: 'session',
      login: { url: `${source.url}/login`, secrets: { password: 'password' } },
      token: { in: 'body', path: 'token' },
      header: { name: 'x-session' },
    }
    const name = await streamOf(`${source.url}/items`, { config: { ...configOf(`${source.url}/items`), auth }, secrets: { password: 'p' } })
    const answer = await api.call('POST', `/v1/streams/${name}/check`)
    expect(source.requests.at(-1)?.headers['x-session']).toBe(token)
    expect(answer.json.records).toMatchObject([{ fields: { echo: '[redacted]' } }])
    expect(answer.text).not.toContain(token)
  })

  it('passes on how long the source wants to be left alone', async () => {
    await using source = await startSource((_request, response) => void response.writeHead(429, { 'retry-after': '7' }).end('{}'))
    const answer = await api.call('POST', `/v1/streams/${await streamOf(source.url)}/check`)
    expect([codeOf(answer), answer.headers['retry-after']]).toEqual([[429, 'rate_limited'], '7'])
  })

  it('refuses private addresses', async () => {
    const name = await streamOf('http://10.0.0.1/items')
    expect(codeOf(await api.call('POST', `/v1/streams/${name}/check`))).toEqual([422, 'egress_refused'])
  })

  it('ends after its time limit, and lets go of the source', async () => {
    const reached = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    await using source = await startSource((request) => {
      request.socket.on('close', () => closed.resolve())
      reached.resolve()
    })
    await using quick = await quickApi(reached.promise)
    const config = { request: { url: source.url }, primaryKey: ['id'] }
    await quick.call('POST', '/v1/streams', httpStream('slow', { config }))
    expect(codeOf(await quick.call('POST', '/v1/streams/slow/check'))).toEqual([504, 'source_timeout'])
    await closed.promise
  })
})

const answers = (body: unknown) => (_request: unknown, response: ServerResponse) =>
  void response.setHeader('content-type', 'application/json').end(typeof body === 'string' ? body : JSON.stringify(body))

describe('a check of a stream that is not saved', () => {
  it('takes what makes a stream, shows what would come of it, and makes none', async () => {
    await using source = await startSource(answers({ items: [{ id: 7, title: 'seven' }] }))
    const name = api.name('unsaved')
    const secret = 'only/for the+check'
    const config = { ...configOf(`${source.url}/items`), auth: { type: 'bearer', secret: 'key' } }
    const { status, json } = await api.call(
      'POST',
      '/v1/check',
      httpStream(name, { config, secrets: { key: secret }, transform: { fields: { what: 'title' } } }),
    )
    expect(status).toBe(200)
    expect(source.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${secret}`])
    expect(json).toMatchObject({
      request: { method: 'GET', url: `${source.url}/items` },
      response: { status: 200 },
      page: { text: '{"items":[{"id":7,"title":"seven"}]}' },
      recordCount: 1,
      documents: [{ id: `${name}:7`, fields: { what: 'seven' } }],
    })
    expect(codeOf(await api.call('GET', `/v1/streams/${name}`))).toEqual([404, 'not_found'])
    expect(api.transcript()).not.toContain(secret)
  })

  it.each([
    ['an adapter that there is not', { adapter: 'htpp' }, 'unknown_adapter', 'adapter'],
    ['a field that is wrong', { config: { request: { url: 'nonsense' }, primaryKey: ['id'] } }, 'invalid_config', 'config.request.url'],
    [
      'a secret that is missing',
      { config: { ...configOf('http://127.0.0.1:9/'), auth: { type: 'bearer', secret: 'key' } } },
      'missing_secret',
      'secrets.key',
    ],
    ['a transform that is wrong', { transform: { fields: { a: 'b..c' } } }, 'invalid_transform', ''],
    ['a schedule that does not fit', { schedule: { continuous: true } }, 'invalid_schedule', 'schedule'],
  ])('names %s, as making it would', async (_what, wrong, code, field) => {
    const body = httpStream(api.name('wrong'), wrong)
    const checked = await api.call('POST', '/v1/check', body)
    const made = await api.call('POST', '/v1/streams', body)
    expect([checked.status, checked.json.code, checked.json.errors]).toEqual([made.status, made.json.code, made.json.errors])
    expect(checked.json.code).toBe(code)
    expect(checked.json.errors[0]?.field).toContain(field)
  })

  it('listens to a live source until its first segment', async () => {
    await using source = await startSource((_request, response) => {
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write('data: {"id":1,"title":"said"}\n\ndata: {"id":2,"title":"at once"}\n\n')
    })
    const name = api.name('live')
    const { status, json } = await api.call('POST', '/v1/check', liveStream(name, source.url))
    expect([status, json.recordCount]).toEqual([200, 2])
    expect(json.documents).toMatchObject([{ id: `${name}:1` }, { id: `${name}:2` }])
    expect(json).toMatchObject({ request: { url: `${source.url}/` }, response: { status: 200 } })
  })

  it('says that a live source was reached and said nothing', async () => {
    const reached = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    await using source = await startSource((request, response) => {
      request.socket.on('close', () => closed.resolve())
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n', () => reached.resolve())
    })
    await using quick = await quickApi(reached.promise)
    const { status, json } = await quick.call('POST', '/v1/check', liveStream('silent', source.url))
    expect([status, json]).toMatchObject([
      200,
      { page: null, recordCount: 0, request: { url: `${source.url}/` }, response: { status: 200 } },
    ])
    await closed.promise
  })

  it('shows the beginning of a long page, and no secret that is in it', async () => {
    const secret = 'sent/back'
    const long = JSON.stringify({ items: [], echo: encodeURIComponent(secret), filler: 'é'.repeat(200_000) })
    await using texts = await startSource(answers(long))
    const secrets = { secrets: { key: secret } }
    const auth = { type: 'bearer', secret: 'key' }
    const text = (await api.call('POST', '/v1/check', httpStream('long', { config: { ...configOf(texts.url), auth }, ...secrets }))).json
    expect(text).toMatchObject({ bytes: Buffer.byteLength(long), page: { truncated: true } })
    const shown = (text['page'] as { text: string }).text
    expect(shown.length).toBe(65_536)
    expect(shown).toContain('"echo":"[redacted]"')
    expect(shown.endsWith('é')).toBe(true)
  })
})

const liveStream = (name: string, url: string) => ({
  name,
  adapter: 'sse',
  config: { url: `${url}/`, primaryKey: ['id'] },
  schedule: { continuous: true },
})

describe('a check of a change', () => {
  it('tries the stream as if it were changed, with the secrets it has, and changes nothing', async () => {
    await using source = await startSource(answers({ items: [{ id: 1, title: 'one' }], others: [{ id: 2, title: 'two' }] }))
    const auth = { type: 'bearer', secret: 'key' }
    const name = await streamOf(source.url, { config: { ...configOf(source.url), auth }, secrets: { key: 'the-secret-of-it' } })
    const before = await api.call('GET', `/v1/streams/${name}`)
    const config = { ...configOf(source.url), auth, records: { path: 'others' } }
    const changed = await api.call('POST', `/v1/streams/${name}/check`, { config, transform: { fields: { t: 'title' } } })
    expect(changed.json.documents).toEqual([{ id: `${name}:2`, fields: { t: 'two' } }])
    await api.call('POST', `/v1/streams/${name}/check`, { secrets: { key: 'another-secret' } })
    expect(source.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer the-secret-of-it', 'Bearer another-secret'])
    expect(codeOf(await api.call('POST', `/v1/streams/${name}/check`, { secrets: { key: null } }))).toEqual([422, 'missing_secret'])
    expect(codeOf(await api.call('POST', `/v1/streams/${name}/check`, { confg: {} }))).toEqual([400, 'invalid_request'])
    expect((await api.call('GET', `/v1/streams/${name}`)).text).toBe(before.text)
  })
})
