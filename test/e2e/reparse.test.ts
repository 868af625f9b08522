import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DocumentView, documentsOf, type Fleet, runEnds, runsOf, startFleet } from './fleet.ts'
import { json, type Source, startSource } from './source.ts'

let fleet: Fleet
let source: Source
/** What the source answers for a stream, by its path. */
const answers = new Map<string, (asked: number) => { status?: number; items?: readonly object[] }>()

beforeAll(async () => {
  source = await startSource((_request, response, url) => {
    const name = url.pathname.slice(1)
    const { status = 200, items = [] } = answers.get(name)?.(asked(name)) ?? {}
    json(response, { items }, status)
  })
  fleet = await startFleet()
})

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await source?.[Symbol.asyncDispose]()
})

const asked = (name: string): number => source.requests.filter(({ url }) => url.pathname === `/${name}`).length

const plain = { fields: { place: 'where', size: 'mag' } }
const numbered = { fields: { place: 'where', magnitude: { path: 'mag', convert: 'number' } } }

async function started(name: string, more: object = {}): Promise<void> {
  await fleet.api.post('/v1/streams', {
    name,
    adapter: 'http',
    config: { request: { url: `${source.url}/${name}` }, records: { path: 'items' }, primaryKey: ['id'] },
    schedule: { every: 3_600_000 },
    timeout: 60_000,
    transform: plain,
    ...more,
  })
  await fleet.api.post(`/v1/streams/${name}/start`)
}

/** Runs the stream so often again, one after the other. */
async function runAgain(name: string, times: number): Promise<void> {
  await runEnds(fleet.api, name, ['succeeded', 'partial'])
  for (let run = 0; run < times; run += 1) {
    await fleet.api.post(`/v1/streams/${name}/trigger`)
    await eventually(
      async () => {
        const runs = await runsOf(fleet.api, name)
        return runs.length === run + 2 && runs.every(({ state }) => ['succeeded', 'partial'].includes(state))
      },
      { what: `run ${run + 2} of ${name} to end`, timeoutMs: 30_000 },
    )
  }
}

const change = async (name: string, body: object): Promise<void> =>
  expect((await fleet.api.call('PATCH', `/v1/streams/${name}`, body)).status).toBe(200)

interface OperationView {
  readonly id: string
  readonly state: string
  readonly redelivery: { readonly deliveries: number; readonly documents: number; readonly deadLetters: number; readonly matched: number }
}

const completed = async ({ id }: { id: string }): Promise<OperationView> =>
  await eventually(
    async () => {
      const operation = await fleet.api.get<OperationView>(`/v1/operations/${id}`)
      return operation.state === 'completed' ? operation : undefined
    },
    { what: 'the operation to be complete', timeoutMs: 60_000 },
  )
const reparse = (name: string, body?: object) => fleet.api.post<OperationView>(`/v1/streams/${name}/reparse`, body)

type Lineaged = DocumentView & { readonly lineage: { readonly streamVersion: number; readonly transformVersion: number } }
const documents = async (name: string) => (await documentsOf(fleet.api, name)) as readonly Lineaged[]
const deadLetters = async (name: string, state = 'open') =>
  (
    await fleet.api.get<{ items: { id: string; resolution: string | null; record: number }[] }>(
      `/v1/dead-letters?stream=${name}&state=${state}`,
    )
  ).items

