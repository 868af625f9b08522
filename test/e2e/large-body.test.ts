import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '@data-weaver/testkit'
import { documentsOf, type Fleet, runEnds, runsOf, type RunView, startFleet } from './fleet.ts'
import { type Source, startSource } from './source.ts'

interface Delivery {
  readonly state: string
  readonly records: number
  readonly documents: number
  readonly deadLetters: number
  readonly error: { readonly code: string; readonly message: string } | null
}

interface ResultView {
  readonly id: string
  readonly size: number
  readonly sha256: string
  readonly deliveries: readonly Delivery[]
}

/** Bodies by path, made of lines of a kilobyte. */
const line = (id: number): string => JSON.stringify({ id, filling: `${id}`.padStart(1000, 'x') })
const numbers = Array.from({ length: 9000 }, (_, id) => id)
const bodies: Readonly<Record<string, string>> = {
  '/trial': `{"items":[${line(1)}]}`,
  '/lines': numbers.map((id) => (id === 77 ? '{"id":' : line(id))).join('\n'),
  '/array': `{"meta":1,"items":[${numbers.map(line).join(',')}]}`,
  '/cut': `{"meta":1,"items":[${numbers.map(line).join(',')}`,
}

/** Larger than what is looked at before it is known to be large, smaller than what tests should send often. */
describe('responses that pass through in pieces', () => {
  let fleet: Fleet
  let source: Source

  beforeAll(async () => {
    source = await startSource((_request, response, { pathname }) => response.end(bodies[pathname]))
    fleet = await startFleet()
  })
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]()
    await source?.[Symbol.asyncDispose]()
  })

  const stream = (name: string, records: object) => ({
    name,
    adapter: 'http',
    config: { request: { url: `${source.url}/${name}`, maxBytes: 2 ** 30 }, records, primaryKey: ['id'] },
    transform: { fields: { number: 'id' } },
    schedule: { every: 3_600_000 },
    timeout: 60_000,
  })

  async function delivered(name: string, records: object, states: readonly string[]) {
    await fleet.api.post('/v1/streams', stream(name, records))
    await fleet.api.post(`/v1/streams/${name}/start`)
    const run = await runEnds(fleet.api, name, states)
    const { items } = await fleet.api.get<{ items: readonly ResultView[] }>(`/v1/runs/${run.id}/results`)
    expect(items).toHaveLength(1)
    const result = await fleet.api.get<ResultView>(`/v1/results/${items[0]?.id}`)
    const [delivery] = result.deliveries
    return { run, result, delivery }
  }

  test('are stored byte for byte, and every record is a document or a dead letter', async () => {
    const { run, result, delivery } = await delivered('lines', { decoder: { type: 'ndjson' } }, ['partial', 'succeeded', 'failed'])
    const body = Buffer.from(bodies['/lines'] ?? '')
    const sha256 = createHash('sha256').update(body).digest('hex')
    expect(result).toMatchObject({ size: body.length, sha256 })
    expect(run).toMatchObject({ state: 'partial', documents: 8999 })
    expect(delivery).toMatchObject({ state: 'done', records: 9000, documents: 8999, deadLetters: 1 })
    expect(await documentsOf(fleet.api, 'lines')).toHaveLength(8999)
    expect(Buffer.compare(await fleet.api.bytes(`/v1/results/${result.id}/body`), body)).toBe(0)
  })

  test('are found below a path, and a check shows their beginning', async () => {
    const { run, delivery } = await delivered('array', { path: 'items' }, ['partial', 'succeeded', 'failed'])
    expect(run).toMatchObject({ state: 'succeeded', documents: 9000 })
    expect(delivery).toMatchObject({ state: 'done', records: 9000, documents: 9000, deadLetters: 0 })
    const check = await fleet.api.post<{ recordCount: number; records: object[]; page: { truncated: boolean } }>('/v1/streams/array/check')
    expect(check).toMatchObject({ recordCount: 1000, page: { truncated: true } })
    expect(check.records).toHaveLength(5)
  })

  test(
    'are tried before a version is current: read to their end beside it without a document, given up when they are cut off',
    { timeout: 120_000 },
    async () => {
      const { api } = fleet
      const { config, ...rest } = stream('trial', { path: 'items' })
      await api.post('/v1/streams', { ...rest, config, schedule: { every: 500 } })
      await api.post('/v1/streams/trial/start')
      const now = async () => await api.get<{ version: number; canary: unknown }>('/v1/streams/trial')
      const tried = async (path: string, mode: string) => {
        const change = { config: { ...config, request: { ...config.request, url: `${source.url}${path}` } } }
        const { canary } = await api.post<{ canary: { version: number } }>('/v1/streams/trial/canary', { change, mode, ticks: 1 })
        await eventually(async () => (await now()).canary === null, { what: `the trial of ${path} to end`, timeoutMs: 60_000 })
        // Ticks that came meanwhile have runs of their own; the first has decided, and those that are left decide nothing about the next version.
        const trial = (await trials()).filter(({ streamVersion }) => streamVersion === canary.version).at(-1)
        return { trial, version: (await now()).version }
      }
      type Tried = RunView & { readonly canary: boolean; readonly trigger: string; readonly streamVersion: number }
      const trials = async () => ((await runsOf(api, 'trial')) as readonly Tried[]).filter(({ canary }) => canary)

      const cut = await tried('/cut', 'beside')
      expect(cut).toMatchObject({ version: 1, trial: { trigger: 'canary', documents: 0, error: { code: 'source_malformed' } } })
      const beside = await tried('/array', 'beside')
      expect(beside).toMatchObject({ version: 3, trial: { trigger: 'canary', state: 'succeeded', pages: 1, documents: 0 } })
      const { items } = await api.get<{ items: readonly ResultView[] }>(`/v1/runs/${beside.trial?.id}/results`)
      const body = Buffer.from(bodies['/array'] ?? '')
      expect(items).toMatchObject([{ size: body.length, sha256: createHash('sha256').update(body).digest('hex') }])
      const instead = await tried('/array?again', 'instead')
      expect(instead).toMatchObject({ version: 4, trial: { trigger: 'schedule', pages: 1 } })
      await eventually(async () => (await documentsOf(api, 'trial')).length === 9000, { what: 'its documents', timeoutMs: 30_000 })
      await api.post('/v1/streams/trial/stop')
    },
  )

  test('that turn out to be cut off are dead letters, and what came before has arrived', async () => {
    const { run, delivery } = await delivered('cut', { path: 'items' }, ['partial', 'succeeded', 'failed'])
    expect(run.state).toBe('partial')
    expect(delivery).toMatchObject({ state: 'dead', records: 9000, documents: 9000, deadLetters: 1, error: { code: 'source_malformed' } })
    expect(await documentsOf(fleet.api, 'cut')).toHaveLength(9000)
  })
})

