import { randomUUID } from 'node:crypto'
import { WeaverError } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'
import { claimTick, commitPage, endRun, type PlayedPage } from '../test/play-worker.ts'

let api: Api
let name: string
let streamId: string
let first: PlayedPage
let second: PlayedPage

const body = '{"items":[{"id":"a b/c","title":"Red, green"},{"id":"100%","title":"Blue"}]}'

beforeAll(async () => {
  api = await startApi()
  name = api.name('played')
  streamId = (await api.call('POST', '/v1/streams', httpStream(name, { schedule: { every: 100 } }))).json.id
  await api.call('POST', `/v1/streams/${name}/start`)
  const run = await claimTick(api, streamId)
  first = await commitPage(api, run, body, {
    records: [
      { id: 'a b/c', title: 'Red, green' },
      { id: '100%', title: 'Blue' },
    ],
    contentType: 'application/json; charset=utf-8',
  })
  second = await commitPage(api, run, '<script>alert(1)</script>', {
    part: 1,
    records: [{ id: 1 }, { id: 2 }],
    refused: 1,
    contentType: 'text/html',
  })
  await endRun(api, run)
})
afterAll(async () => await api[Symbol.asyncDispose]())

const codeOf = ({ status, json }: { status: number; json: { code: string } }) => [status, json.code]

describe('runs', () => {
  it('are shown with what became of them', async () => {
    const run = await api.call('GET', `/v1/runs/${first.runId}`)
    expect(run.json).toMatchObject({
      stream: name,
      streamVersion: 1,
      trigger: 'schedule',
      state: 'partial',
      attempt: 1,
      pages: 2,
      records: 4,
      documents: 3,
      deadLetters: 1,
      pendingDeliveries: 0,
    })
    const listed = await api.call('GET', `/v1/streams/${name}/runs?state=partial&state=failed`)
    expect(listed.json).toEqual({ items: [run.json], next: null })
    expect((await api.call('GET', `/v1/streams/${name}/runs?state=failed`)).json.items).toEqual([])
    expect(codeOf(await api.call('GET', `/v1/streams/${name}/runs?state=broken`))).toEqual([400, 'invalid_request'])
  })

  it('that failed say why, also in the words of the source', async () => {
    const failing = api.name('failing')
    const { id } = (await api.call('POST', '/v1/streams', httpStream(failing, { schedule: { every: 100 } }))).json
    await api.call('POST', `/v1/streams/${id}/start`)
    const run = await claimTick(api, id)
    await endRun(api, run, new WeaverError('auth_failed', 'IQAir answered 401: incorrect_api_key', { upstreamCode: 'incorrect_api_key' }))
    const { state, error } = (await api.call('GET', `/v1/runs/${run.id}`)).json
    expect([state, error]).toEqual([
      'failed',
      { code: 'auth_failed', origin: 'source', message: 'IQAir answered 401: incorrect_api_key', upstreamCode: 'incorrect_api_key' },
    ])
  })

  it('that there are not are not found; what is no id is no request', async () => {
    expect(codeOf(await api.call('GET', `/v1/runs/${randomUUID()}`))).toEqual([404, 'not_found'])
    expect(codeOf(await api.call('GET', '/v1/runs/last'))).toEqual([400, 'invalid_request'])
  })
})

