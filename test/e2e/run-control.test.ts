import { eventually } from '@data-weaver/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, type RunView, runEnds, runsOf, startFleet } from './fleet.ts'
import { json, type Source, startSource } from './source.ts'

let fleet: Fleet
let source: Source
/** What the source does for a stream, by its path; without an entry it answers one record. */
const behaviour = new Map<
  string,
  (asked: number) => { status?: number; hold?: Promise<void>; headers?: Record<string, string>; value?: unknown }
>()

beforeAll(async () => {
  source = await startSource((_request, response, url) => {
    const name = url.pathname.slice(1)
    const asked = source.requests.filter((seen) => seen.url.pathname === url.pathname).length
    const { status = 200, hold = Promise.resolve(), headers = {}, value = asked } = behaviour.get(name)?.(asked) ?? {}
    void hold.then(() => {
      for (const [header, text] of Object.entries(headers)) response.setHeader(header, text)
      json(response, { items: [{ id: name, value }] }, status)
    })
  })
  fleet = await startFleet()
})

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await source?.[Symbol.asyncDispose]()
})

const asked = (name: string): number => source.requests.filter(({ url }) => url.pathname === `/${name}`).length

async function create(name: string, more: object): Promise<void> {
  await fleet.api.post('/v1/streams', {
    name,
    adapter: 'http',
    config: { request: { url: `${source.url}/${name}` }, records: { path: 'items' }, primaryKey: ['id'] },
    ...more,
  })
}

async function started(name: string, more: object): Promise<void> {
  await create(name, more)
  await fleet.api.post(`/v1/streams/${name}/start`)
}

const held = () => Promise.withResolvers<void>()

interface TickView {
  readonly tick: string
  readonly until: string
  readonly ticks: number
  readonly outcome: string
  readonly reason: string | null
  readonly latenessMs: number | null
}
const ticksOf = async (name: string): Promise<readonly TickView[]> =>
  (await fleet.api.get<{ items: TickView[] }>(`/v1/streams/${name}/ticks?limit=200`)).items

/** Every nominal time from the first to the last is accounted for exactly once. */
function expectComplete(ticks: readonly TickView[], every: number): void {
  const ascending = ticks.toReversed()
  for (const [index, { tick, until, ticks: count }] of ascending.entries()) {
    expect(Date.parse(until) - Date.parse(tick)).toBe((count - 1) * every)
    const before = ascending[index - 1]
    if (before !== undefined) expect(Date.parse(tick) - Date.parse(before.until), `the tick after ${before.until}`).toBe(every)
  }
}

describe('overlap', () => {
  test('skip: ticks during a run are in the ledger as skipped, and every tick is accounted for', async () => {
    const gate = held()
    behaviour.set('skips', (nth) => (nth === 1 ? { hold: gate.promise } : {}))
    await started('skips', { schedule: { every: 300 }, timeout: 60_000 })
    await eventually(async () => (await ticksOf('skips')).filter(({ reason }) => reason === 'overlap').length >= 2, {
      what: 'two skipped ticks',
    })
    gate.resolve()
    await eventually(async () => (await ticksOf('skips')).filter(({ outcome }) => outcome === 'ran').length >= 3, {
      what: 'ticks that ran',
    })
    await fleet.api.post('/v1/streams/skips/stop')
    expectComplete(await ticksOf('skips'), 300)
  })

  test('buffer: ticks wait for the run before them', async () => {
    const gate = held()
    behaviour.set('buffers', (nth) => (nth === 1 ? { hold: gate.promise } : {}))
    await started('buffers', { schedule: { every: 400 }, timeout: 60_000, overlap: 'buffer' })
    await eventually(async () => (await runsOf(fleet.api, 'buffers')).filter(({ state }) => state === 'queued').length >= 2, {
      what: 'two ticks in line',
    })
    gate.resolve()
    await eventually(async () => (await ticksOf('buffers')).filter(({ outcome }) => outcome === 'ran').length >= 4, { what: 'all to run' })
    await fleet.api.post('/v1/streams/buffers/stop')
    const ticks = await ticksOf('buffers')
    // Those that were in line when it was stopped are none that did not wait.
    expect(ticks.filter(({ outcome, reason }) => outcome === 'skipped' && reason !== 'stopped')).toEqual([])
    expectComplete(ticks, 400)
  })

  test('interruptRunning: the run in progress gives way to the tick', async () => {
    const gate = held()
    behaviour.set('gives-way', (nth) => (nth === 1 ? { hold: gate.promise } : {}))
    await started('gives-way', { schedule: { every: 700 }, timeout: 60_000, overlap: 'interruptRunning' })
    await runEnds(fleet.api, 'gives-way', ['succeeded'])
    expect((await runsOf(fleet.api, 'gives-way')).at(-1)).toMatchObject({ state: 'interrupted' })
    gate.resolve()
    await fleet.api.post('/v1/streams/gives-way/stop')
  })

  test('allow: runs go on side by side', async () => {
    const gate = held()
    behaviour.set('side-by-side', (nth) => (nth <= 2 ? { hold: gate.promise } : {}))
    await started('side-by-side', { schedule: { every: 300 }, timeout: 60_000, overlap: 'allow' })
    await runEnds(fleet.api, 'side-by-side', ['succeeded'])
    expect((await runsOf(fleet.api, 'side-by-side')).filter(({ state }) => state === 'running').length).toBeGreaterThanOrEqual(2)
    gate.resolve()
    await fleet.api.post('/v1/streams/side-by-side/stop')
  })
})

