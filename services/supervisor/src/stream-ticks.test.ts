import { randomUUID } from 'node:crypto'
import { WeaverError } from '@data-weaver/contracts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'
import { endRun } from '../test/play-worker.ts'

let api: Api
let database: pg.Client
beforeAll(async () => {
  api = await startApi()
  database = new pg.Client({ connectionString: api.databaseUrl })
  await database.connect()
})
afterAll(async () => {
  await database.end()
  await api[Symbol.asyncDispose]()
})

const every = 60_000
const minute = (grid: number, index: number): string => new Date(grid + index * every).toISOString()

/** A started stream with ten ticks, a minute apart, the first of them at `grid`, that nobody ran. */
async function missedTen(more: object = {}): Promise<{ name: string; id: string; grid: number }> {
  const name = api.name('ticks')
  const { id } = (await api.call('POST', '/v1/streams', httpStream(name, { schedule: { every }, ...more }))).json
  await api.call('POST', `/v1/streams/${name}/start`)
  // On whole minutes, where ticks of a cron expression are as well.
  const grid = Math.floor(Date.now() / every) * every - 3_600_000
  await missed(id, grid, grid + 9 * every)
  return { name, id, grid }
}

/** Goes back to before `grid` and accounts for what was due since then, as the reconciler would. */
async function missed(id: string, grid: number, until: number): Promise<void> {
  await database.query(`update weaver.streams set anchor = $2, accounted_until = $3 where id = $1`, [
    id,
    new Date(grid),
    new Date(grid - 1),
  ])
  for await (const streams of api.ledger.reconcile.tickingStreams()) {
    const own = streams.filter((stream) => stream.id === id)
    await api.ledger.reconcile.account(own, { now: until + 30_000, until, reason: () => 'noWorker' })
  }
}

interface TickView {
  readonly tick: string
  readonly until: string
  readonly ticks: number
  readonly outcome: string
  readonly trigger: string
  readonly runId: string
  readonly latenessMs: number | null
}

const accountOf = async (name: string): Promise<readonly TickView[]> =>
  ((await api.call('GET', `/v1/streams/${name}/ticks`)).json.items as unknown as readonly TickView[]).toReversed()
const brief = async (name: string, grid: number) =>
  (await accountOf(name)).map(({ tick, until, ticks, outcome }) => [
    (Date.parse(tick) - grid) / every,
    (Date.parse(until) - grid) / every,
    ticks,
    outcome,
  ])
const run = async (name: string, body: object) => await api.call('POST', `/v1/streams/${name}/ticks/run`, body)
const codeOf = ({ status, json }: { status: number; json: { code: string } }) => [status, json.code]

/** Claims a queued run and ends it, as a worker would. */
async function runOne(runId: string, error?: WeaverError): Promise<void> {
  const claim = await api.ledger.claim('worker-of-the-test', 60_000, { kind: 'run', runId })
  if (claim.outcome !== 'claimed') throw new Error(`the run was not claimed: ${claim.outcome}`)
  await endRun(api, claim.run, error)
}

