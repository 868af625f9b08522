import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'

let api: Api
beforeAll(async () => void (api = await startApi()))
afterAll(async () => await api[Symbol.asyncDispose]())

let count = 0
const newName = () => `IQAIR_DAILY_${(count += 1)}`
const message = (name: string, more: object = {}) => ({
  adapter: name,
  endpoint: 'http://api.airvisual.com/v2/nearest_city',
  secret_key: 'mykey-of-the-message',
  interval: 300_000,
  timeout: 180_000,
  bucket_name: 'results',
  ...more,
})
const start = (body: object) => api.call('POST', '/v1/workers/start', body)
const read = async (name: string) => await api.call('GET', `/v1/streams/${name}`)
const keyOf = async (id: string) =>
  api.parts.vault.open({ tenant: 'default', streamId: id, name: 'key' }, (await api.ledger.streams.sealedSecrets(id))['key'] as string)

describe('the start message', () => {
  it('makes the stream, starts it, and is answered in exactly its shape', async () => {
    const before = api.reconciled()
    const answer = await start(message('IQAIR_DAILY'))
    expect([answer.status, answer.text]).toEqual([200, '{"success":true,"message":"Started fetching from adapter IQAIR_DAILY."}'])
    expect(api.reconciled()).toBe(before + 1)
    const { json } = await read('IQAIR_DAILY')
    expect(json).toMatchObject({
      adapter: 'iqair',
      desired: 'started',
      version: 1,
      schedule: { every: 300_000 },
      timeout: 180_000,
      bucket: 'results',
      sinks: [{ type: 'postgres' }],
      secretNames: ['key'],
      config: { resource: 'nearest_city' },
    })
    expect(await keyOf(json.id)).toBe('mykey-of-the-message')
    expect(api.transcript()).not.toContain('mykey-of-the-message')
  })

  it('sent again changes nothing and is answered the same', async () => {
    const name = newName()
    const first = await start(message(name))
    const before = await read(name)
    const again = await start(message(name))
    expect(again.text).toBe(first.text)
    const after = await read(name)
    expect([after.headers['etag'], after.json.version, after.json.updatedAt]).toEqual([before.headers['etag'], 1, before.json.updatedAt])
  })

  it('sent many times at once makes one stream', async () => {
    const name = newName()
    const answers = await Promise.all(Array.from({ length: 6 }, () => start(message(name))))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200))
    expect((await read(name)).json).toMatchObject({ version: 1, desired: 'started' })
  })

  it('changes the stream: the timeout follows the interval, what it does not mention stays', async () => {
    const name = newName()
    await start(message(name, { bucket_name: 'air' }))
    await api.call('PATCH', `/v1/streams/${name}`, { pool: 'slow' })
    const { interval: _, timeout: __, bucket_name: ___, secret_key: ____, ...rest } = message(name)
    expect((await start({ ...rest, interval: 600_000 })).status).toBe(200)
    const { json } = await read(name)
    expect(json).toMatchObject({ schedule: { every: 600_000 }, timeout: 600_000, bucket: 'air', pool: 'slow', secretNames: ['key'] })
    expect(await keyOf(json.id)).toBe('mykey-of-the-message')
    await start(message(name, { secret_key: 'another-key-of-the-message' }))
    expect(await keyOf(json.id)).toBe('another-key-of-the-message')
  })

  it('starts a stream that was stopped', async () => {
    const name = newName()
    await start(message(name))
    await api.call('POST', '/v1/workers/stop', { adapter: name })
    expect((await start(message(name))).status).toBe(200)
    expect((await read(name)).json.desired).toBe('started')
  })

  it('takes the adapter from `type` where the name does not begin with one, and from the stream where there is one', async () => {
    const name = api.name('feed')
    expect((await start({ adapter: name, type: 'http', endpoint: 'http://a.example/items', interval: 1000 })).status).toBe(200)
    expect((await read(name)).json).toMatchObject({
      adapter: 'http',
      timeout: 1000,
      bucket: 'results',
      config: { request: { url: 'http://a.example/items' } },
    })
    expect((await start({ adapter: name, endpoint: 'http://a.example/others', interval: 1000 })).status).toBe(200)
    expect((await read(name)).json).toMatchObject({ version: 2, config: { request: { url: 'http://a.example/others' } } })
    expect(
      (await start({ adapter: api.name('http_x'), endpoint: 'http://a.example/items', interval: 1000, secret_key: 'a-token' })).status,
    ).toBe(200)
  })

  it.each([
    ['an unknown adapter', { adapter: 'IQUAIR_DAILY' }, [422, 'unknown_adapter'], 'adapter', /Known adapters: .*iqair/],
    ['an unknown type', { adapter: 'air', type: 'iquair' }, [422, 'unknown_adapter'], 'adapter', /Known adapters: .*iqair/],
    ['a type that contradicts the name', { adapter: 'IQAIR_X', type: 'http' }, [400, 'invalid_request'], 'type', /another name/],
    ['an endpoint that is no address', { endpoint: 'nearest_city' }, [422, 'invalid_config'], 'endpoint', /http/],
    [
      'an endpoint that the adapter does not know',
      { endpoint: 'http://api.airvisual.com/v2/planets' },
      [422, 'invalid_config'],
      'endpoint',
      /nearest_city/,
    ],
    ['a missing secret', { secret_key: undefined }, [422, 'missing_secret'], 'secret_key', /key/],
    ['an interval of 0', { interval: 0 }, [400, 'invalid_request'], 'interval', /Milliseconds/],
    ['an interval of a thousand years', { interval: 31_536_000_000_000 }, [422, 'invalid_config'], 'interval', /Milliseconds/],
    ['an interval that is text', { interval: '300000' }, [400, 'invalid_request'], 'interval', /Milliseconds/],
    ['a bucket that is none', { bucket_name: 'A' }, [400, 'invalid_request'], 'bucket_name', undefined],
    ['an unknown field', { intervall: 5 }, [400, 'invalid_request'], 'intervall', /Known fields: .*interval/],
  ])('refuses %s in the words of the message', async (_what, change, expected, field, hint) => {
    const name = newName()
    const refused = await start(message(name, change))
    expect([refused.status, refused.json.code]).toEqual(expected)
    expect(refused.json.errors[0]?.field).toBe(field)
    if (hint !== undefined) expect(refused.json.errors[0]?.hint).toMatch(hint)
    expect((await read(name)).status).toBe(404)
  })

  it('names the endpoint when the configuration it gives is not valid', async () => {
    const refused = await start({ adapter: api.name('http_bad'), endpoint: 'ftp://a.example/x', interval: 1000 })
    expect([refused.status, refused.json.errors[0]?.field]).toEqual([422, 'endpoint'])
    expect(refused.json.detail).toContain('config.request.url')
  })

  it('does not turn a stream into one of another adapter', async () => {
    const name = api.name('other')
    await api.call('POST', '/v1/streams', httpStream(name))
    const refused = await start(message(name, { type: 'iqair' }))
    expect([refused.status, refused.json.code, refused.json.errors[0]?.field]).toEqual([409, 'name_taken', 'type'])
  })
})

describe('the stop message', () => {
  it('stops the stream, is answered in exactly its shape, and changes nothing the second time', async () => {
    const name = newName()
    await start(message(name))
    const answers = [
      await api.call('POST', '/v1/workers/stop', { adapter: name }),
      await api.call('POST', '/v1/workers/stop', { adapter: name }),
    ]
    for (const answer of answers)
      expect([answer.status, answer.text]).toEqual([200, `{"success":true,"message":"Stopped fetching from adapter ${name}."}`])
    expect((await read(name)).json.desired).toBe('stopped')
  })

  it('of a stream that there is not is not found', async () => {
    const answer = await api.call('POST', '/v1/workers/stop', { adapter: 'IQAIR_NOBODY' })
    expect([answer.status, answer.json.code]).toEqual([404, 'not_found'])
  })

  it('names a field that is missing or unknown', async () => {
    const answer = await api.call('POST', '/v1/workers/stop', { name: 'IQAIR_DAILY' })
    expect(answer.json.errors.map(({ field }) => field)).toEqual(['adapter', 'name'])
  })
})
