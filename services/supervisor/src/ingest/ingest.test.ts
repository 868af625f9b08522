import { createHmac, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { eventually } from '@data-weaver/testkit'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, adminToken, type Api, answerOf, startApi } from '../../test/harness.ts'

let api: Api
/** While set, the store does as this says. */
let hold: (() => Promise<void>) | undefined

beforeAll(async () => {
  api = await startApi((parts) => ({
    ...parts,
    store: {
      ...parts.store,
      put: async (...given) => {
        await hold?.()
        return await parts.store.put(...given)
      },
      get: (...given) => parts.store.get(...given),
      delete: (...given) => parts.store.delete(...given),
      list: (...given) => parts.store.list(...given),
    },
  }))
})
afterAll(() => api?.[Symbol.asyncDispose]())
afterEach(() => void (hold = undefined))

const key = 'the key of the sender'

const resultIdOf = ({ json }: Answer): string => String(json['resultId'])

async function started(config: object = {}, more: object = {}): Promise<string> {
  const name = api.name('pushed')
  const body = { name, adapter: 'push', config, schedule: { manual: true }, ...more }
  const made = await api.call('POST', '/v1/streams', body)
  expect(made.status, made.text).toBe(201)
  await api.call('POST', `/v1/streams/${name}/start`)
  return name
}

