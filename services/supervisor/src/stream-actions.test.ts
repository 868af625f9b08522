import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Api, httpStream, startApi, startSource } from '../test/harness.ts'
import { claimTick, endRun } from '../test/play-worker.ts'

let api: Api
beforeAll(async () => void (api = await startApi()))
afterAll(async () => await api[Symbol.asyncDispose]())

const codeOf = ({ status, json }: { status: number; json: { code: string } }) => [status, json.code]

async function streamOf(url: string, more: object = {}): Promise<string> {
  const name = api.name('action')
  const made = await api.call(
    'POST',
    '/v1/streams',
    httpStream(name, { config: { request: { url }, primaryKey: ['id'], records: { path: 'items' } }, schedule: { every: 100 }, ...more }),
  )
  if (made.status !== 201) throw new Error(made.text)
  return name
}

describe('a check', () => {
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
    expect(json.bytes).toBe(JSON.stringify({ items: [...items, { title: 'without id' }] }).length)
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
    expect(json.records[0]?.fields).toEqual({ id: 1, echo: 'Bearer ***', '***': { url: 'key=***' } })
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
    const closed = Promise.withResolvers<void>()
    await using source = await startSource((request) => void request.socket.on('close', () => closed.resolve()))
    await using quick = await startApi((parts) => ({
      ...parts,
      clock: { ...parts.clock, sleep: (ms, signal) => parts.clock.sleep(ms / 100, signal) },
    }))
    const config = { request: { url: source.url }, primaryKey: ['id'] }
    await quick.call('POST', '/v1/streams', httpStream('slow', { config }))
    expect(codeOf(await quick.call('POST', '/v1/streams/slow/check'))).toEqual([504, 'source_timeout'])
    await closed.promise
  })
})

describe('start', () => {
  it('lets the first tick be now, asks the reconciler to look, and changes nothing the second time', async () => {
    const name = await streamOf('http://127.0.0.1:9/')
    const before = api.reconciled()
    const started = await api.call('POST', `/v1/streams/${name}/start`)
    expect(started.json).toMatchObject({ desired: 'started' })
    expect(started.json.nextTickAt).not.toBeNull()
    expect(api.reconciled()).toBe(before + 1)
    const again = await api.call('POST', `/v1/streams/${name}/start`)
    expect([again.status, again.headers['etag']]).toEqual([200, started.headers['etag']])
  })

  it('takes an empty body with a content type, as many clients send it', async () => {
    const name = await streamOf('http://127.0.0.1:9/')
    const { statusCode } = await api.app.inject({
      method: 'POST',
      url: `/v1/streams/${name}/start`,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      payload: '',
    })
    expect(statusCode).toBe(200)
  })
})

describe('trigger', () => {
  it('is refused while a run is in progress', async () => {
    const name = await streamOf('http://127.0.0.1:9/')
    const { id } = (await api.call('POST', `/v1/streams/${name}/start`)).json
    const run = await claimTick(api, id)
    const refused = await api.call('POST', `/v1/streams/${name}/trigger`)
    expect(codeOf(refused)).toEqual([409, 'run_in_progress'])
    expect(refused.json.detail).toContain(run.id)
    await endRun(api, run)
  })
})

describe('stop', () => {
  const settled = async (promise: Promise<unknown>) =>
    await Promise.race([promise.then(() => true), new Promise((resolve) => setImmediate(() => resolve(false)))])

  it('is answered when nothing runs any more, not before', async () => {
    const name = await streamOf('http://127.0.0.1:9/')
    const { id } = (await api.call('POST', `/v1/streams/${name}/start`)).json
    const run = await claimTick(api, id)
    const stop = api.call('POST', `/v1/streams/${name}/stop`)
    await eventually(async () => (await api.call('GET', `/v1/runs/${run.id}`)).json.state === 'stopping', {
      what: 'the run to be told to stop',
    })
    expect(await settled(stop)).toBe(false)
    await endRun(api, run)
    const stopped = await stop
    expect(stopped).toMatchObject({ status: 200, json: { action: 'stop', state: 'completed', runs: { told: 1, acknowledged: 1 } } })
    const after = await api.call('GET', `/v1/streams/${name}`)
    expect([after.json.desired, after.json.nextTickAt]).toEqual(['stopped', null])
    expect((await api.call('POST', `/v1/streams/${name}/stop`)).json).toMatchObject({ state: 'completed', runs: { told: 0 } })
    expect((await api.call('GET', `/v1/streams/${name}`)).headers['etag']).toBe(after.headers['etag'])
  })

  it('says that it goes on when a run does not end, and remains in force', async () => {
    await using quick = await startApi((parts) => ({ ...parts, clock: { ...parts.clock, monotonic: () => parts.clock.monotonic() * 100 } }))
    const { id } = (await quick.call('POST', '/v1/streams', httpStream('stuck', { schedule: { every: 100 } }))).json
    await quick.call('POST', '/v1/streams/stuck/start')
    const run = await claimTick(quick, id)
    const stop = await quick.call('POST', '/v1/streams/stuck/stop')
    expect([stop.status, stop.json.state, stop.headers['retry-after']]).toEqual([202, 'waiting', '2'])
    expect(stop.headers['location']).toBe(`/v1/operations/${stop.json.id}`)
    expect((await quick.call('GET', '/v1/streams/stuck')).json.desired).toBe('stopped')
    const message = await quick.call('POST', '/v1/workers/stop', { adapter: 'stuck' })
    expect([message.status, message.json]).toEqual([202, { success: true, message: 'Stopping fetching from adapter stuck.' }])
    expect((await quick.call('DELETE', '/v1/streams/stuck')).status).toBe(202)
    await endRun(quick, run)
  })

  it('is not undone by a client that hangs up', async () => {
    await api.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = api.app.server.address() as AddressInfo
    const name = await streamOf('http://127.0.0.1:9/')
    const { id } = (await api.call('POST', `/v1/streams/${name}/start`)).json
    const run = await claimTick(api, id)
    const client = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: `/v1/streams/${name}/stop`,
      headers: { authorization: `Bearer ${adminToken}` },
    })
    client.on('error', () => {})
    client.end()
    await eventually(async () => (await api.call('GET', `/v1/runs/${run.id}`)).json.state === 'stopping', {
      what: 'the run to be told to stop',
    })
    client.destroy()
    expect((await api.call('GET', `/v1/streams/${name}`)).json.desired).toBe('stopped')
    await endRun(api, run)
    expect((await api.call('GET', `/v1/runs/${run.id}`)).json.state).toBe('interrupted')
  })

  it('waits with the deletion of a stream as well', async () => {
    const name = await streamOf('http://127.0.0.1:9/')
    const { id } = (await api.call('POST', `/v1/streams/${name}/start`)).json
    const run = await claimTick(api, id)
    const gone = api.call('DELETE', `/v1/streams/${name}`)
    await eventually(async () => (await api.call('GET', `/v1/runs/${run.id}`)).json.state === 'stopping', {
      what: 'the run to be told to stop',
    })
    expect(await settled(gone)).toBe(false)
    await endRun(api, run)
    expect((await gone).status).toBe(204)
  })
})