test('a worker that dies when a large response is stored, or while it is delivered, leaves nothing that the next one does not mend', async () => {
  await using source = await startSource((_request, response, { pathname }) => response.end(bodies[pathname]))
  const dying = { WEAVER_FAILPOINTS_ALLOWED: '1', WEAVER_FAILPOINTS: 'fetch.stored=kill' }
  await using fleet = await startFleet({ env: dying })
  await fleet.api.post('/v1/streams', {
    name: 'array',
    adapter: 'http',
    config: { request: { url: `${source.url}/array`, maxBytes: 2 ** 30 }, records: { path: 'items' }, primaryKey: ['id'] },
    transform: { fields: { number: 'id' } },
    schedule: { every: 3_600_000 },
    timeout: 60_000,
  })
  await fleet.api.post('/v1/streams/array/start')
  expect((await fleet.worker.exited).signal).toBe('SIGKILL')
  const stored = async () => (await readdir(fleet.objects, { recursive: true })).filter((name) => name.endsWith('.large'))
  const [orphan] = await stored()
  expect(orphan).toBeDefined()
  const second = await fleet.startWorker({ WEAVER_FAILPOINTS: 'sink.partly=kill' })
  expect((await second.exited).signal).toBe('SIGKILL')
  await fleet.startWorker({ WEAVER_FAILPOINTS: '' })
  const run = await runEnds(fleet.api, 'array', ['succeeded', 'partial', 'failed'])
  expect(run).toMatchObject({ state: 'succeeded', documents: 9000, pages: 1 })
  expect(await stored()).toHaveLength(1)
  expect(await stored()).not.toContain(orphan)
  expect(await readdir(`${fleet.objects}/.aside`)).toEqual([])
  const documents = await documentsOf(fleet.api, 'array')
  expect(documents).toHaveLength(9000)
  expect(documents.every(({ revision }) => revision === 1)).toBe(true)
}, 180_000)