describe('pause, stop, interrupt', () => {
  test('a paused stream asks nothing, accounts for its ticks as skipped, and goes on with its grid', async () => {
    await started('pauses', { schedule: { every: 250 } })
    await runEnds(fleet.api, 'pauses', ['succeeded'])
    expect(await fleet.api.post('/v1/streams/pauses/pause')).toMatchObject({ desired: 'paused', pausedBy: 'user' })
    await eventually(async () => (await runsOf(fleet.api, 'pauses')).every(({ state }) => !['running', 'delivering'].includes(state)), {
      what: 'what runs to end',
    })
    const before = asked('pauses')
    await started('witness-of-pause', { schedule: { every: 250 } })
    await eventually(() => asked('witness-of-pause') >= 5, { what: 'five ticks of another stream' })
    expect(asked('pauses')).toBe(before)
    expect(await fleet.api.post('/v1/streams/pauses/resume')).toMatchObject({ desired: 'started', pausedBy: null })
    await eventually(() => asked('pauses') > before + 1, { what: 'ticks after the pause' })
    await fleet.api.post('/v1/streams/pauses/stop')
    await fleet.api.post('/v1/streams/witness-of-pause/stop')
    const ticks = await ticksOf('pauses')
    expect(ticks.find(({ reason }) => reason === 'paused')?.ticks).toBeGreaterThanOrEqual(3)
    expectComplete(ticks, 250)
  })

  test('an interrupted run never comes back; what it had fetched is held, and delivered when it is released', async () => {
    const gate = held()
    behaviour.set('interrupted', () => ({ hold: gate.promise }))
    await started('interrupted', { schedule: { every: 3_600_000 }, timeout: 60_000 })
    await eventually(() => asked('interrupted') === 1, { what: 'the request' })
    const [run] = await runsOf(fleet.api, 'interrupted')
    const operation = await fleet.api.post(`/v1/runs/${run?.id}/interrupt`)
    expect(operation).toMatchObject({ action: 'interrupt', state: 'completed', runs: { told: 1, acknowledged: 1 } })
    expect(await fleet.api.get(`/v1/runs/${run?.id}`)).toMatchObject({ state: 'interrupted' })
    gate.resolve()
    await fleet.api.post('/v1/streams/interrupted/trigger')
    await runEnds(fleet.api, 'interrupted', ['succeeded'])
    expect(await fleet.api.get(`/v1/runs/${run?.id}`)).toMatchObject({ state: 'interrupted', attempt: 1 })
  })

  test('a drain lets what runs come to its end; beyond its deadline it is interrupted', async () => {
    const gate = held()
    behaviour.set('drains', () => ({ hold: gate.promise }))
    await started('drains', { schedule: { every: 400 }, timeout: 60_000 })
    await eventually(() => asked('drains') === 1, { what: 'the request' })
    const stop = fleet.api.post<{ id: string }>('/v1/streams/drains/stop', { mode: 'drain' })
    await eventually(async () => (await fleet.api.get<{ desired: string }>('/v1/streams/drains')).desired === 'stopped', {
      what: 'the stop to be in force',
    })
    gate.resolve()
    expect(await stop).toMatchObject({ state: 'completed', mode: 'drain' })
    expect(await runsOf(fleet.api, 'drains')).toMatchObject([{ state: 'succeeded', documents: 1 }])

    const never = held()
    behaviour.set('late', () => ({ hold: never.promise }))
    await started('late', { schedule: { every: 3_600_000 }, timeout: 60_000 })
    await eventually(() => asked('late') === 1, { what: 'the request' })
    expect(await fleet.api.post('/v1/streams/late/stop', { mode: 'drain', deadline: 300 })).toMatchObject({
      state: 'completed',
      mode: 'interrupt',
    })
    expect(await runsOf(fleet.api, 'late')).toMatchObject([{ state: 'interrupted' }])
    never.resolve()
  })
})

