import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'

let api: Api
beforeAll(async () => void (api = await startApi()))
afterAll(async () => await api[Symbol.asyncDispose]())

const codeOf = ({ status, json }: { status: number; json: { code: string } }) => [status, json.code]
const fieldsOf = ({ json }: { json: { errors?: readonly { field: string }[] } }) => json.errors?.map(({ field }) => field)

describe('making a stream', () => {
  it('answers it with everything filled in, and without its secrets', async () => {
    const name = api.name('air')
    const made = await api.call('POST', '/v1/streams', {
      name,
      adapter: 'iqair',
      config: { resource: 'city', city: 'Madrid', state: 'Madrid', country: 'Spain' },
      schedule: { every: 300_000 },
      secrets: { key: 'the-secret-of-this-test' },
    })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({
      name,
      adapter: 'iqair',
      version: 1,
      desired: 'stopped',
      config: { resource: 'city', city: 'Madrid', state: 'Madrid', country: 'Spain' },
      timeout: 300_000,
      bucket: 'results',
      transform: null,
      sinks: [{ type: 'postgres' }],
      pool: 'default',
      retry: { attempts: 3, delay: 1000, maxDelay: 60_000 },
      secretNames: ['key'],
      nextTickAt: null,
    })
    expect(made.headers).toMatchObject({ location: `/v1/streams/${made.json.id}`, etag: '"1"', 'cache-control': 'no-store' })
    expect((await api.call('GET', made.headers['location'] as string)).json).toEqual(made.json)
    expect((await api.call('GET', `/v1/streams/${name}`)).json).toEqual(made.json)
    expect(api.transcript()).not.toContain('the-secret-of-this-test')
    const { key } = await api.ledger.streams.sealedSecrets(made.json.id)
    expect(key).not.toContain('the-secret-of-this-test')
    expect(api.parts.vault.open({ tenant: 'default', streamId: made.json.id, name: 'key' }, key as string)).toBe('the-secret-of-this-test')
  })

  it('takes the default timeout from the schedule, within the limit of a timeout', async () => {
    const day = 86_400_000
    const make = async (schedule: object) =>
      (await api.call('POST', '/v1/streams', httpStream(api.name('timeout'), { schedule }))).json.timeout
    expect(await make({ cron: '0 * * * *' })).toBe(300_000)
    expect(await make({ manual: true })).toBe(300_000)
    expect(await make({ every: 30 * day })).toBe(7 * day)
  })

  it.each([
    [
      'a field that is missing, unknown or of the wrong type',
      { config: undefined, intervall: 5, timeout: 'long' },
      [400, 'invalid_request'],
      ['config', 'intervall', 'timeout'],
    ],
    ['an interval of 0', { schedule: { every: 0 } }, [400, 'invalid_request'], ['schedule.every']],
    ['a name that is none', { name: 'a b' }, [400, 'invalid_request'], ['name']],
    ['a cron expression that does not parse', { schedule: { cron: '61 * * * *' } }, [422, 'invalid_schedule'], ['schedule.cron']],
    [
      'a time zone that there is not',
      { schedule: { cron: '1 * * * *', timezone: 'Mars/Base' } },
      [422, 'invalid_schedule'],
      ['schedule.timezone'],
    ],
    ['an unknown adapter', { adapter: 'iquair' }, [422, 'unknown_adapter'], ['adapter']],
    [
      'an unknown field of the adapter',
      { config: { request: { url: 'http://a.example/' }, primaryKey: ['id'], pages: 3 } },
      [422, 'invalid_config'],
      ['config.pages'],
    ],
    [
      'a wrong type in the configuration of the adapter',
      { config: { request: { url: 5 }, primaryKey: ['id'] } },
      [422, 'invalid_config'],
      ['config.request.url'],
    ],
    ['a secret that is missing', { adapter: 'iqair', config: { resource: 'nearest_city' } }, [422, 'missing_secret'], ['secrets.key']],
    ['a secret that is no text', { secrets: { key: 5 } }, [400, 'invalid_request'], ['secrets.key']],
    ['a secret whose name is none', { secrets: { 'a key': 'x' } }, [400, 'invalid_request'], ['secrets.a key']],
    ['a transform that is malformed', { transform: { fields: { title: 'a..b' } } }, [422, 'invalid_transform'], ['transform.fields.title']],
    ['a sink that there is not', { sinks: [{ type: 'vespae' }] }, [422, 'unknown_sink'], ['sinks.0.type']],
    ['an unknown option of a sink', { sinks: [{ type: 'postgres', table: 'x' }] }, [422, 'invalid_config'], ['sinks.0.table']],
  ])('refuses %s, and says which field', async (_what, change, expected, fields) => {
    const refused = await api.call('POST', '/v1/streams', httpStream(api.name('bad'), change))
    expect(codeOf(refused)).toEqual(expected)
    expect(fieldsOf(refused)).toEqual(fields)
    for (const { problem, hint } of refused.json.errors) {
      expect(problem).not.toBe('')
      expect(hint, `a hint for ${problem}`).toBeTypeOf('string')
    }
    expect(refused.headers['content-type']).toContain('application/problem+json')
  })

  it('refuses a name twice', async () => {
    const name = api.name('twice')
    expect((await api.call('POST', '/v1/streams', httpStream(name))).status).toBe(201)
    expect(codeOf(await api.call('POST', '/v1/streams', httpStream(name)))).toEqual([409, 'name_taken'])
  })
})

