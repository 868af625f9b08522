import { type Overview, type Run, type SinkLag, type Stream, WeaverError } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'
import { claimTick, commitPage, endRun } from '../test/play-worker.ts'

let api: Api
beforeAll(async () => void (api = await startApi()))
afterAll(async () => await api[Symbol.asyncDispose]())

const make = async (label: string, more: object = {}): Promise<{ id: string; name: string }> => {
  const name = api.name(label)
  const { id } = (await api.call('POST', '/v1/streams', httpStream(name, { schedule: { every: 100 }, ...more }))).json
  await api.call('POST', `/v1/streams/${id}/start`)
  return { id, name }
}
const read = async <T>(path: string): Promise<T> => (await api.call('GET', path)).json as T
type Streams = { readonly items: readonly Stream[] }
const namesOf = ({ items }: { items: readonly { name: string }[] }) => items.map(({ name }) => name)

describe('what is amiss with a stream', () => {
  it('is told in lists, can be searched for, and can be acted on', async () => {
    const pool = 'amiss'
    const good = await make('good', { pool, freshWithin: 3_600_000 })
    const failing = await make('failing', { pool })
    const behind = await make('behind', { pool, freshWithin: 1000 })
    const stopped = await make('stopped', { pool, freshWithin: 1000 })
    await api.call('POST', `/v1/streams/${stopped.name}/stop`)
    const run = await claimTick(api, good.id)
    await commitPage(api, run, '{}')
    await endRun(api, run)
    await endRun(api, await claimTick(api, failing.id), new WeaverError('auth_failed', 'the source answered 401'))
    const late = async () => namesOf(await read<Streams>(`/v1/streams?pool=${pool}&condition=late`))
    await expect.poll(late, { timeout: 10_000 }).toEqual([behind.name])
    expect(namesOf(await read<Streams>(`/v1/streams?pool=${pool}&condition=failing`))).toEqual([failing.name])
    expect(namesOf(await read<Streams>(`/v1/streams?pool=${pool}&condition=waiting`))).toEqual([])
    expect((await api.call('GET', '/v1/streams?condition=sad')).status).toBe(400)
    expect([(await read<Stream>(`/v1/streams/${behind.id}`)).late, (await read<Stream>(`/v1/streams/${good.id}`)).late]).toEqual([
      true,
      false,
    ])
    const dryRun = { action: 'pause', dryRun: true }
    const preview = await api.call('POST', '/v1/streams/actions', { ...dryRun, filter: { pool, condition: 'late' } })
    expect(preview.json).toMatchObject({ matched: 1, streams: 1 })
    const named = await api.call('POST', '/v1/streams/actions', { ...dryRun, filter: { q: failing.name.toUpperCase() } })
    expect(named.json).toMatchObject({ matched: 1 })
  })

  it('is late as well when a sink lacks what is older than the stream allows', async () => {
    const { id } = await make('waits-for-sink', { freshWithin: 1000 })
    const run = await claimTick(api, id)
    await commitPage(api, run, '{}', { onItsWay: true })
    await endRun(api, run)
    await expect.poll(async () => (await read<Stream>(`/v1/streams/${id}`)).late, { timeout: 10_000 }).toBe(true)
  })
})