describe('many at once', () => {
  test('actions by filter preview what they touch, show progress, and are complete when all have acknowledged', async () => {
    for (let index = 0; index < 12; index += 1) await create(`bulk-${index}`, { schedule: { every: 60_000 } })
    const act = (body: object) => fleet.api.post<{ id: string }>('/v1/streams/actions', { filter: { prefix: 'bulk-' }, ...body })
    const done = async ({ id }: { id: string }) =>
      await eventually(
        async () => {
          const operation = await fleet.api.get<{ state: string; streams: object }>(`/v1/operations/${id}`)
          return operation.state === 'completed' ? operation : undefined
        },
        { what: 'the operation to be complete' },
      )
    expect(await act({ action: 'start', dryRun: true })).toEqual({ streams: 12, matched: 12, running: 0, workers: 0 })
    expect(await done(await act({ action: 'start' }))).toMatchObject({ streams: { matched: 12, done: 12 } })
    await eventually(async () => (await runsOf(fleet.api, 'bulk-11')).some(({ state }) => state === 'succeeded'), {
      what: 'the last one to run',
    })
    expect(await act({ action: 'start', dryRun: true })).toMatchObject({ streams: 0, matched: 12 })
    await done(await act({ action: 'change', change: { schedule: { every: 120_000 } } }))
    expect(await fleet.api.get('/v1/streams/bulk-3')).toMatchObject({ version: 2, schedule: { every: 120_000 } })
    await done(await act({ action: 'stop' }))
    expect(await fleet.api.get('/v1/streams/bulk-7')).toMatchObject({ desired: 'stopped' })
    expect(await fleet.api.call('POST', '/v1/streams/actions', { action: 'change', filter: {} })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ field: 'change' }] },
    })
  })
})

describe('versions', () => {
  test('differences, rolling back, and a trial that fails or succeeds', async () => {
    await started('versions', { schedule: { every: 300 } })
    const change = (body: object) => fleet.api.call('PATCH', '/v1/streams/versions', body)
    await change({ timeout: 45_000 })
    expect(await fleet.api.get('/v1/streams/versions/diff?from=1&to=2')).toMatchObject({
      changes: [{ path: 'timeout', after: 45_000 }],
    })
    expect(await fleet.api.post('/v1/streams/versions/rollback', { version: 1 })).toMatchObject({ version: 3, timeout: 300 })

    behaviour.set('broken', () => ({ status: 404 }))
    const config = (path: string) => ({ request: { url: `${source.url}/${path}` }, records: { path: 'items' }, primaryKey: ['id'] })
    const tried = await fleet.api.post('/v1/streams/versions/canary', { change: { config: config('broken') }, mode: 'instead', ticks: 2 })
    expect(tried).toMatchObject({ version: 3, canary: { version: 4, ticksLeft: 2 } })
    expect(await change({ timeout: 50_000 })).toMatchObject({ status: 409, body: { code: 'canary_in_progress' } })
    const now = () => fleet.api.get<{ version: number; canary: unknown }>('/v1/streams/versions')
    await eventually(async () => (await now()).canary === null, { what: 'the broken version to be given up' })
    expect(await now()).toMatchObject({ version: 3 })

    await fleet.api.post('/v1/streams/versions/canary', { change: { config: config('better') }, mode: 'instead', ticks: 2 })
    await eventually(async () => (await now()).version === 5, { what: 'the better version to become current' })
    expect(asked('better')).toBeGreaterThanOrEqual(2)

    await fleet.api.post('/v1/streams/versions/canary', { change: { config: config('beside') }, mode: 'beside', ticks: 1 })
    await eventually(async () => (await now()).version === 6, { what: 'the version beside to become current' })
    await fleet.api.post('/v1/streams/versions/stop')
    // Another one may have begun before the version became current, and be stopped with the stream.
    const trials = (await runsOf(fleet.api, 'versions')).filter((run) => (run as RunView & { trigger: string }).trigger === 'canary')
    expect(trials).toContainEqual(expect.objectContaining({ state: 'succeeded', pages: 1, documents: 0 }))
  })
})