describe('lists', () => {
  it('go page by page, in order of name, without a gap', async () => {
    const names = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(async (letter) => {
        const name = api.name(`list-${letter}`)
        await api.call('POST', '/v1/streams', httpStream(name))
        return name
      }),
    )
    const seen: string[] = []
    let after = ''
    do {
      const page = await api.call('GET', `/v1/streams?limit=2${after}`)
      expect(page.json.items.length).toBeLessThanOrEqual(2)
      seen.push(...page.json.items.map(({ name }) => name))
      after = page.json.next === null ? '' : `&after=${encodeURIComponent(page.json.next)}`
    } while (after !== '')
    expect(seen).toEqual(seen.toSorted())
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining(names))
  })

  it.each(['limit=0', 'limit=501', 'limit=many', 'limt=5'])('refuse %s', async (query) => {
    const refused = await api.call('GET', `/v1/streams?${query}`)
    expect(codeOf(refused)).toEqual([400, 'invalid_request'])
    expect(fieldsOf(refused)).toEqual([query.split('=')[0]])
  })

  it('find streams by part of the name, adapter, pool and state', async () => {
    for (const name of ['Looked-For-1', 'looked-for-2']) await api.call('POST', '/v1/streams', httpStream(name, { pool: 'looked-at' }))
    await api.call('POST', '/v1/streams/looked-for-2/start')
    const found = async (query: string) => (await api.call('GET', `/v1/streams?${query}`)).json.items.map(({ name }) => name)
    expect(await found('q=LOOKED-for')).toEqual(['Looked-For-1', 'looked-for-2'])
    expect(await found('q=looked_for')).toEqual([])
    expect(await found('pool=looked-at&desired=started')).toEqual(['looked-for-2'])
    expect(await found('pool=looked-at&adapter=iqair')).toEqual([])
    await api.call('POST', '/v1/streams/looked-for-2/stop')
  })

  it('of versions are newest first and refuse a foreign cursor', async () => {
    const name = api.name('versions')
    await api.call('POST', '/v1/streams', httpStream(name))
    for (const timeout of [1000, 2000]) await api.call('PATCH', `/v1/streams/${name}`, { timeout })
    const page = await api.call('GET', `/v1/streams/${name}/versions?limit=2`)
    expect(page.json.items.map(({ version, timeout }) => [version, timeout])).toEqual([
      [3, 2000],
      [2, 1000],
    ])
    expect((await api.call('GET', `/v1/streams/${name}/versions?after=${page.json.next}`)).json).toMatchObject({
      items: [{ version: 1 }],
      next: null,
    })
    expect(codeOf(await api.call('GET', `/v1/streams/${name}/versions?after=zz`))).toEqual([400, 'invalid_request'])
  })
})