const send = async (name: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> =>
  answerOf(
    await api.app.inject({
      method: 'POST',
      url: `/v1/ingest/${name}`,
      payload: body,
      headers: { 'content-type': 'application/json', ...headers },
    }),
  )

/** With the admin's token. */
const push = (name: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  send(name, body, { authorization: `Bearer ${adminToken}`, ...headers })

const sign = (body: string | Buffer, with_ = key) => `sha256=${createHmac('sha256', with_).update(body).digest('hex')}`
const signed = (body: string | Buffer, time = Math.floor(Date.now() / 1000), with_ = key) => ({
  'stripe-signature': `t=${time},v1=${createHmac('sha256', with_).update(`${time}.`).update(body).digest('hex')}`,
})

describe('a body that is pushed', () => {
  it('is stored byte for byte and becomes a run with a result, whose deliveries wait', async () => {
    const name = await started({ keepHeaders: ['X-Event'] })
    const body = '{"id": 9007199254740993,  "text": "grüße"}\n'
    const answer = await push(name, body, { 'x-event': 'made', 'x-other': 'not kept', 'user-agent': 'sender/1' })
    expect(answer.status, answer.text).toBe(202)
    const { resultId, runId, seq } = answer.json as unknown as { resultId: string; runId: string; seq: number }
    expect(answer.headers['location']).toBe(`/v1/results/${resultId}`)
    const result = await api.call('GET', `/v1/results/${resultId}`)
    expect(result.json).toMatchObject({
      ...{ runId, seq, part: 0, size: Buffer.byteLength(body), contentType: 'application/json', gap: null },
      request: {
        method: 'POST',
        url: `/v1/ingest/${name}`,
        headers: { 'content-type': 'application/json', 'user-agent': 'sender/1', 'x-event': 'made' },
      },
      response: { status: 202 },
      deliveries: [{ sink: 'postgres', state: 'pending', attempts: 0 }],
    })
    expect((result.json['request'] as { headers: object }).headers).not.toHaveProperty('x-other')
    expect((await api.call('GET', `/v1/results/${resultId}/body`)).text).toBe(body)
    const run = await api.call('GET', `/v1/runs/${runId}`)
    expect(run.json).toMatchObject({
      ...{
        trigger: 'push',
        state: 'delivering',
        tick: null,
        streamVersion: 1,
        pages: 1,
        bytes: Buffer.byteLength(body),
        pendingDeliveries: 1,
        error: null,
      },
    })
    const stream = await api.call('GET', `/v1/streams/${name}`)
    expect(stream.json['freshness']).toMatchObject({ goodAt: expect.any(String) })
  })

  it('is told to those who follow events, in order, and its sinks are woken', async () => {
    const name = await started()
    const end = await api.ledger.feedEnd()
    const first = await push(name, '{"n": 1}')
    const second = await push(name, '{"n": 2}')
    const entries = await eventually(
      async () => {
        const seen = (await api.ledger.readFeed(end, 100)).filter(({ stream }) => stream === name)
        return seen.length === 2 ? seen : undefined
      },
      { what: 'both results in the feed' },
    )
    expect(entries.map(({ resultId }) => resultId)).toEqual([first, second].map(({ json }) => json['resultId']))
    const woken = async () =>
      Object.values((await api.parts.queue.counts(['default']))['sink.default'] ?? {}).reduce((sum, n) => sum + n, 0)
    await eventually(async () => (await woken()) > 0, { what: 'a job for the sinks' })
  })

  it('may be packed, of any type, and is refused where it is not what the stream takes', async () => {
    const name = await started({ format: 'ndjson', contentTypes: ['application/x-ndjson', 'text/*'], maxBytes: 1000 })
    const lines = '{"a": 1}\n{"a": 2}\n'
    const packed = await push(name, gzipSync(lines), { 'content-type': 'Application/X-NDJSON; charset=utf-8', 'content-encoding': 'gzip' })
    expect(packed.status, packed.text).toBe(202)
    expect((await api.call('GET', `/v1/results/${resultIdOf(packed)}/body`)).text).toBe(lines)
    const text = { 'content-type': 'text/plain' }
    const cases: [Promise<Answer>, number, string][] = [
      [push(name, lines), 415, 'unsupported_media_type'],
      [push(name, lines, { ...text, 'content-encoding': 'br' }), 415, 'unsupported_media_type'],
      [push(name, lines, { ...text, 'content-encoding': 'gzip' }), 400, 'invalid_request'],
      [push(name, gzipSync('x'.repeat(1001)), { ...text, 'content-encoding': 'gzip' }), 413, 'payload_too_large'],
      [push(name, 'x'.repeat(1001), text), 413, 'payload_too_large'],
      [push(name, Buffer.from([0xff, 0xfe]), text), 400, 'invalid_request'],
      [push(name, '', text), 400, 'invalid_request'],
      [push(await started(), '{"broken": '), 400, 'invalid_request'],
    ]
    for (const [answer, status, code] of cases) expect(await answer).toMatchObject({ status, json: { code } })
    expect((await push(name, 'x'.repeat(1000), text)).status).toBe(202)
    const raw = await started({ format: 'binary' })
    expect((await push(raw, Buffer.from([0, 255, 1]), { 'content-type': 'image/png' })).status).toBe(202)
  })

  it('is refused by a stream that is stopped, paused, not there, or fetches by itself', async () => {
    const name = await started()
    expect((await push(name, '{}')).status).toBe(202)
    await api.call('POST', `/v1/streams/${name}/pause`)
    const paused = await push(name, '{}')
    expect(paused).toMatchObject({ status: 429, json: { code: 'stream_paused' } })
    expect(Number(paused.headers['retry-after'])).toBeGreaterThan(0)
    await api.call('POST', `/v1/streams/${name}/resume`)
    expect((await push(name, '{}')).status).toBe(202)
    await api.call('POST', `/v1/streams/${name}/stop`)
    expect(await push(name, '{}')).toMatchObject({ status: 409, json: { code: 'stream_stopped' } })
    await api.call('POST', `/v1/streams/${name}/start`)
    expect((await push(name, '{}')).status).toBe(202)
    const later = api.name('later')
    expect(await push(later, '{}')).toMatchObject({ status: 404, json: { code: 'not_found' } })
    await api.call('POST', '/v1/streams', { name: later, adapter: 'push', config: {}, schedule: { manual: true } })
    expect(await push(later, '{}')).toMatchObject({ status: 409, json: { code: 'stream_stopped' } })
    const fetches = api.name('fetches')
    await api.call('POST', '/v1/streams', {
      name: fetches,
      adapter: 'http',
      config: { request: { url: 'http://127.0.0.1:9/' }, primaryKey: ['id'] },
      schedule: { manual: true },
    })
    expect(await push(fetches, '{}')).toMatchObject({ status: 404, json: { code: 'not_found' } })
  })

  it('belongs to the version that is in force when it is committed', async () => {
    const name = await started()
    expect((await push(name, '{}')).status).toBe(202)
    expect((await api.call('PATCH', `/v1/streams/${name}`, { bucket: 'elsewhere' })).status).toBe(200)
    // What was read before the change is still remembered.
    const answer = await push(name, '{}')
    const result = await api.call('GET', `/v1/results/${resultIdOf(answer)}`)
    expect(result.json).toMatchObject({ streamVersion: 2, key: expect.stringMatching(/^elsewhere\//) })
  })

  it('is taken by a version on trial instead of the current one, which counts down', async () => {
    const name = await started()
    expect((await push(name, '{}')).status).toBe(202)
    const trial = await api.call('POST', `/v1/streams/${name}/canary`, { mode: 'instead', ticks: 2, change: { bucket: 'trial' } })
    expect(trial.status, trial.text).toBeLessThan(300)
    await push(name, '{}')
    const runs = (await api.call('GET', `/v1/streams/${name}/runs`)).json.items
    expect(runs.map((run) => [run['streamVersion'], run['canary']])).toEqual([
      [2, true],
      [1, false],
    ])
    expect((await api.call('GET', `/v1/streams/${name}`)).json['canary']).toMatchObject({ version: 2, ticksLeft: 1 })
  })

  it('is nothing to be fetched: a stream that is pushed has no schedule and no check', async () => {
    const body = { name: api.name('pushed'), adapter: 'push', config: {}, schedule: { every: 60_000 } }
    expect(await api.call('POST', '/v1/streams', body)).toMatchObject({ status: 422, json: { code: 'invalid_schedule' } })
    expect(await api.call('POST', `/v1/streams/${await started()}/check`)).toMatchObject({ status: 422, json: { code: 'not_polled' } })
  })
})

describe('an Idempotency-Key', () => {
  it('gives the same body one result and one answer, also at the same time', async () => {
    const name = await started()
    const once = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(Array.from({ length: 8 }, () => push(name, '{"n": 1}', once)))
    expect(new Set(answers.map(({ text }) => text)).size, answers.map(({ text }) => text).join()).toBe(1)
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    const again = await push(name, '{"n": 1}', once)
    expect(again).toMatchObject({ status: 202, text: answers[0]?.text, headers: { 'idempotency-replayed': 'true' } })
    expect((await api.call('GET', `/v1/streams/${name}/runs`)).json.items).toHaveLength(1)
    const stored: string[] = []
    for await (const { key: object } of api.parts.store.list('results/', AbortSignal.timeout(5000))) stored.push(object)
    const { runId } = again.json as unknown as { runId: string }
    expect(stored.filter((object) => object.includes(resultIdOf(again)))).toEqual([`results/${runId}/${resultIdOf(again)}.json`])
  })

  it('is refused with another body, and belongs to its stream', async () => {
    const name = await started()
    const once = { 'idempotency-key': 'one' }
    expect((await push(name, '{"n": 1}', once)).status).toBe(202)
    expect(await push(name, '{"n": 2}', once)).toMatchObject({ status: 409, json: { code: 'idempotency_conflict' } })
    const other = await started()
    expect((await push(other, '{"n": 2}', once)).status).toBe(202)
    expect(await push(name, '{}', { 'idempotency-key': 'a b' })).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
  })

  it('may have a name of its own', async () => {
    const name = await started({ idempotencyHeader: 'X-Delivery' })
    const [first, second] = [await push(name, '{}', { 'x-delivery': '1' }), await push(name, '{}', { 'x-delivery': '1' })]
    expect(second.text).toBe(first.text)
  })
})

describe('a sender', () => {
  it('needs the token of the API where the stream asks for nothing else', async () => {
    const name = await started()
    for (const headers of [{}, { authorization: 'Bearer wrong-token' }, { 'x-hub-signature-256': sign('{}') }])
      expect(await send(name, '{}', headers)).toMatchObject({ status: 401, json: { code: 'unauthorized' } })
    expect(await send('nobody', '{}')).toMatchObject({ status: 401, json: { code: 'unauthorized' } })
  })

  it('signs, and then needs no token', async () => {
    const name = await started({ auth: { type: 'github' } }, { secrets: { signing_key: key } })
    expect((await send(name, '{"n": 1}', { 'x-hub-signature-256': sign('{"n": 1}') })).status).toBe(202)
    expect(await send(name, '{"n": 2}', { 'x-hub-signature-256': sign('{"n": 1}') })).toMatchObject({
      status: 401,
      json: { code: 'signature_invalid' },
    })
    expect(await send(name, '{"n": 1}')).toMatchObject({ status: 401, json: { code: 'unauthorized' } })
    expect((await push(name, '{"n": 3}')).status).toBe(202)
    expect((await api.call('GET', `/v1/streams/${name}/runs`)).json.items).toHaveLength(2)
    expect(api.transcript()).not.toContain(key)
  })

  it('that signs the time has its copies answered once, and refused when they are old', async () => {
    const name = await started({ auth: { type: 'stripe' } }, { secrets: { signing_key: key } })
    const headers = signed('{"n": 1}')
    const first = await send(name, '{"n": 1}', headers)
    expect(first.status, first.text).toBe(202)
    const copy = await send(name, '{"n": 1}', headers)
    expect(copy).toMatchObject({ status: 202, text: first.text, headers: { 'idempotency-replayed': 'true' } })
    const old = signed('{"n": 1}', Math.floor(Date.now() / 1000) - 301)
    expect(await send(name, '{"n": 1}', old)).toMatchObject({ status: 401, json: { code: 'signature_invalid' } })
  })

  it('may change its key: the new one counts at once, the one before for as long as it is named', async () => {
    const name = await started({ auth: { type: 'github' } }, { secrets: { signing_key: 'old' } })
    const with_ = (signing: string) => send(name, '{}', { 'x-hub-signature-256': sign('{}', signing) })
    expect((await with_('old')).status).toBe(202)
    await api.call('PATCH', `/v1/streams/${name}`, { secrets: { signing_key: 'new', previous_signing_key: 'old' } })
    await eventually(async () => (await with_('new')).status === 202, { what: 'the new key to count' })
    expect((await with_('old')).status).toBe(202)
  })

  it('sends a token, also where the token of the API would be', async () => {
    const name = await started(
      { auth: { type: 'token', header: 'Authorization', prefix: 'Bearer ' } },
      { secrets: { signing_key: 'a-token-0123456789' } },
    )
    expect((await send(name, '{}', { authorization: 'Bearer a-token-0123456789' })).status).toBe(202)
    expect((await push(name, '{}')).status).toBe(202)
    expect(await send(name, '{}', { authorization: 'Bearer a-token-9876543210' })).toMatchObject({
      status: 401,
      json: { code: 'unauthorized' },
    })
    const other = await started({ auth: { type: 'token', header: 'x-key' } }, { secrets: { signing_key: 'a-token-0123456789' } })
    expect(await send(other, '{}', { 'x-key': 'wrong' })).toMatchObject({ status: 401, json: { code: 'signature_invalid' } })
  })

  it('cannot go on guessing, and locks out nobody of the API', async () => {
    await using own = await startApi()
    const name = own.name('pushed')
    await own.call('POST', '/v1/streams', {
      name,
      adapter: 'push',
      config: { auth: { type: 'github' } },
      secrets: { signing_key: key },
      schedule: { manual: true },
    })
    await own.call('POST', `/v1/streams/${name}/start`)
    const guess = async () =>
      answerOf(
        await own.app.inject({
          method: 'POST',
          url: `/v1/ingest/${name}`,
          payload: '{}',
          headers: { 'content-type': 'application/json', 'x-hub-signature-256': sign('{}', 'guess') },
        }),
      )
    const codes: string[] = []
    for (let tries = 0; tries < 22; tries += 1) codes.push((await guess()).json.code)
    expect(new Set(codes.slice(0, 20))).toEqual(new Set(['signature_invalid']))
    const last = await guess()
    expect(last).toMatchObject({ status: 429, json: { code: 'too_many_attempts' } })
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
    expect((await own.call('GET', `/v1/streams/${name}`)).status).toBe(200)
  })
})

describe('back-pressure', () => {
  it('asks to wait when too much of the stream waits for its sinks, and goes on when it is delivered', async () => {
    const name = await started({ maxPending: 3 })
    for (let n = 0; n < 3; n += 1) expect((await push(name, `{"n": ${n}}`)).status).toBe(202)
    const refused = await push(name, '{"n": 3}')
    expect(refused).toMatchObject({ status: 429, json: { code: 'backlog_full' } })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await push(await started(), '{}')).status).toBe(202)
    await using client = await connected(api.databaseUrl)
    const { rows } = await client.query<{ id: string }>(
      `select d.id::text from weaver.deliveries d join weaver.streams s on s.id = d.stream_id where s.name = $1`,
      [name],
    )
    for (const { id } of rows)
      await api.ledger.acknowledge({
        deliveryId: id,
        attempt: 1,
        state: 'done',
        records: 1,
        documents: 1,
        refusals: [],
        error: null,
        retryAfterMs: 0,
      })
    await eventually(async () => (await push(name, '{"n": 3}')).status === 202, { what: 'the stream to take more' })
    const runs = (await api.call('GET', `/v1/streams/${name}/runs`)).json.items
    expect(runs.map((run) => String(run['state'])).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'delivering',
      'succeeded',
      'succeeded',
      'succeeded',
    ])
  })

  it('refuses what it cannot hold while the store is slow, before it reads it, and recovers', async () => {
    const name = await started()
    const release = Promise.withResolvers<void>()
    hold = () => release.promise
    const held = Array.from({ length: 512 }, () => push(name, '{}'))
    const refused = await eventually(
      async () => {
        const answer = await push(name, '{}')
        return answer.status === 202 ? undefined : answer
      },
      { what: 'a refusal' },
    )
    expect(refused).toMatchObject({ status: 503, json: { code: 'overloaded' } })
    expect(refused.headers['retry-after']).toBe('1')
    release.resolve()
    hold = undefined
    expect((await Promise.all(held)).every(({ status }) => status === 202)).toBe(true)
    expect((await push(name, '{}')).status).toBe(202)
  })
})

async function connected(url: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}