describe('results', () => {
  it('are listed newest first, by page and by run', async () => {
    const page = await api.call('GET', `/v1/streams/${name}/results?limit=1`)
    expect(page.json.items.map(({ id }) => id)).toEqual([second.resultId])
    const rest = await api.call('GET', `/v1/streams/${name}/results?limit=1&after=${page.json.next}`)
    expect([rest.json.items[0]?.id, rest.json.next]).toEqual([first.resultId, null])
    expect((await api.call('GET', `/v1/streams/${name}/results?run=${first.runId}`)).json.items).toHaveLength(2)
    expect((await api.call('GET', `/v1/streams/${name}/results?run=${randomUUID()}`)).json.items).toEqual([])
    expect(codeOf(await api.call('GET', `/v1/streams/${name}/results?after=x`))).toEqual([400, 'invalid_request'])
  })

  it('show request, response and deliveries', async () => {
    const { json } = await api.call('GET', `/v1/results/${first.resultId}`)
    expect(json).toMatchObject({
      runId: first.runId,
      stream: name,
      key: first.key,
      size: body.length,
      contentType: 'application/json; charset=utf-8',
    })
    expect(json.deliveries).toMatchObject([
      {
        sink: 'postgres',
        position: 0,
        streamVersion: 1,
        state: 'done',
        attempts: 1,
        records: 2,
        documents: 2,
        deadLetters: 0,
        error: null,
        createdAt: json.createdAt,
        finishedAt: expect.any(String),
      },
    ])
    expect(codeOf(await api.call('GET', `/v1/results/${randomUUID()}`))).toEqual([404, 'not_found'])
  })

  it('give the raw bytes, so that no browser runs what is in them', async () => {
    const raw = await api.call('GET', `/v1/results/${second.resultId}/body`)
    expect([raw.status, raw.text]).toEqual([200, '<script>alert(1)</script>'])
    expect(raw.headers).toMatchObject({
      'content-type': 'text/html',
      'content-disposition': `attachment; filename="${second.resultId}.json"`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    })
    const known = await api.call('GET', `/v1/results/${second.resultId}/body`, undefined, {
      'if-none-match': `"x", ${raw.headers['etag']}`,
    })
    expect([known.status, known.text]).toEqual([304, ''])
    expect((await api.call('GET', `/v1/results/${first.resultId}/body`)).headers['content-type']).toBe('application/json; charset=utf-8')
    const head = await api.call('HEAD', `/v1/results/${first.resultId}/body`)
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', String(body.length)])
  })

  it('lead to the object store when that is asked for and it gives addresses', async () => {
    const path = `/v1/results/${first.resultId}/body`
    expect((await api.call('GET', `${path}?redirect=1`)).text).toBe((await api.call('GET', path)).text)
    const { store } = api.parts
    Object.assign(store, { link: (key: string, options: object) => `http://store/${key}?${JSON.stringify(options)}` })
    try {
      const answer = await api.call('GET', `${path}?redirect=1`)
      expect([answer.status, answer.text]).toEqual([302, ''])
      const { key } = (await api.call('GET', `/v1/results/${first.resultId}`)).json as unknown as { key: string }
      expect(answer.headers['location']).toBe(
        `http://store/${key}?${JSON.stringify({ expiresIn: 300, fileName: `${first.resultId}.json` })}`,
      )
      expect(answer.headers['cache-control']).toBe('no-store')
      expect((await api.call('GET', `${path}?redirect=0`)).status).toBe(200)
    } finally {
      Object.assign(store, { link: undefined })
    }
  })

  it('say it when the bytes are gone, or are not what they were', async () => {
    const run = await claimTick(api, streamId)
    const gone = await commitPage(api, run, 'gone', { part: 0 })
    const other = await commitPage(api, run, 'as it was', { part: 1 })
    await endRun(api, run)
    const { signal } = new AbortController()
    await api.parts.store.delete([gone.key, other.key], signal)
    await api.parts.store.put(other.key, Buffer.from('as it is!'), { contentType: 'text/plain', signal })
    expect(codeOf(await api.call('GET', `/v1/results/${gone.resultId}/body`))).toEqual([404, 'object_missing'])
    expect(codeOf(await api.call('GET', `/v1/results/${other.resultId}/body`))).toEqual([500, 'object_corrupt'])
  })
})

