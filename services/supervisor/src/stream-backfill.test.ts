import { randomUUID } from 'node:crypto'
import { WeaverError } from '@data-weaver/contracts'
import type { ClaimedRun } from '@data-weaver/ledger'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'
import { claimTick, commitPage, endRun } from '../test/play-worker.ts'

let api: Api
beforeAll(async () => void (api = await startApi()))
afterAll(async () => await api[Symbol.asyncDispose]())

const codeOf = ({ status, json }: { status: number; json: { code: string } }) => [status, json.code]
const live = { live: 'cursor' }

/** A source that is asked by windows of a day. */
const windowed = {
  request: { url: 'http://127.0.0.1:9/readings', query: { from: '{{partition.from}}', to: '{{partition.to}}' } },
  partitions: { type: 'window', start: '2020-01-01', step: 86_400_000, format: 'date' },
  incremental: { path: 'time', order: 'time' },
  primaryKey: ['id'],
}

async function started(more: object = {}): Promise<{ name: string; id: string }> {
  const name = api.name('backfill')
  const made = await api.call('POST', '/v1/streams', httpStream(name, { config: windowed, ...more }))
  if (made.status !== 201) throw new Error(made.text)
  await api.call('PUT', `/v1/streams/${name}/cursor`, { cursor: live })
  await api.call('POST', `/v1/streams/${name}/start`)
  return { name, id: made.json.id }
}

interface Queued {
  readonly runs: readonly { readonly id: string; readonly since: string | null; readonly until: string | null; readonly cursor: unknown }[]
  readonly operation: string | null
  readonly bounded: boolean
}
const ask = async (name: string, body: object) => await api.call('POST', `/v1/streams/${name}/backfill`, body)
async function queued(name: string, body: object): Promise<Queued> {
  const answer = await ask(name, body)
  if (answer.status !== 202) throw new Error(answer.text)
  return answer.json as unknown as Queued
}
const claim = async (runId: string | undefined) =>
  await api.ledger.claim('worker-of-the-test', 60_000, { kind: 'run', runId: runId ?? randomUUID() })
async function claimed(runId: string | undefined): Promise<ClaimedRun> {
  const answer = await claim(runId)
  if (answer.outcome !== 'claimed') throw new Error(`the run was not claimed: ${answer.outcome}`)
  return answer.run
}
const cursorOf = async (name: string) => (await api.call('GET', `/v1/streams/${name}`)).json['cursor']
const year = { since: '2024-01-01T00:00:00Z', until: '2025-01-01T00:00:00Z' }

