import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { eventually, findVespa, sourceServer, type SourceServer, spawnNode, startVespa, type TestVespa } from '@data-weaver/testkit'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fleet, runEnds, startFleet } from './fleet.ts'
import { json, type Source, startSource } from './source.ts'

const folder = await findVespa()
const applicationPackage = fileURLToPath(new URL('../../deploy/vespa', import.meta.url))
const command = fileURLToPath(new URL('../../services/cli/src/main.ts', import.meta.url))
const dimensions = 384

interface AuditView {
  readonly id: string
  readonly state: string
  readonly error: unknown
  readonly targets: readonly {
    readonly documentType: string
    readonly examples: readonly { readonly finding: string; readonly id: string }[]
    readonly repairs: readonly string[]
  }[]
}

const articles = Array.from({ length: 40 }, (_, n) => ({
  id: n,
  headline: `Article ${n}`,
  text: `What is said in article ${n}.`,
  tags: ['a', 'b'],
}))
const stream = (name: string, url: string, sinkFields: object) => ({
  name,
  adapter: 'http',
  config: { request: { url }, records: { path: 'items' }, primaryKey: ['id'] },
  schedule: { every: 3_600_000 },
  transform: { fields: { title: 'headline', body: 'text', tags: 'tags' } },
  sinks: [{ type: 'vespa', documentType: 'article', fields: sinkFields, embedding: { model: 'small' } }],
})
const fields = { title: 'title', body: 'body', tags: 'tags', embedding: { embed: ['title', 'body'] } }