describe('missed ticks', () => {
  it('are previewed, and nothing is changed', async () => {
    const { name, grid } = await missedTen()
    const whole = { ticks: 10, already: 0, more: false, first: minute(grid, 0), last: minute(grid, 9), operation: null }
    const preview = await run(name, { since: minute(grid, -60), until: minute(grid, 60), dryRun: true })
    expect([preview.status, preview.json]).toEqual([200, whole])
    const part = await run(name, { since: new Date(grid + every + 1).toISOString(), until: minute(grid, 4), dryRun: true })
    expect(part.json).toMatchObject({ ticks: 3, first: minute(grid, 2), last: minute(grid, 4) })
    expect(await brief(name, grid)).toEqual([[0, 9, 10, 'missed']])
  })

  it('are run each once, however often that is asked for, and the account says so and how late', async () => {
    const { name, grid } = await missedTen()
    const ticks = [minute(grid, 3), minute(grid, 7), minute(grid, 8)]
    const reconciled = api.reconciled()
    const first = await run(name, { ticks })
    const operation = first.headers['location']?.split('/').at(-1)
    expect([first.status, first.json]).toEqual([202, { ticks: 3, already: 0, more: false, first: ticks[0], last: ticks[2], operation }])
    expect(api.reconciled()).toBe(reconciled + 1)
    expect(await brief(name, grid)).toEqual([
      [0, 2, 3, 'missed'],
      [3, 3, 1, 'inProgress'],
      [4, 6, 3, 'missed'],
      [7, 7, 1, 'inProgress'],
      [8, 8, 1, 'inProgress'],
      [9, 9, 1, 'missed'],
    ])
    const again = await run(name, { ticks })
    expect([again.status, again.json]).toMatchObject([200, { ticks: 0, already: 3, first: null, last: null, operation: null }])
    for (const { runId, outcome } of await accountOf(name)) if (outcome === 'inProgress') await runOne(runId)
    const ran = (await accountOf(name)).filter(({ outcome }) => outcome === 'ran')
    expect(ran.map(({ tick, trigger }) => [tick, trigger])).toEqual(ticks.map((tick) => [tick, 'catchUp']))
    expect(Math.min(...ran.map(({ latenessMs }) => latenessMs ?? 0))).toBeGreaterThan(every)
    expect((await run(name, { ticks })).json).toMatchObject({ ticks: 0, already: 3 })
    // The rest of the window is what is still missed.
    expect((await run(name, { since: minute(grid, 0), until: minute(grid, 9) })).json).toMatchObject({ ticks: 7, first: minute(grid, 0) })
    expect((await brief(name, grid)).map(([, , , outcome]) => outcome)).not.toContain('missed')
  })

  it('are an operation, complete when every run has ended, in whatever way, and found by their stream', async () => {
    const { name, grid } = await missedTen()
    const { json } = await run(name, { ticks: [minute(grid, 1), minute(grid, 4), minute(grid, 6)] })
    const operation = async () => (await api.call('GET', `/v1/operations/${json['operation'] as string}`)).json
    const ofStream = async (more = '') =>
      (await api.call('GET', `/v1/operations?stream=${name}${more}`)).json.items.map(({ action, state }) => [action, state])
    expect(await operation()).toMatchObject({
      ...{ action: 'runTicks', state: 'waiting', finishedAt: null, runs: { told: 3, acknowledged: 0 }, scope: { streamName: name } },
      queued: { runs: 3, ended: 0, succeeded: 0, documents: 0, deadLetters: 0 },
    })
    const [first, second] = (await accountOf(name)).filter(({ outcome }) => outcome === 'inProgress')
    await runOne(first?.runId ?? '')
    await runOne(second?.runId ?? '', new WeaverError('auth_failed', 'the source answered 401'))
    // Nobody hurries for what may take hours.
    expect(await api.ledger.operations.look()).toBe(false)
    expect(await operation()).toMatchObject({ state: 'waiting', runs: { told: 3, acknowledged: 2 }, queued: { ended: 2, succeeded: 1 } })
    expect(await ofStream('&open=true')).toEqual([['runTicks', 'waiting']])
    await api.call('POST', `/v1/streams/${name}/stop`)
    await api.ledger.operations.look()
    const over = await operation()
    expect(over).toMatchObject({ state: 'completed', runs: { told: 3, acknowledged: 3 }, queued: { runs: 3, ended: 3, succeeded: 1 } })
    expect(over['finishedAt']).toBe(over['lastAcknowledgedAt'])
    expect(await ofStream()).toEqual([
      ['stop', 'completed'],
      ['runTicks', 'completed'],
    ])
    expect(await ofStream('&open=true')).toEqual([])
    expect(codeOf(await api.call('GET', '/v1/operations?stream=nobody'))).toEqual([404, 'not_found'])
  })

  it('that two ask for at once get one run each', async () => {
    const { name, grid } = await missedTen()
    const answers = await Promise.all(Array.from({ length: 4 }, () => run(name, { since: minute(grid, 0), until: minute(grid, 9) })))
    expect(answers.map(({ json }) => Number(json['ticks'])).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 10])
    expect(await accountOf(name)).toHaveLength(10)
  })

  it('of a cron expression are those of the version that was in force', async () => {
    const { name, grid } = await missedTen({ schedule: { cron: '*/2 * * * *' } })
    await api.call('PATCH', `/v1/streams/${name}`, { schedule: { every: 3_600_000 } })
    const { json } = await run(name, { since: minute(grid, 0), until: minute(grid, 9), dryRun: true })
    expect(json['ticks']).toBe(5)
    const even = Date.parse(json['first'] as string)
    expect(even % (2 * every)).toBe(0)
    expect(codeOf(await run(name, { ticks: [new Date(even + every).toISOString()] }))).toEqual([400, 'invalid_request'])
    expect((await run(name, { ticks: [new Date(even).toISOString()] })).status).toBe(202)
  })

  it('stay a stretch that the reconciler does not go on with where it was cut', async () => {
    const { name, id, grid } = await missedTen()
    await run(name, { ticks: [minute(grid, 0), minute(grid, 9)] })
    const { rows } = await database.query<{ open_stretch: string | null }>(`select open_stretch from weaver.streams where id = $1`, [id])
    expect(rows[0]?.open_stretch).toBeNull()
    for await (const streams of api.ledger.reconcile.tickingStreams()) {
      const until = grid + 12 * every
      await api.ledger.reconcile.account(
        streams.filter((stream) => stream.id === id),
        { now: until, until, reason: () => 'noWorker' },
      )
    }
    expect(await brief(name, grid)).toEqual([
      [0, 0, 1, 'inProgress'],
      [1, 8, 8, 'missed'],
      [9, 9, 1, 'inProgress'],
      [10, 12, 3, 'missed'],
    ])
  })

  it('come at most a thousand at a time, the oldest first', async () => {
    const { name, id, grid } = await missedTen()
    await api.call('POST', `/v1/streams/${name}/stop`)
    await api.call('POST', `/v1/streams/${name}/start`)
    const begin = grid - 1500 * every
    await missed(id, begin, grid - every)
    const window = { since: minute(begin, 0), until: minute(grid, 9) }
    expect((await run(name, { ...window, dryRun: true })).json).toMatchObject({ ticks: 1000, more: true, last: minute(begin, 999) })
    expect((await run(name, window)).json).toMatchObject({ ticks: 1000, more: true, first: minute(begin, 0) })
    expect((await run(name, window)).json).toMatchObject({ ticks: 510, more: false, first: minute(begin, 1000), last: minute(grid, 9) })
  })

  it('are told apart from skipped ones, which run when they are asked for', async () => {
    const { name, id, grid } = await missedTen()
    await api.call('POST', `/v1/streams/${name}/pause`)
    await database.query(
      `update weaver.runs set state = 'skipped', reason = 'paused' where stream_id = $1 and state = 'missed' and ticks = 10`,
      [id],
    )
    const window = { since: minute(grid, 0), until: minute(grid, 9), dryRun: true }
    expect((await run(name, window)).json).toMatchObject({ ticks: 0 })
    expect((await run(name, { ...window, outcomes: ['skipped'] })).json).toMatchObject({ ticks: 10 })
    expect((await run(name, { ticks: [minute(grid, 5)] })).status).toBe(202)
    const queued = (await accountOf(name)).find(({ outcome }) => outcome === 'inProgress')
    // They wait until the stream goes on.
    expect(await api.ledger.claim('worker-of-the-test', 60_000, { kind: 'run', runId: queued?.runId ?? randomUUID() })).toEqual({
      outcome: 'busy',
    })
    await api.call('POST', `/v1/streams/${name}/resume`)
    await runOne(queued?.runId ?? '')
  })

  it('are refused of a stopped stream, of one that is pushed, and where there is no tick', async () => {
    const { name, grid } = await missedTen()
    const body = { ticks: [minute(grid, 5)] }
    for (const ticks of [[minute(grid, 500)], [new Date(grid + 1).toISOString()], [minute(grid, 1), minute(grid, -1)]]) {
      const refused = await run(name, { ticks })
      expect(codeOf(refused)).toEqual([400, 'invalid_request'])
      expect(refused.json.errors).toMatchObject([{ field: `ticks.${ticks.length - 1}` }])
    }
    expect(codeOf(await run(name, {}))).toEqual([400, 'invalid_request'])
    expect(codeOf(await run('nobody', body))).toEqual([404, 'not_found'])
    await api.call('POST', `/v1/streams/${name}/stop`)
    expect(codeOf(await run(name, body))).toEqual([409, 'stream_stopped'])
    const pushed = api.name('pushed')
    await api.call('POST', '/v1/streams', { name: pushed, adapter: 'push', config: {}, schedule: { manual: true } })
    expect(codeOf(await run(pushed, body))).toEqual([422, 'not_polled'])
  })
})
