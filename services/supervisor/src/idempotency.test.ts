import { randomUUID } from 'node:crypto'
import { WeaverError } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'

let api: Api
/** The next answer of the ledger for a trigger is this error. */
let failure: WeaverError | undefined

beforeAll(async () => {
  api = await startApi((parts) => ({
    ...parts,
    queue: {
      ...parts.queue,
      async wakeRun(...call) {
        if (failure !== undefined) throw failure
        await parts.queue.wakeRun(...call)
      },
    },
  }))
})
afterAll(async () => await api[Symbol.asyncDispose]())

const key = () => ({ 'idempotency-key': randomUUID() })

describe('a creating call with an Idempotency-Key', () => {
  it('has its effect once and is answered the same again', async () => {
    const headers = key()
    const body = { ...httpStream(api.name('once')), secrets: { key: 'sealed-and-kept-out-of-answers' } }
    const first = await api.call('POST', '/v1/streams', body, headers)
    const again = await api.call('POST', '/v1/streams', body, headers)
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.text).toBe(first.text)
    expect(again.headers).toMatchObject({
      'idempotency-replayed': 'true',
      location: first.headers['location'],
      etag: '"1"',
      'content-type': first.headers['content-type'],
    })
    expect(first.headers['idempotency-replayed']).toBeUndefined()
    expect(api.transcript()).not.toContain('sealed-and-kept-out-of-answers')
  })

  it('is refused when the key was used for another request', async () => {
    const headers = key()
    await api.call('POST', '/v1/streams', httpStream(api.name('one')), headers)
    const other = await api.call('POST', '/v1/streams', httpStream(api.name('other')), headers)
    expect([other.status, other.json.code]).toEqual([409, 'idempotency_conflict'])
    const elsewhere = await api.call('POST', `/v1/streams/${other.json.name ?? 'nobody'}/trigger`, undefined, headers)
    expect(elsewhere.json.code).toBe('idempotency_conflict')
  })

  it('made many times at once makes one stream', async () => {
    const headers = key()
    const body = httpStream(api.name('many'))
    const answers = await Promise.all(Array.from({ length: 8 }, () => api.call('POST', '/v1/streams', body, headers)))
    const made = answers.filter(({ status }) => status === 201)
    expect(new Set(made.map(({ json }) => json.id)).size).toBe(1)
    for (const { status, json } of answers) if (status !== 201) expect(json.code).toBe('idempotency_conflict')
    expect((await api.call('POST', '/v1/streams', body, headers)).json.id).toBe(made[0]?.json.id)
  })

  it('may be corrected and sent again with its key when it was refused', async () => {
    const headers = key()
    const name = api.name('corrected')
    const refused = await api.call('POST', '/v1/streams', httpStream(name, { schedule: { cron: 'no cron at all' } }), headers)
    expect(refused.json.code).toBe('invalid_schedule')
    expect((await api.call('POST', '/v1/streams', httpStream(name), headers)).status).toBe(201)
  })

  it('needs a key that is one', async () => {
    for (const bad of ['', 'ö', 'a b', 'x'.repeat(256)]) {
      const refused = await api.call('POST', '/v1/streams', httpStream(api.name('bad')), { 'idempotency-key': bad })
      expect([refused.status, refused.json.errors[0]?.field]).toEqual([400, 'idempotency-key'])
    }
  })
})

describe('a trigger', () => {
  it('queues one run however often it is sent with its key', async () => {
    const name = api.name('trigger')
    await api.call('POST', '/v1/streams', httpStream(name))
    await api.call('POST', `/v1/streams/${name}/start`)
    const headers = key()
    const runs = [
      await api.call('POST', `/v1/streams/${name}/trigger`, undefined, headers),
      await api.call('POST', `/v1/streams/${name}/trigger`, undefined, headers),
    ]
    expect(runs.map(({ status }) => status)).toEqual([202, 202])
    expect(runs[1]?.json).toEqual(runs[0]?.json)
    expect(runs[0]?.json).toMatchObject({ trigger: 'manual', state: 'queued', tick: null, streamVersion: null })
    expect(runs[0]?.headers['location']).toBe(`/v1/runs/${runs[0]?.json.id}`)
    expect((await api.call('GET', `/v1/streams/${name}/runs`)).json.items).toHaveLength(1)
  })

  it('counts although the queue is down: the run is in the ledger', async () => {
    const name = api.name('no-queue')
    await api.call('POST', '/v1/streams', httpStream(name))
    await api.call('POST', `/v1/streams/${name}/start`)
    failure = new WeaverError('queue_unavailable', 'the queue cannot be reached')
    try {
      expect((await api.call('POST', `/v1/streams/${name}/trigger`)).json.state).toBe('queued')
    } finally {
      failure = undefined
    }
  })

  it('is refused for a stream that is stopped', async () => {
    const name = api.name('stopped')
    await api.call('POST', '/v1/streams', httpStream(name))
    const refused = await api.call('POST', `/v1/streams/${name}/trigger`)
    expect([refused.status, refused.json.code]).toEqual([409, 'stream_stopped'])
  })
})