describe('what goes wrong', () => {
  test('failures in a row pause a stream, a probe lets it go on, and freshness tells', async () => {
    behaviour.set('flaky', (nth) => (nth <= 3 ? { status: 404 } : {}))
    await started('flaky', {
      schedule: { every: 200 },
      autoPause: { failures: 2, probe: 1000 },
      freshWithin: 2000,
      retry: { attempts: 1, delay: 10, maxDelay: 10 },
    })
    const now = () =>
      fleet.api.get<{ desired: string; pausedBy: string; failures: number; freshness: { goodAt: string | null; stale: boolean } }>(
        '/v1/streams/flaky',
      )
    await eventually(async () => (await now()).pausedBy === 'failures', { what: 'the stream to be paused' })
    await eventually(async () => (await now()).freshness.stale, { what: 'the data to be stale' })
    await eventually(async () => (await now()).desired === 'started', { what: 'a probe to succeed', timeoutMs: 30_000 })
    expect(await now()).toMatchObject({ failures: 0, pausedBy: null })
    await eventually(async () => !(await now()).freshness.stale, { what: 'what the probe fetched to be delivered' })
    expect(asked('flaky')).toBeGreaterThanOrEqual(4)
    await fleet.api.post('/v1/streams/flaky/stop')
  })

  test('what the source asks to wait for uses up no attempt', async () => {
    behaviour.set('limited', (nth) => (nth <= 4 ? { status: 429, headers: { 'retry-after': '0' } } : {}))
    await started('limited', { schedule: { every: 3_600_000 }, retry: { attempts: 2, delay: 10, maxDelay: 20 } })
    expect(await runEnds(fleet.api, 'limited', ['succeeded', 'failed'])).toMatchObject({ state: 'succeeded', attempt: 1 })
    await fleet.api.post('/v1/streams/limited/stop')
  })

  test('ticks that were missed in an outage are written down, and the latest is run after all', async () => {
    await started('outage', { schedule: { every: 60_000 }, catchUp: { window: 3_600_000, runs: 'latest' } })
    await runEnds(fleet.api, 'outage', ['succeeded'])
    const client = new pg.Client({ connectionString: fleet.databaseUrl })
    await client.connect()
    // Half an hour without anything that runs.
    await client.query(
      `update weaver.streams set anchor = anchor - interval '30 min', accounted_until = accounted_until - interval '30 min' where name = 'outage'`,
    )
    await client.query(
      `update weaver.runs set tick = tick - interval '30 min' where stream_id = (select id from weaver.streams where name = 'outage')`,
    )
    await client.end()
    await eventually(async () => (await ticksOf('outage')).some(({ outcome, reason }) => outcome === 'missed' && reason === 'outage'), {
      what: 'the missed ticks',
      timeoutMs: 30_000,
    })
    const caughtUp = await eventually(
      async () =>
        (await runsOf(fleet.api, 'outage')).find(
          (run) => (run as RunView & { trigger: string }).trigger === 'catchUp' && run.state === 'succeeded',
        ),
      { what: 'the latest missed tick to run' },
    )
    expect(caughtUp).toMatchObject({ pages: 1 })
    expectComplete(await ticksOf('outage'), 60_000)
    await fleet.api.post('/v1/streams/outage/stop')
  })

  test('a worker that is drained hands on what it runs, and takes nothing new', async () => {
    const second = await fleet.startWorker({ WEAVER_WORKER_ID: 'second', WEAVER_POOLS: 'second' })
    const gate = held()
    behaviour.set('handed-on', (nth) => (nth === 1 ? { hold: gate.promise } : {}))
    await started('handed-on', { schedule: { every: 3_600_000 }, timeout: 60_000, pool: 'second' })
    await eventually(() => asked('handed-on') === 1, { what: 'the request' })
    const { id } = await fleet.api.post<{ id: string }>('/v1/workers/second/drain', { deadline: 200 })
    await eventually(async () => (await fleet.api.get<{ state: string }>(`/v1/operations/${id}`)).state === 'completed', {
      what: 'the drain to be complete',
    })
    // It says so with its next sign of life.
    const workers = async () => (await fleet.api.get<{ items: { id: string; state: string }[] }>('/v1/workers')).items
    await eventually(async () => (await workers()).some(({ id: worker, state }) => worker === 'second' && state === 'draining'), {
      what: 'the worker to be listed as draining',
    })
    await fleet.startWorker({ WEAVER_POOLS: 'second' })
    expect(await runEnds(fleet.api, 'handed-on', ['succeeded'])).toMatchObject({ attempt: 1 })
    gate.resolve()
    await second.end()
    await fleet.api.post('/v1/streams/handed-on/stop')
    expect(await documentsOf(fleet.api, 'handed-on')).toHaveLength(1)
  })
})

test('after all that, nothing that the supervisor and the workers do by themselves has failed', () => {
  expect(fleet.output()).not.toMatch(/reconciler step failed|operations could not be carried on|unexpected error/)
})
