import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { documentsOf, type Fleet, runEnds, runsOf, startFleet } from './fleet.ts'
import { json, type Source, startSource } from './source.ts'

let fleet: Fleet
let source: Source
/** What the source does with the next request to a path. */
const behaviour = new Map<string, 'answer' | 'hang' | 'fail'>()

beforeAll(async () => {
  source = await startSource((_request, response, url) => {
    const what = behaviour.get(url.pathname) ?? 'answer'
    if (what === 'hang') return
    if (what === 'fail') response.writeHead(503).end()
    else json(response, { items: [{ id: url.pathname.slice(1), asked: source.requests.length }] })
  })
  fleet = await startFleet()
})

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await source?.[Symbol.asyncDispose]()
})

async function started(name: string, more: object): Promise<void> {
  await fleet.api.post('/v1/streams', {
    name,
    adapter: 'http',
    config: { request: { url: `${source.url}/${name}` }, records: { path: 'items' }, primaryKey: ['id'] },
    schedule: { manual: true },
    ...more,
  })
  await fleet.api.post(`/v1/streams/${name}/start`)
}

test('a trigger runs a manual stream once, and is refused while it runs', async () => {
  behaviour.set('/manual', 'hang')
  await started('manual', { timeout: 60_000 })
  const run = await fleet.api.post<{ id: string }>('/v1/streams/manual/trigger')
  expect(await fleet.api.call('POST', '/v1/streams/manual/trigger')).toMatchObject({ status: 409, body: { code: 'run_in_progress' } })
  await eventually(() => source.requests.some(({ url }) => url.pathname === '/manual'), { what: 'the run to ask the source' })
  await fleet.api.post('/v1/streams/manual/stop')
  expect(await fleet.api.get(`/v1/runs/${run.id}`)).toMatchObject({ state: 'interrupted', trigger: 'manual', tick: null })

  behaviour.set('/manual', 'answer')
  await fleet.api.post('/v1/streams/manual/start')
  await fleet.api.post('/v1/streams/manual/trigger')
  expect(await runEnds(fleet.api, 'manual', ['succeeded'])).toMatchObject({ documents: 1 })
  expect(await runsOf(fleet.api, 'manual')).toHaveLength(2)
})

test('a run that takes too long ends with its timeout, and the stream goes on', async () => {
  behaviour.set('/slow', 'hang')
  await started('slow', { schedule: { every: 500 }, timeout: 300 })
  expect(await runEnds(fleet.api, 'slow', ['timedOut'])).toMatchObject({ error: { code: 'timed_out' } })
  behaviour.set('/slow', 'answer')
  await runEnds(fleet.api, 'slow', ['succeeded'])
  await fleet.api.post('/v1/streams/slow/stop')
})

test('a failed attempt is tried again within the same run', async () => {
  behaviour.set('/shaky', 'fail')
  await started('shaky', { retry: { attempts: 50, delay: 200, maxDelay: 400 } })
  await fleet.api.post('/v1/streams/shaky/trigger')
  await eventually(async () => (await runsOf(fleet.api, 'shaky'))[0]?.state === 'waiting', { what: 'the run to wait for its next attempt' })
  behaviour.set('/shaky', 'answer')
  const run = await runEnds(fleet.api, 'shaky', ['succeeded'])
  expect(run.attempt).toBeGreaterThan(1)
  expect(await runsOf(fleet.api, 'shaky')).toHaveLength(1)
})

test('a new configuration is in force from the next tick, and documents say which made them', async () => {
  await started('changed', { schedule: { every: 300 } })
  await eventually(async () => (await documentsOf(fleet.api, 'changed')).length > 0, { what: 'the document' })
  await fleet.api.call('PATCH', '/v1/streams/changed', { transform: { fields: { name: { template: 'number {{id}}' } } } })
  const [document] = await eventually(
    async () => {
      const found = await documentsOf(fleet.api, 'changed')
      return found[0]?.fields['name'] === undefined ? undefined : found
    },
    { what: 'the document by the new transform' },
  )
  expect(document).toMatchObject({ fields: { name: 'number changed' }, lineage: { streamVersion: 2, transformVersion: 2 } })
  expect(await fleet.api.get('/v1/streams/changed/versions')).toMatchObject({ items: [{ version: 2 }, { version: 1 }] })
  await fleet.api.post('/v1/streams/changed/stop')
})