describe('a re-parse', () => {
  test('changes all documents without a request to the source', async () => {
    answers.set('quakes', (nth) => ({ items: [0, 1, 2].map((n) => ({ id: `${nth}-${n}`, where: `place ${n}`, mag: `${nth}.${n}` })) }))
    await started('quakes')
    await runAgain('quakes', 2)
    expect(await documents('quakes')).toHaveLength(9)
    const [run] = await runsOf(fleet.api, 'quakes')
    await change('quakes', { transform: numbered })
    expect(await reparse('quakes', { dryRun: true })).toEqual({ results: 3, deliveries: 3, deadLetters: 0 })
    const before = asked('quakes')
    const operation = await completed(await reparse('quakes'))
    expect(operation).toMatchObject({
      action: 'reparse',
      redelivery: { streamVersion: 2, matched: 3, deliveries: 3, documents: 9, deadLetters: 0 },
    })
    const changed = await documents('quakes')
    expect(changed.map(({ id, fields }) => [id, fields])).toContainEqual(['quakes:3-2', { place: 'place 2', magnitude: 3.2 }])
    for (const { fields, lineage, revision } of changed) {
      expect([Object.keys(fields).toSorted(), lineage.streamVersion, lineage.transformVersion, revision]).toEqual([
        ['magnitude', 'place'],
        2,
        2,
        2,
      ])
    }
    expect(asked('quakes')).toBe(before)
    expect(await fleet.api.get(`/v1/runs/${run?.id}`)).toEqual(run)
    const { deliveries } = await fleet.api.get<{ deliveries: object[] }>(`/v1/results/${changed[0]?.lineage.resultId}`)
    expect(deliveries).toMatchObject([
      { streamVersion: 1, state: 'done' },
      { streamVersion: 2, state: 'done' },
    ])
  })

  test('never puts old data over newer ones that are fetched meanwhile', async () => {
    answers.set('moving', (nth) => ({ items: [0, 1, 2, 3].map((n) => ({ id: String(n), where: 'x', mag: String(nth) })) }))
    await started('moving', { schedule: { every: 100 } })
    await eventually(async () => (await runsOf(fleet.api, 'moving')).filter(({ state }) => state === 'succeeded').length >= 10, {
      what: 'ten runs',
      timeoutMs: 30_000,
    })
    await change('moving', { transform: numbered })
    const first = await reparse('moving')
    const second = await reparse('moving')
    const during = asked('moving')
    await completed(first)
    await completed(second)
    await eventually(() => asked('moving') > during + 2, { what: 'fetches while it runs' })
    await fleet.api.post('/v1/streams/moving/stop', { mode: 'drain' })
    const { items } = await fleet.api.get<{ items: { seq: number; id: string }[] }>('/v1/streams/moving/results?limit=1')
    const last = JSON.parse((await fleet.api.bytes(`/v1/results/${items[0]?.id}/body`)).toString()) as { items: { mag: string }[] }
    for (const { seq, fields, lineage } of await documents('moving')) {
      expect(seq).toBe(items[0]?.seq)
      expect(fields).toEqual({ place: 'x', magnitude: Number(last.items[0]?.mag) })
      expect(lineage.transformVersion).toBe(2)
    }
  })

  test('fills a sink that was added later', async () => {
    answers.set('unsunk', (nth) => ({ items: [{ id: String(nth), where: 'x', mag: '1' }] }))
    await started('unsunk', { sinks: [] })
    await runAgain('unsunk', 3)
    expect(await documents('unsunk')).toEqual([])
    await change('unsunk', { sinks: [{ type: 'postgres' }] })
    const before = asked('unsunk')
    expect(await completed(await reparse('unsunk', { sinks: ['postgres'] }))).toMatchObject({ redelivery: { deliveries: 4, documents: 4 } })
    expect((await documents('unsunk')).map(({ id }) => id).toSorted()).toEqual(['unsunk:1', 'unsunk:2', 'unsunk:3', 'unsunk:4'])
    expect(asked('unsunk')).toBe(before)
    expect(await fleet.api.call('POST', '/v1/streams/unsunk/reparse', { sinks: ['vespa'] })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ field: 'sinks' }] },
    })
  })

  test('loses nothing when the worker is killed in the middle of it', async () => {
    answers.set('killed', (nth) => ({ items: [0, 1].map((n) => ({ id: `${nth}-${n}`, where: 'x', mag: String(n) })) }))
    await started('killed')
    await runAgain('killed', 4)
    await change('killed', { transform: numbered })
    const good = fleet.worker
    const dying = await fleet.startWorker({ WEAVER_FAILPOINTS: 'sink.upserted=kill', WEAVER_FAILPOINTS_ALLOWED: '1' })
    await good.end('SIGKILL')
    const operation = await reparse('killed')
    expect(await dying.exited).toMatchObject({ signal: 'SIGKILL' })
    expect(await fleet.api.get(`/v1/operations/${operation.id}`)).not.toMatchObject({ state: 'completed' })
    await fleet.startWorker()
    expect(await completed(operation)).toMatchObject({ redelivery: { documents: 10, deadLetters: 0 } })
    const all = await documents('killed')
    expect(all).toHaveLength(10)
    for (const { lineage, fields } of all) expect([lineage.transformVersion, typeof fields.magnitude]).toEqual([2, 'number'])
  })
})