describe.skipIf(folder === undefined)('streams with a vespa sink, from the source to Vespa’s document handler', () => {
  let vespa: TestVespa
  let source: Source
  let model: SourceServer
  let fleet: Fleet
  beforeAll(async () => {
    vespa = await startVespa(folder ?? '', applicationPackage)
    source = await startSource((_request, response) => json(response, { items: articles }))
    model = await sourceServer(({ body }) => {
      const { input } = JSON.parse(body) as { input: readonly string[] }
      const data = input.map((text, index) => ({ index, embedding: Array.from({ length: dimensions }, (_, at) => (text.length + at) / 8) }))
      return { body: { data } }
    })
    const env = {
      WEAVER_VESPA_URL: vespa.url,
      WEAVER_VESPA_APPLICATION: applicationPackage,
      WEAVER_EMBEDDING_URL: `${model.url}/v1/embeddings`,
      WEAVER_EMBEDDING_TOKEN: 'the-token-of-the-model',
    }
    fleet = await startFleet({ env })
  }, 300_000)
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]()
    await model?.close()
    await source?.[Symbol.asyncDispose]()
    await vespa?.stop()
  })

  const docid = (n: number) => `/document/v1/weaver/article/docid/${encodeURIComponent(`default:articles:${n}`)}`
  const vespaCall = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => {
    const answer = await request(`${vespa.url}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const read = (await answer.body.json()) as { fields?: Record<string, unknown> }
    if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode}`)
    return read.fields ?? {}
  }
  const audited = async (wish: object): Promise<AuditView> => {
    const { id } = await fleet.api.post<AuditView>('/v1/audits', wish)
    return await eventually(
      async () => {
        const audit = await fleet.api.get<AuditView>(`/v1/audits/${id}`)
        return ['completed', 'failed'].includes(audit.state) ? audit : undefined
      },
      { what: 'the audit to end', timeoutMs: 60_000 },
    )
  }

  const weaver = async (args: readonly string[]): Promise<{ status: number | null; printed: string }> => {
    const env = { WEAVER_URL: fleet.address, WEAVER_TOKEN: 'test-admin-token-0123456789' }
    await using child = spawnNode(command, { args, env })
    const { code } = await child.exited
    return { status: code, printed: child.output() }
  }

  it('refuses a stream that does not fit the schema that is deployed', async () => {
    const wrong = { title: { from: 'title', type: 'long' }, rating: 'rating', embedding: { embed: 'title', type: 'tensor<float>(x[3])' } }
    const { status, body } = await fleet.api.call('POST', '/v1/streams', stream('misfit', source.url, wrong))
    expect(status).toBe(422)
    expect(body['errors']).toMatchObject([
      { field: 'sinks.0.fields.title', problem: 'is long here and string in the schema that is deployed' },
      { field: 'sinks.0.fields.rating', problem: 'is not in the schema that is deployed' },
      { field: 'sinks.0.fields.embedding', problem: expect.stringContaining('tensor<bfloat16>(x[384])') },
    ])
  })

  /** Takes documents out of Vespa, puts others in, and changes some, as somebody does who has its address. */
  const tamper = async (stored: object) => {
    for (const gone of [1, 2, 3]) await vespaCall('DELETE', docid(gone))
    await vespaCall('POST', docid(4), { fields: { ...stored, weaver_id: 'articles:4', weaver_seq: 0, title: 'Old', embedding: null } })
    const alien = { ...stored, weaver_id: 'articles:alien', embedding: null }
    await vespaCall('POST', docid(998), { fields: { ...alien, weaver_id: 'articles:998', weaver_result_id: randomUUID() } })
    await vespaCall('POST', docid(999), { fields: { ...alien, weaver_id: 'articles:999' } })
    const tombstone = { weaver_id: 'articles:997', weaver_deleted: true, weaver_seq: 0, weaver_written_at: 1 }
    await vespaCall('POST', docid(997), { fields: { ...alien, ...tombstone } })
    await vespaCall('POST', '/document/v1/weaver/article/docid/theirs', { fields: { title: 'theirs' } })
    // By hand, with everything as it was that says how new they are.
    const set = async (n: number, changed: object) => await vespaCall('PUT', docid(n), { fields: changed })
    await set(5, { title: { assign: 'Article 6' } })
    await set(6, { embedding: { assign: { values: Array.from({ length: dimensions }, () => 1) } } })
    await set(8, { weaver_deleted: { assign: true } })
  }

  it('feeds it with vectors, says how it does, finds what is amiss and mends it', { timeout: 180_000 }, async () => {
    const { id: streamId } = await fleet.api.post<{ id: string }>('/v1/streams', stream('articles', source.url, fields))
    await fleet.api.post('/v1/streams/articles/start')
    await runEnds(fleet.api, 'articles', ['succeeded'])
    const stored = await vespaCall('GET', docid(7))
    expect(stored).toMatchObject({ title: 'Article 7', tags: { a: 1, b: 1 }, weaver_stream: 'articles' })
    expect((stored['embedding'] as { values: number[] }).values).toHaveLength(dimensions)
    expect(model.requests[0]?.headers.authorization).toBe('Bearer the-token-of-the-model')

    const sinks = await eventually(
      async () => {
        const { items } = await fleet.api.get<{ items: { documents: number }[] }>('/v1/sinks')
        return items[0]?.documents === 40 ? items : undefined
      },
      { what: 'the worker to say how the sink does' },
    )
    expect(sinks).toMatchObject([{ sink: 'vespa', target: 'weaver/article', rejected: 0, embedding: { texts: 40 } }])
    const metrics = (await fleet.api.call('GET', '/metrics')).text
    expect(metrics).toMatch(/weaver_sink_documents\{worker="[^"]+",sink="vespa",target="weaver\/article"\} 40/)

    const { embedding: vectorOfSix } = await vespaCall('GET', docid(6))
    const all = { results: 1, unreadable: 0, expected: 40, tombstones: 0 }
    expect((await audited({})).targets).toMatchObject([
      { ...all, found: 40, missing: 0, stale: 0, altered: 0, unknown: 0, foreign: 0, examples: [], repairs: [] },
    ])

    await tamper(stored)
    const asked = model.requests.length

    const amiss = { ...all, found: 38, missing: 3, stale: 1, altered: 3, unknown: 2, foreign: 1 }
    const found = (await audited({})).targets
    expect(found).toMatchObject([{ documentType: 'article', ...amiss, tombstones: 2, collected: 1, repairs: [] }])
    expect(found[0]?.examples.map(({ finding, id }) => `${finding} ${id}`)).toEqual([
      'altered articles:5',
      'altered articles:6',
      'altered articles:8',
      'missing articles:1',
      'missing articles:2',
      'missing articles:3',
      'stale articles:4',
      'unknown articles:998',
      'unknown articles:999',
    ])
    expect((await fleet.api.call('GET', '/metrics')).text).toContain('weaver_audit_documents{target="weaver/article",finding="missing"} 3')

    const typed = await weaver(['vespa', 'audit', '--document-type', 'article'])
    expect(typed.status).toBe(1)
    expect(typed.printed).toMatch(/^place .*\nweaver\/article +40 +38 +3 +1 +3 +2 +0 *\naltered articles:5\n/)

    const { targets } = await audited({ repair: true, documentType: 'article' })
    expect(targets).toMatchObject([{ ...amiss, tombstones: 1 }])
    const [repair] = targets[0]?.repairs ?? []
    await eventually(async () => (await fleet.api.get(`/v1/operations/${repair}`))['state'] === 'completed', {
      what: 'the repair to be complete',
      timeoutMs: 60_000,
    })
    expect((await audited({ since: new Date(Date.now() - 3_600_000).toISOString() })).targets).toMatchObject([
      { ...all, found: 42, missing: 0, stale: 0, altered: 0, unknown: 2 },
    ])
    expect(await vespaCall('GET', docid(5))).toMatchObject({ title: 'Article 5', weaver_deleted: false })
    expect((await vespaCall('GET', docid(6)))['embedding']).toEqual(vectorOfSix)
    expect(await vespaCall('GET', docid(8))).toMatchObject({ title: 'Article 8', weaver_deleted: false })
    expect(await vespaCall('GET', docid(4))).toMatchObject({ title: 'Article 4', weaver_stream_id: streamId })
    // What Vespa still had a vector of, and what this worker remembers, was not embedded again.
    expect(model.requests.length).toBe(asked)
    expect(fleet.output()).not.toContain('the-token-of-the-model')
  })

  it('says that an audit failed when Vespa is away, and does not try it for ever', { timeout: 60_000 }, async () => {
    await vespa.control({ clear: 1 })
    const lost = await audited({ documentType: 'article' })
    expect(lost).toMatchObject({ state: 'completed', targets: [{ missing: 40 }] })
    await vespa.stop()
    expect(await audited({})).toMatchObject({ state: 'failed', targets: [], error: { code: 'sink_unavailable' } })
  })
})