describe('documents', () => {
  it('are found by their words, and by their stream', async () => {
    const found = await api.call('GET', `/v1/documents?q=green&stream=${name}`)
    expect(found.json.items.map(({ id }) => id)).toEqual([`${name}:a b/c`])
    expect((await api.call('GET', `/v1/documents?q=green&stream=${streamId}`)).json).toEqual(found.json)
    expect((await api.call('GET', `/v1/documents?q=green&stream=nobody`)).json).toEqual({ items: [], next: null })
    expect((await api.call('GET', `/v1/documents?stream=${name}`)).json.items).toHaveLength(3)
    expect((await api.call('GET', `/v1/documents?q=%20&stream=${name}&limit=2`)).json.items).toHaveLength(2)
    expect(codeOf(await api.call('GET', `/v1/documents?after=junk`))).toEqual([400, 'invalid_request'])
  })

  it('are shown by id, whatever characters are in it, with the way back to the bytes', async () => {
    for (const [id, title] of [
      ['a b/c', 'Red, green'],
      ['100%25', 'Blue'],
    ] as const) {
      const { json, status } = await api.call('GET', `/v1/documents/${encodeURIComponent(`${name}:${id}`)}`)
      expect(status).toBe(200)
      expect(json).toMatchObject({
        id: `${name}:${id}`,
        stream: name,
        fields: { title },
        revision: 1,
        lineage: { resultId: first.resultId, runId: first.runId, streamId, streamVersion: 1, transformVersion: 1 },
      })
      const raw = await api.call('GET', `/v1/results/${json.lineage.resultId}/body`)
      expect(raw.json.items[json.lineage.record]?.title).toBe(title)
    }
    const long = await api.call('GET', `/v1/documents/${encodeURIComponent(`${name}:${'ü'.repeat(400)}`)}`)
    expect(codeOf(long)).toEqual([404, 'not_found'])
  })
})

describe('dead letters', () => {
  it('are listed with the reason, by stream', async () => {
    const { json } = await api.call('GET', `/v1/dead-letters?stream=${name}`)
    expect(json.items).toHaveLength(1)
    expect(json.items[0]).toMatchObject({
      stream: name,
      runId: second.runId,
      resultId: second.resultId,
      record: 0,
      sink: 'postgres',
      error: { code: 'record_invalid' },
    })
    expect((await api.call('GET', '/v1/dead-letters?limit=1')).json.items).toHaveLength(1)
    expect(codeOf(await api.call('GET', '/v1/dead-letters?stream=nobody'))).toEqual([404, 'not_found'])
  })
})

describe('adapters', () => {
  it('are listed and shown with schemas and examples', async () => {
    const list = await api.call('GET', '/v1/adapters')
    expect(list.json.items.map(({ id }) => id)).toEqual(expect.arrayContaining(['http', 'iqair']))
    const { json } = await api.call('GET', '/v1/adapters/iqair')
    expect(json).toEqual(list.json.items.find(({ id }) => id === 'iqair'))
    expect(await api.call('GET', '/v1/adapters/push')).toMatchObject({ json: { mode: 'poll', pushed: true } })
    expect(json).toMatchObject({
      mode: 'poll',
      pushed: false,
      startMessage: true,
      secrets: { type: 'object', properties: { key: { type: 'string' } } },
    })
    const paged = await api.call('GET', '/v1/adapters?limit=1')
    expect((await api.call('GET', `/v1/adapters?limit=1&after=${paged.json.next}`)).json.items[0]?.id).not.toBe(paged.json.items[0]?.id)
    expect(codeOf(await api.call('GET', '/v1/adapters/iquair'))).toEqual([404, 'not_found'])
  })
})

describe('workers', () => {
  it('are listed', async () => {
    const registration = {
      id: 'a-worker',
      host: 'here',
      pid: 1,
      version: '0.1.0',
      pools: ['default'],
      slots: 4,
      draining: false,
      memoryBytes: 1,
      clockNow: Date.now(),
    }
    await api.ledger.renewLeases(registration, [], 1000)
    const { json } = await api.call('GET', '/v1/workers')
    expect(json.items).toMatchObject([{ id: 'a-worker', state: 'up', running: 0, slots: 4 }])
    await api.ledger.leaveWorkers('a-worker')
    expect((await api.call('GET', '/v1/workers')).json).toEqual({ items: [], next: null })
  })
})