describe('a list of streams', () => {
  it('has the newest runs of each stream when it is asked for them, in one answer', async () => {
    const first = await make('strip-1', { pool: 'strips' })
    const second = await make('strip-2', { pool: 'strips' })
    const failed = await claimTick(api, first.id)
    await endRun(api, failed, new WeaverError('auth_failed', 'the source answered 401'))
    const { items } = await read<Streams>('/v1/streams?pool=strips&runs=30')
    expect(items.map(({ name }) => name)).toEqual([first.name, second.name])
    expect(items[0]?.lastRuns).toMatchObject([{ id: failed.id, state: 'failed', code: 'auth_failed' }])
    expect(items[1]?.lastRuns).toEqual([])
    const { tick } = await read<Run>(`/v1/runs/${failed.id}`)
    expect(items[0]?.lastRuns?.[0]?.at).toBe(tick)
    await endRun(api, await claimTick(api, second.id))
    await api.call('POST', `/v1/streams/${second.id}/trigger`)
    const { items: runs } = await read<{ items: readonly Run[] }>(`/v1/streams/${second.id}/runs`)
    const [strip] = (await read<Streams>(`/v1/streams?q=${second.name}&runs=1`)).items
    expect([runs.length, strip?.lastRuns?.map(({ id }) => id)]).toEqual([2, [runs[0]?.id]])
    const [whole] = (await read<Streams>(`/v1/streams?q=${second.name}&runs=30`)).items
    expect(whole?.lastRuns?.map(({ id }) => id)).toEqual(runs.map(({ id }) => id))
    const plain = await read<Streams>(`/v1/streams?q=${first.name}`)
    expect(plain.items[0]).not.toHaveProperty('lastRuns')
    expect((await api.call('GET', '/v1/streams?runs=31')).status).toBe(400)
  })
})

describe('the overview', () => {
  it('counts streams, workers, what is on its way and the pace, in one answer', async () => {
    const before = await read<Overview>('/v1/overview')
    const paused = await make('paused')
    await api.call('POST', `/v1/streams/${paused.name}/pause`)
    const failing = await make('failing-too')
    await endRun(api, await claimTick(api, failing.id), new WeaverError('auth_failed', 'the source answered 401'))
    const busy = await make('busy')
    const run = await claimTick(api, busy.id)
    await commitPage(api, run, '{}', { records: [{ id: 1 }, { id: 2 }, { id: 3 }], refused: 1 })
    await commitPage(api, run, '{"next":1}', { part: 1, onItsWay: true })
    const after = await read<Overview>('/v1/overview')
    const more = (pick: (one: typeof before) => number) => pick(after) - pick(before)
    expect([more((one) => one.streams.total), more((one) => one.streams.started), more((one) => one.streams.paused)]).toEqual([3, 2, 1])
    expect(more((one) => one.streams.failing)).toBe(1)
    expect([more((one) => one.deliveries.pending), more((one) => one.deadLetters)]).toEqual([1, 1])
    expect([more((one) => one.perMinute.runs), more((one) => one.perMinute.documents)]).toEqual([2, 2])
    expect(more((one) => one.workers.running)).toBe(1)
    await endRun(api, run)
  })
})

describe('the sinks of a stream', () => {
  it('say how far they are behind', async () => {
    const { id } = await make('lags', { sinks: [{ type: 'postgres' }] })
    const nothing = { sink: 'postgres', position: 0, pending: 0, held: 0, oldestAt: null, lagMs: 0, error: null }
    expect(await read(`/v1/streams/${id}/sinks`)).toEqual({ items: [nothing], next: null })
    const run = await claimTick(api, id)
    const { resultId } = await commitPage(api, run, '{}', { onItsWay: true })
    const { items } = await read<{ items: readonly SinkLag[] }>(`/v1/streams/${id}/sinks`)
    expect(items).toMatchObject([
      { pending: 1, held: 0, oldestAt: (await read<{ createdAt: string }>(`/v1/results/${resultId}`)).createdAt },
    ])
    expect((await api.call('GET', '/v1/streams/nobody/sinks')).status).toBe(404)
    await endRun(api, run)
  })
})

describe('a version on trial', () => {
  it('becomes current on demand', async () => {
    const { name } = await make('tried')
    expect((await api.call('POST', `/v1/streams/${name}/canary/accept`)).status).toBe(404)
    await api.call('POST', `/v1/streams/${name}/canary`, { change: { timeout: 5000 }, mode: 'instead', ticks: 100 })
    const accepted = await api.call('POST', `/v1/streams/${name}/canary/accept`)
    expect(accepted.json).toMatchObject({ version: 2, timeout: 5000, canary: null })
    expect(accepted.headers['etag']).toBe((await api.call('GET', `/v1/streams/${name}`)).headers['etag'])
  })
})
