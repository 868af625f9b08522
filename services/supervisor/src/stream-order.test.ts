import { type Stream, systemClock } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'
import { claimTick, commitPage, endRun } from '../test/play-worker.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
  for (const [name, schedule] of Object.entries(schedules)) {
    await api.call('POST', '/v1/streams', httpStream(name, { schedule, pool: name.startsWith('other') ? 'other' : 'default' }))
    if (!name.startsWith('stopped')) await api.call('POST', `/v1/streams/${name}/start`)
  }
})
afterAll(async () => await api[Symbol.asyncDispose]())

const hour = 3_600_000
/** Their next ticks are so far away that none comes while the tests run. */
const schedules = {
  'late-but-hourly': { every: 5 * hour },
  hourly: { every: 4 * hour },
  'at-new-year': { cron: '0 0 1 1 *' },
  'at-new-year-too': { cron: '0 0 1 1 *' },
  'at-new-year-in-madrid': { cron: '0 0 1 1 *', timezone: 'Europe/Madrid' },
  'not-before': { cron: '0 0 1 7 *', startAt: '2120-01-01T00:00:00Z' },
  'not-before-interval': { every: hour, startAt: '2110-01-01T00:00:00Z' },
  once: { at: '2100-01-01T00:00:00Z' },
  'by-hand': { manual: true },
  'stopped-hourly': { every: hour },
  'stopped-yearly': { cron: '0 0 1 1 *' },
  'at-its-end': { every: 10 * hour, endAt: new Date(systemClock.now() + hour).toISOString() },
  'other-pool': { every: 3 * hour },
}

/** All streams, page by page. */
async function all(query: string, limit: number): Promise<readonly Stream[]> {
  const found: Stream[] = []
  let after: string | null = ''
  do {
    const { json } = await api.call(
      'GET',
      `/v1/streams?limit=${limit}&${query}${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
    )
    found.push(...(json.items as unknown as Stream[]))
    after = json.next
  } while (after !== null)
  return found
}

const namesOf = (streams: readonly Stream[]) => streams.map(({ name }) => name)

/** As the API should order them, from what it tells of each. */
function ordered(streams: readonly Stream[], value: (stream: Stream) => string | null, down: boolean): readonly string[] {
  return namesOf(
    streams.toSorted((a, b) => {
      const [x, y] = [value(a), value(b)]
      if (x === y) return a.name < b.name ? -1 : 1
      if (x === null) return 1
      if (y === null) return -1
      return (x < y ? -1 : 1) * (down ? -1 : 1)
    }),
  )
}

const values: Readonly<Record<string, (stream: Stream) => string | null>> = {
  nextTick: ({ nextTickAt }) => nextTickAt,
  goodData: ({ freshness }) => freshness.goodAt,
  changed: ({ updatedAt }) => updatedAt,
}

describe('the order of streams', () => {
  it('is by name, and backwards', async () => {
    const names = Object.keys(schedules).toSorted()
    expect(namesOf(await all('', 4))).toEqual(names)
    expect(namesOf(await all('order=name', 4))).toEqual(names)
    expect(namesOf(await all('order=-name', 4))).toEqual(names.toReversed())
  })

  it('is by next tick, good data and last change, either way, whatever the size of the pages', async () => {
    for (const name of ['hourly', 'once', 'at-new-year']) {
      const { id } = await api.ledger.streams.get('default', name).then(({ stream }) => stream)
      const run = await claimTick(api, id)
      // Of one the sink lacks a result: its good data are as old as that.
      await commitPage(api, run, '{}', { onItsWay: name === 'hourly' })
      await endRun(api, run)
    }
    await api.call('PATCH', '/v1/streams/at-new-year', { timeout: 1234 })
    const some = await all('', 500)
    expect(some.filter(({ nextTickAt }) => nextTickAt !== null)).toHaveLength(9)
    expect(some.filter(({ freshness }) => freshness.goodAt !== null)).toHaveLength(3)
    for (const [name, value] of Object.entries(values)) {
      for (const limit of [1, 5, 500]) {
        expect(namesOf(await all(`order=${name}`, limit)), `${name}, ${limit} a page`).toEqual(ordered(some, value, false))
        expect(namesOf(await all(`order=-${name}`, limit)), `-${name}, ${limit} a page`).toEqual(ordered(some, value, true))
      }
    }
  })

  it('goes with filters', async () => {
    expect(namesOf(await all('order=nextTick&q=hourly', 1))).toEqual(['hourly', 'late-but-hourly', 'stopped-hourly'])
    expect(namesOf(await all('order=-nextTick&pool=other', 10))).toEqual(['other-pool'])
  })

  it('is refused where there is none such, and so is the end of a page of another order', async () => {
    expect((await api.call('GET', '/v1/streams?order=size')).status).toBe(400)
    for (const after of ['hourly', '1.2', '1.2.', `1.2.${'x'.repeat(64)}`]) {
      const { status, json } = await api.call('GET', `/v1/streams?order=nextTick&after=${after}`)
      expect([status, json.errors[0]?.field]).toEqual([400, 'after'])
    }
  })
})