describe('dead letters', () => {
  test('are delivered when the transform is mended; what is refused again is a new one', async () => {
    answers.set('letters', () => ({
      items: [
        { id: 'good', where: 'a', mag: '1.5' },
        { id: 'rounded', where: 'b', mag: '2.5' },
        { id: 'never', where: 'c', mag: 'n/a' },
      ],
    }))
    const strict = { fields: { magnitude: { path: 'mag', convert: 'integer' } } }
    await started('letters', { transform: strict })
    await runEnds(fleet.api, 'letters', ['partial'])
    const before = asked('letters')
    const groups = await fleet.api.get<{ items: object[] }>('/v1/dead-letters/groups?stream=letters')
    expect(groups.items).toMatchObject([
      { code: 'transform_failed', stream: 'letters', sink: 'postgres', count: 3, example: { record: 2 } },
    ])
    await change('letters', { transform: numbered })
    const redrive = (body: object) => fleet.api.post<OperationView>('/v1/dead-letters/redrive', body)
    const filter = { stream: 'letters', code: 'transform_failed' }
    expect(await redrive({ filter, dryRun: true })).toEqual({ results: 1, deliveries: 1, deadLetters: 3 })
    expect(await completed(await redrive({ filter }))).toMatchObject({ redelivery: { matched: 3, documents: 2, deadLetters: 1 } })
    expect(new Set((await documents('letters')).map(({ fields }) => fields.magnitude))).toEqual(new Set([1.5, 2.5]))
    expect((await deadLetters('letters', 'resolved')).map(({ resolution }) => resolution)).toEqual(['redriven', 'redriven', 'redriven'])
    const open = await deadLetters('letters')
    expect(open).toMatchObject([{ record: 2, resolution: null }])
    const ids = open.map(({ id }) => id)
    expect(await completed(await fleet.api.post('/v1/dead-letters/discard', { ids }))).toMatchObject({ redelivery: { matched: 1 } })
    expect(await deadLetters('letters')).toEqual([])
    expect(asked('letters')).toBe(before)
    expect(await runsOf(fleet.api, 'letters')).toMatchObject([{ state: 'partial', deadLetters: 3, documents: 0 }])
  })

  test('a re-parse resolves those it mends', async () => {
    answers.set('mended', () => ({ items: [{ id: 'a', where: 'x', mag: '1.5' }] }))
    await started('mended', { transform: { fields: { magnitude: { path: 'mag', convert: 'integer' } } } })
    await runEnds(fleet.api, 'mended', ['partial'])
    await change('mended', { transform: numbered })
    await completed(await reparse('mended'))
    expect(await deadLetters('mended')).toEqual([])
    expect(await deadLetters('mended', 'resolved')).toMatchObject([{ resolution: 'reparsed' }])
  })
})

test('a run that failed is retried by hand, with one more attempt, also when its stream is paused', async () => {
  answers.set('retried', (nth) => (nth <= 2 ? { status: 404 } : { items: [{ id: 'a', where: 'x', mag: '1' }] }))
  await started('retried', { retry: { attempts: 1, delay: 10, maxDelay: 10 } })
  const { id } = await runEnds(fleet.api, 'retried', ['failed'])
  const retry = () => fleet.api.call<{ state: string; code: string }>('POST', `/v1/runs/${id}/retry`)
  const ends = async (state: string, attempt: number) =>
    await eventually(
      async () => {
        const run = await fleet.api.get<{ state: string; attempt: number }>(`/v1/runs/${id}`)
        return run.state === state && run.attempt === attempt
      },
      { what: `attempt ${attempt} to be ${state}` },
    )
  expect(await retry()).toMatchObject({ status: 202 })
  await ends('failed', 2)
  await fleet.api.post('/v1/streams/retried/pause')
  expect(await retry()).toMatchObject({ status: 202 })
  await ends('succeeded', 3)
  expect(await retry()).toMatchObject({ status: 409, body: { code: 'not_retryable' } })
  expect(await documents('retried')).toHaveLength(1)
})