describe('changing a stream', () => {
  it('replaces the fields given, keeps the others, and makes a version only when something differs', async () => {
    const name = api.name('patch')
    const made = (
      await api.call('POST', '/v1/streams', httpStream(name, { bucket: 'elsewhere', pool: 'slow', transform: { fields: { a: 'b' } } }))
    ).json
    const before = api.reconciled()
    const changed = await api.call('PATCH', `/v1/streams/${name}`, { schedule: { every: 60_000 } })
    expect(changed.json).toMatchObject({
      version: 2,
      schedule: { every: 60_000 },
      bucket: 'elsewhere',
      pool: 'slow',
      timeout: made.timeout,
      transformVersion: 1,
    })
    expect(changed.headers['etag']).toBe('"2"')
    expect(api.reconciled()).toBe(before + 1)
    const same = await api.call('PATCH', `/v1/streams/${name}`, { schedule: { every: 60_000 }, pool: 'slow' })
    expect([same.headers['etag'], same.json.version]).toEqual(['"2"', 2])
    const mapped = await api.call('PATCH', `/v1/streams/${name}`, { transform: null })
    expect(mapped.json).toMatchObject({ version: 3, transformVersion: 2, transform: null })
  })

  it('sets and removes secrets, never one that is needed', async () => {
    const name = api.name('secrets')
    const config = { request: { url: 'http://a.example/' }, primaryKey: ['id'] }
    const made = await api.call('POST', '/v1/streams', { name, adapter: 'http', config, schedule: { manual: true } })
    const auth = { type: 'bearer', secret: 'token' }
    const needed = await api.call('PATCH', `/v1/streams/${name}`, { config: { ...config, auth } })
    expect([codeOf(needed), fieldsOf(needed)]).toEqual([[422, 'missing_secret'], ['secrets.token']])
    const set = await api.call('PATCH', `/v1/streams/${name}`, { config: { ...config, auth }, secrets: { token: 'first-value-of-token' } })
    expect(set.json.secretNames).toEqual(['token'])
    expect(codeOf(await api.call('PATCH', `/v1/streams/${name}`, { secrets: { token: null } }))).toEqual([422, 'missing_secret'])

    const again = await api.call('PATCH', `/v1/streams/${name}`, { secrets: { token: 'first-value-of-token' } })
    expect(again.headers['etag']).toBe(set.headers['etag'])
    const rotated = await api.call('PATCH', `/v1/streams/${name}`, { secrets: { token: 'second-value-of-token' } })
    expect(rotated.headers['etag']).not.toBe(set.headers['etag'])
    expect(rotated.json.version).toBe(set.json.version)
    const { token } = await api.ledger.streams.sealedSecrets(made.json.id)
    expect(api.parts.vault.open({ tenant: 'default', streamId: made.json.id, name: 'token' }, token as string)).toBe(
      'second-value-of-token',
    )

    const removed = await api.call('PATCH', `/v1/streams/${name}`, { config, secrets: { token: null } })
    expect(removed.json.secretNames).toEqual([])
    expect(api.transcript()).not.toMatch(/first-value-of-token|second-value-of-token/)
  })

  it('loses nothing when two change different fields at once', async () => {
    const name = api.name('at-once')
    await api.call('POST', '/v1/streams', httpStream(name))
    const changes = [{ timeout: 1234 }, { bucket: 'other' }, { pool: 'other' }]
    expect(
      (await Promise.all(changes.map((change) => api.call('PATCH', `/v1/streams/${name}`, change)))).map(({ status }) => status),
    ).toEqual([200, 200, 200])
    expect((await api.call('GET', `/v1/streams/${name}`)).json).toMatchObject({ timeout: 1234, bucket: 'other', pool: 'other', version: 4 })
  })

  it.each([
    ['nothing', {}, [400, 'invalid_request']],
    ['its name', { name: 'other' }, [400, 'invalid_request']],
    ['its adapter', { adapter: 'iqair' }, [400, 'invalid_request']],
    ['an interval of 0', { schedule: { every: 0 } }, [400, 'invalid_request']],
    ['a configuration that does not fit', { config: {} }, [422, 'invalid_config']],
  ])('refuses to change %s', async (_what, change, expected) => {
    const name = api.name('refuse')
    await api.call('POST', '/v1/streams', httpStream(name))
    expect(codeOf(await api.call('PATCH', `/v1/streams/${name}`, change))).toEqual(expected)
    expect((await api.call('GET', `/v1/streams/${name}`)).json.version).toBe(1)
  })
})

describe('If-Match', () => {
  const changing = (name: string): [method: string, url: string, body?: object][] => [
    ['PATCH', `/v1/streams/${name}`, { timeout: 4321 }],
    ['POST', `/v1/streams/${name}/start`],
    ['POST', `/v1/streams/${name}/stop`],
    ['DELETE', `/v1/streams/${name}`],
  ]

  it('lets a change through for the state it names, and for any with *', async () => {
    const name = api.name('match')
    let etag = (await api.call('POST', '/v1/streams', httpStream(name))).headers['etag'] as string
    for (const [method, url, body] of changing(name).slice(0, 3)) {
      const changed = await api.call(method, url, body, { 'if-match': etag })
      expect(changed.status).toBe(200)
      etag = changed.headers['etag'] as string
    }
    expect((await api.call('DELETE', `/v1/streams/${name}`, undefined, { 'if-match': '*' })).status).toBe(204)
  })

  it('leaves another state alone', async () => {
    const name = api.name('mismatch')
    const made = await api.call('POST', '/v1/streams', httpStream(name))
    for (const [method, url, body] of changing(name)) {
      expect(codeOf(await api.call(method, url, body, { 'if-match': '"7"' }))).toEqual([412, 'version_conflict'])
      const malformed = await api.call(method, url, body, { 'if-match': '7' })
      expect([codeOf(malformed), fieldsOf(malformed)]).toEqual([[400, 'invalid_request'], ['If-Match']])
    }
    expect((await api.call('GET', `/v1/streams/${name}`)).json).toEqual(made.json)
  })
})

describe('deleting a stream', () => {
  it('frees its name', async () => {
    const name = api.name('gone')
    const made = await api.call('POST', '/v1/streams', httpStream(name))
    expect((await api.call('DELETE', `/v1/streams/${made.json.id}`)).status).toBe(204)
    for (const id of [name, made.json.id]) expect(codeOf(await api.call('GET', `/v1/streams/${id}`))).toEqual([404, 'not_found'])
    expect((await api.call('POST', '/v1/streams', httpStream(name))).status).toBe(201)
  })
})

describe('a stream that there is not', () => {
  it.each([
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['GET', '/versions'],
    ['GET', '/runs'],
    ['GET', '/results'],
    ['POST', '/check'],
    ['POST', '/start'],
    ['POST', '/stop'],
    ['POST', '/trigger'],
  ])('%s /v1/streams/{id}%s is not found', async (method, rest) => {
    const answer = await api.call(method, `/v1/streams/nobody${rest}`, method === 'PATCH' ? { timeout: 500 } : undefined)
    expect(codeOf(answer)).toEqual([404, 'not_found'])
    expect(answer.json.detail).toContain('nobody')
  })
})