describe('a backfill', () => {
  it('is previewed: its runs, where each begins, and whether the source can be asked for an end', async () => {
    const { name } = await started()
    const { status, json } = await ask(name, { ...year, window: 100 * 86_400_000, dryRun: true })
    const { runs, bounded } = json as unknown as Queued
    expect([status, bounded, runs.map(({ id, since, until }) => [id, since?.slice(0, 10), until?.slice(0, 10)])]).toEqual([
      200,
      true,
      [
        [null, '2024-01-01', '2024-04-10'],
        [null, '2024-04-10', '2024-07-19'],
        [null, '2024-07-19', '2024-10-27'],
        [null, '2024-10-27', '2025-01-01'],
      ],
    ])
    expect(runs[1]?.cursor).toMatchObject({
      incremental: { path: 'time', value: '2024-04-10T00:00:00.000Z' },
      round: { until: Date.parse('2024-07-19T00:00:00Z') },
    })
    expect((await api.call('GET', `/v1/streams/${name}/runs`)).json.items).toEqual([])
    const { incremental, ...rest } = windowed
    const { name: open } = await started({
      config: {
        ...rest,
        partitions: undefined,
        request: { url: 'http://127.0.0.1:9/' },
        incremental: { ...incremental, parameter: 'since' },
      },
    })
    expect((await ask(open, { ...year, dryRun: true })).json).toMatchObject({
      bounded: false,
      runs: [{ until: '2025-01-01T00:00:00.000Z' }],
    })
  })

  it('runs beside the schedule with a cursor of its own, one run after the other, and leaves the cursor of the stream alone', async () => {
    const { name, id } = await started()
    const tick = await claimTick(api, id)
    const { runs, operation } = await queued(name, { ...year, window: 200 * 86_400_000 })
    const [first, second] = runs
    const progress = async () => {
      await api.ledger.operations.look()
      return (await api.call('GET', `/v1/operations/${operation}`)).json
    }
    expect(await progress()).toMatchObject({ action: 'backfill', state: 'waiting', queued: { runs: 2, ended: 0 }, scope: { stream: id } })
    const run = await claimed(first?.id)
    expect(run).toMatchObject({ trigger: 'backfill', cursor: first?.cursor })
    expect(await claim(second?.id)).toEqual({ outcome: 'busy' })
    await commitPage(api, run, '[]', { cursor: { at: 1 } })
    expect(await cursorOf(name)).toEqual(live)
    await commitPage(api, tick, '[]', { cursor: { live: 'moved' } })
    expect(await cursorOf(name)).toEqual({ live: 'moved' })
    expect((await api.call('GET', `/v1/runs/${run.id}`)).json['backfill']).toEqual({
      ...{ since: '2024-01-01T00:00:00.000Z', until: '2024-07-19T00:00:00.000Z' },
      ...{ from: first?.cursor, checkpoint: { at: 1 } },
    })
    await endRun(api, run)
    await endRun(api, tick)
    expect(await progress()).toMatchObject({ state: 'waiting', runs: { told: 2, acknowledged: 1 }, queued: { ended: 1 } })
    const next = await claimed(second?.id)
    await commitPage(api, next, '[]', { cursor: { at: 2 }, ends: true })
    expect(await cursorOf(name)).toEqual({ live: 'moved' })
    expect((await api.call('GET', `/v1/runs/${next.id}`)).json).toMatchObject({ state: 'succeeded', trigger: 'backfill', tick: null })
    expect(await progress()).toMatchObject({ state: 'completed', queued: { runs: 2, ended: 2, succeeded: 2 } })
  })

  it('goes on from its own checkpoint when it is tried again', async () => {
    const { name } = await started()
    const { runs } = await queued(name, { cursor: null })
    const run = await claimed(runs[0]?.id)
    expect(run.cursor).toBeNull()
    await commitPage(api, run, '[]', { cursor: { at: 7 } })
    await endRun(api, run, new WeaverError('source_unavailable', 'gone for a while'))
    expect((await api.call('POST', `/v1/runs/${run.id}/retry`)).status).toBe(202)
    expect((await claimed(run.id)).cursor).toEqual({ at: 7 })
  })

  it('that fails says nothing about the stream, and one that waits holds nothing up', async () => {
    const { name, id } = await started({ autoPause: { failures: 1, probe: 60_000 } })
    const { runs } = await queued(name, { ...year, window: 200 * 86_400_000 })
    const run = await claimed(runs[0]?.id)
    const error = { code: 'source_rejected', origin: 'source', message: 'no' } as const
    const end = { runId: run.id, epoch: run.epoch, outcome: 'failed', error, retryAfterMs: 0 } as const
    await api.ledger.endFetch({ ...end, autoPause: { failures: 1, probe: 60_000 } })
    expect((await api.call('GET', `/v1/streams/${name}`)).json).toMatchObject({
      desired: 'started',
      failures: 0,
      freshness: { goodAt: null },
    })
    // The second one is in line.
    expect((await api.call('POST', `/v1/streams/${name}/trigger`)).status).toBe(202)
    await api.call('POST', `/v1/streams/${name}/pause`)
    const second = await claimed(runs[1]?.id)
    await endRun(api, second)
    expect((await api.call('GET', `/v1/streams/${id}`)).json).toMatchObject({ desired: 'paused', freshness: { goodAt: null } })
  })

  it('is refused while a worker of the pool is up that would take it for a usual run', async () => {
    const { name } = await started({ pool: 'upgraded' })
    const client = new pg.Client({ connectionString: api.databaseUrl })
    await client.connect()
    try {
      // As a worker of the version before writes it.
      const old = `insert into weaver.workers (id, host, pid, version, pools, slots, draining, memory_bytes) values ('old', 'h', 1, '0', $1, 1, false, 1)`
      await client.query(old, [['upgraded']])
      expect(codeOf(await ask(name, year))).toEqual([409, 'workers_outdated'])
      expect((await ask(name, year)).text).toContain('worker \\"old\\" of pool \\"upgraded\\" is of an earlier version')
      await client.query(`update weaver.workers set heartbeat_at = now() - interval '31 s' where id = 'old'`)
      expect((await ask(name, year)).status).toBe(202)
    } finally {
      await client.end()
    }
  })

  it('is asked for once by its key', async () => {
    const { name } = await started()
    const headers = { 'idempotency-key': name }
    const once = await api.call('POST', `/v1/streams/${name}/backfill`, { cursor: null }, headers)
    const twice = await api.call('POST', `/v1/streams/${name}/backfill`, { cursor: null }, headers)
    expect([once.status, twice.text]).toEqual([202, once.text])
    expect((await api.call('GET', `/v1/streams/${name}/runs`)).json.items).toHaveLength(1)
  })

  it.each([
    ['an end before the beginning', { since: year.until, until: year.since }, [400, 'invalid_request'], 'until'],
    ['too many parts', { ...year, window: 1000 }, [400, 'invalid_request'], 'window'],
  ])('is refused with %s', async (_what, body, expected, field) => {
    const refused = await ask((await started()).name, body)
    expect([codeOf(refused), refused.json.errors[0]?.field]).toEqual([expected, field])
  })

  it('is refused where the past cannot be asked for, and says what to do', async () => {
    const { incremental: _, partitions: __, ...config } = { ...windowed, request: { url: 'http://127.0.0.1:9/' } }
    const { name } = await started({ config })
    const timeless = await ask(name, year)
    expect([codeOf(timeless), timeless.json.errors]).toMatchObject([[422, 'invalid_config'], [{ field: 'config.incremental' }]])
    expect((await ask(name, { cursor: null, dryRun: true })).status).toBe(200)
    const open = await started({ config: { ...config, incremental: { ...windowed.incremental, parameter: 'since' } } })
    expect(codeOf(await ask(open.name, { ...year, window: 200 * 86_400_000 }))).toEqual([400, 'invalid_request'])
    const numbers = await started({ config: { ...config, incremental: { path: 'n', order: 'number', parameter: 'since' } } })
    expect(codeOf(await ask(numbers.name, year))).toEqual([422, 'invalid_config'])
    await api.call('POST', `/v1/streams/${name}/stop`)
    expect(codeOf(await ask(name, { cursor: null }))).toEqual([409, 'stream_stopped'])
    expect(codeOf(await ask('nobody', { cursor: null }))).toEqual([404, 'not_found'])
    await api.call('POST', '/v1/streams', {
      name: 'listening',
      adapter: 'sse',
      config: { url: 'http://127.0.0.1:9/', primaryKey: ['id'] },
      schedule: { continuous: true },
    })
    expect(codeOf(await ask('listening', { cursor: null }))).toEqual([422, 'not_polled'])
    const poll = { name: api.name('iqair') }
    await api.call('POST', '/v1/streams', {
      ...poll,
      adapter: 'iqair',
      config: { resource: 'nearest_city', lat: 40.4, lon: -3.7 },
      secrets: { key: 'a-key' },
      schedule: { every: 60_000 },
    })
    expect(codeOf(await ask(poll.name, year))).toEqual([422, 'invalid_config'])
  })
})
