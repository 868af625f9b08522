import { randomUUID } from 'node:crypto'
import { systemClock } from '@data-weaver/contracts'
import { sourceServer, type SourceServer } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'
import { claimTick, commitPage, endRun, type PlayedPage } from '../test/play-worker.ts'

/** Where the document probe of the sink, its searches and reads go: what is asked is remembered, what is answered is set. */
let vespa: SourceServer
let api: Api
beforeAll(async () => {
  vespa = await sourceServer((request) => (request.path === '/search/' ? { body: hits } : document))
  api = await startApi((parts) => ({ ...parts, vespaUrl: vespa.url, vespaAccess: { token: 'a-token' } }))
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await vespa[Symbol.asyncDispose]()
})

const lineage = randomUUID()
const fields = {
  weaver_id: 'in-vespa:1',
  weaver_stream: 'in-vespa',
  weaver_seq: 7,
  weaver_transform_version: 1,
  weaver_record: 0,
  weaver_stream_version: 1,
  weaver_result_id: lineage,
  weaver_run_id: lineage,
  weaver_stream_id: lineage,
  weaver_deleted: false,
  weaver_written_at: 1_772_712_001,
  weaver_fields: '{"place":"Alaska"}',
}
const hits = { root: { fields: { totalCount: 1 }, children: [{ fields }] } }
let document: object = { body: { fields } }

const codeOf = ({ status, json }: { status: number; json: { code: string } }) => [status, json.code]
const titles = ({ json }: { json: { items: readonly unknown[] } }) =>
  json.items.map((item) => (item as { fields: { title: string } }).fields.title)

async function streamWith(more: object = {}): Promise<string> {
  const name = api.name('documents')
  const made = await api.call('POST', '/v1/streams', httpStream(name, { schedule: { every: 100 }, ...more }))
  if (made.status !== 201) throw new Error(made.text)
  return name
}

async function fetched(name: string, ...ids: readonly string[]): Promise<PlayedPage> {
  const { json } = await api.call('POST', `/v1/streams/${name}/start`)
  const run = await claimTick(api, json.id)
  const page = await commitPage(api, run, '[]', { records: ids.map((id) => ({ id, title: `title ${id}` })) })
  await endRun(api, run)
  return page
}

describe('documents of a stream', () => {
  it('are found by the result that wrote them last, and by when they changed', async () => {
    const name = await streamWith()
    const first = await fetched(name, 'a', 'b')
    const { changedAt } = (await api.call('GET', `/v1/documents?stream=${name}`)).json.items[0] as unknown as { changedAt: string }
    const between = new Date(Date.parse(changedAt) + 1).toISOString()
    // Changes have a time in milliseconds; the next ones are to have a later one.
    await systemClock.sleep(5)
    const later = await fetched(name, 'b', 'c')
    expect(titles(await api.call('GET', `/v1/documents?result=${first.resultId}`))).toEqual(['title a'])
    expect(titles(await api.call('GET', `/v1/documents?result=${later.resultId}`)).toSorted()).toEqual(['title b', 'title c'])
    expect(titles(await api.call('GET', `/v1/documents?stream=${name}&until=${changedAt}`)).toSorted()).toEqual(['title a', 'title b'])
    expect(titles(await api.call('GET', `/v1/documents?stream=${name}&from=${between}`))).toEqual(['title c'])
    expect(titles(await api.call('GET', `/v1/documents?stream=${name}&from=${between}&q=nothing`))).toEqual([])
    expect(titles(await api.call('GET', `/v1/documents?stream=${name}&from=${between}&q=title&limit=1`))).toEqual(['title c'])
    expect(codeOf(await api.call('GET', `/v1/documents?result=${randomUUID()}`))).toEqual([404, 'not_found'])
    for (const wrong of ['from=yesterday', 'until=1', 'result=a', 'sink=nowhere', 'form=2026-01-01T00:00:00Z']) {
      expect(codeOf(await api.call('GET', `/v1/documents?${wrong}`)), wrong).toEqual([400, 'invalid_request'])
    }
  })
})

describe('documents of a stream whose sink is Vespa', () => {
  it('are searched there, what was asked for as parameters, and found by their id', async () => {
    const name = await streamWith({ sinks: [{ type: 'vespa', documentType: 'earthquake' }] })
    const found = await api.call('GET', `/v1/documents?stream=${name}&q=${encodeURIComponent('alaska" or true')}&from=2026-03-05T12:00:00Z`)
    expect([found.status, found.json.items]).toMatchObject([200, [{ id: 'in-vespa:1', fields: { place: 'Alaska' }, revision: null }]])
    const { body } = vespa.requests.findLast(({ path }) => path === '/search/') ?? { body: '{}' }
    expect(JSON.parse(body)).toMatchObject({ words: 'alaska" or true', stream: name, tenant: 'default', 'model.restrict': 'earthquake' })
    expect((JSON.parse(body) as { yql: string }).yql).not.toContain('alaska')
    const one = await api.call('GET', `/v1/documents/${encodeURIComponent(`${name}:1`)}`)
    expect(one.json).toMatchObject({ fields: { place: 'Alaska' }, lineage: { resultId: lineage } })
    document = { status: 404, body: {} }
    expect(codeOf(await api.call('GET', `/v1/documents/${encodeURIComponent(`${name}:2`)}`))).toEqual([404, 'not_found'])
    document = { body: { fields } }
  })

  it('are searched in the sink that is named, where there are two', async () => {
    const both = await streamWith({ sinks: [{ type: 'postgres' }, { type: 'vespa', documentType: 'earthquake' }] })
    const asked = () => vespa.requests.filter(({ path }) => path === '/search/').length
    const before = asked()
    expect((await api.call('GET', `/v1/documents?stream=${both}`)).json.items).toEqual([])
    expect(asked()).toBe(before)
    expect((await api.call('GET', `/v1/documents?stream=${both}&sink=vespa`)).json.items).toHaveLength(1)
    expect((await api.call('GET', `/v1/documents?stream=${both}&sink=postgres`)).json.items).toEqual([])
    const only = await streamWith()
    for (const query of ['sink=vespa', `sink=vespa&stream=${only}`, 'sink=vespa&stream=nobody']) {
      const refused = await api.call('GET', `/v1/documents?${query}`)
      expect([codeOf(refused), refused.json.errors[0]?.field], query).toEqual([[400, 'invalid_request'], 'sink'])
    }
  })
})
