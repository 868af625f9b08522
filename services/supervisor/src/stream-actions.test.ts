import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Api, httpStream, startApi } from '../test/harness.ts'
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

  it('of many is not kept from the others by one that was to run once, at a time that has passed', async () => {
    const passed = await streamOf('http://127.0.0.1:9/', { schedule: { at: '2001-01-01T00:00:00Z' } })
    const name = await streamOf('http://127.0.0.1:9/')
    expect(codeOf(await api.call('POST', `/v1/streams/${passed}/start`))).toEqual([422, 'invalid_schedule'])
    const all = await api.call('POST', '/v1/streams/actions', { action: 'start', filter: { names: [passed, name] } })
    while ((await api.ledger.operations.applyNext()) !== undefined);
    expect((await api.call('GET', `/v1/operations/${all.json.id}`)).json).toMatchObject({ state: 'completed', error: null })
    const states = await Promise.all([passed, name].map((stream) => api.call('GET', `/v1/streams/${stream}`)))
    expect(states.map(({ json }) => json['desired'])).toEqual(['stopped', 'started'])
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

describe('a change of many', () => {
  it('is refused where the filter finds a stream that cannot run by the schedule', async () => {
    const name = await streamOf('http://127.0.0.1:9/')
    const body = { action: 'change', change: { schedule: { continuous: true } }, filter: { names: [name] } }
    for (const dryRun of [false, true]) {
      const refused = await api.call('POST', '/v1/streams/actions', { ...body, dryRun })
      expect(codeOf(refused)).toEqual([422, 'invalid_schedule'])
      expect(refused.json.errors).toMatchObject([{ field: 'change.schedule', problem: 'cannot be continuous: the adapter polls' }])
    }
    const other = await api.call('POST', '/v1/streams/actions', { ...body, filter: { ...body.filter, adapter: 'sse' }, dryRun: true })
    expect(other.json).toMatchObject({ matched: 0 })
    expect((await api.call('POST', '/v1/streams/actions', { ...body, change: { schedule: { every: 5000 } } })).status).toBe(202)
    while ((await api.ledger.operations.applyNext()) !== undefined);
    expect((await api.call('GET', `/v1/streams/${name}`)).json).toMatchObject({ schedule: { every: 5000 } })
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
