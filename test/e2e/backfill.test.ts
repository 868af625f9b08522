import { expect, it } from 'vitest'
import { documentsOf, type RunView, runsOf, startFleet } from './fleet.ts'
import { eventually } from '@data-weaver/testkit'
import { json, startSource } from './source.ts'

interface BackfillRun extends RunView {
  readonly trigger: string
  readonly backfill: { readonly checkpoint: { readonly incremental: { readonly value: string } } } | null
}

it('a backfill fetches its stretch of time and no more, past the limits of one run, and leaves the cursor of the stream alone', async () => {
  await using source = await startSource((_request, response, url) => {
    const day = url.searchParams.get('from')
    json(response, { items: [{ id: day, time: `${day}T12:00:00Z` }] })
  })
  await using fleet = await startFleet()
  const { api } = fleet
  await api.post('/v1/streams', {
    name: 'days',
    adapter: 'http',
    config: {
      request: { url: `${source.url}/days`, query: { from: '{{partition.from}}' } },
      records: { path: 'items' },
      partitions: { type: 'window', start: '2024-01-01', step: 86_400_000, format: 'date' },
      pagination: { type: 'page', parameter: 'page', size: { parameter: 'n', value: 100 }, stop: { on: 'shortPage' }, maxPages: 2 },
      incremental: { path: 'time', order: 'time' },
      primaryKey: ['id'],
    },
    schedule: { manual: true },
  })
  const cursor = { version: 1, incremental: { path: 'time', value: '2024-06-01T00:00:00Z' } }
  await api.call('PUT', '/v1/streams/days/cursor', { cursor })
  await api.post('/v1/streams/days/start')
  const window = 5 * 86_400_000
  await api.post('/v1/streams/days/backfill', { since: '2024-01-02T00:00:00Z', until: '2024-01-09T00:00:00Z', window })
  const runs = await eventually(
    async () => {
      const all = (await runsOf(api, 'days')) as readonly BackfillRun[]
      return all.length === 2 && all.every(({ state }) => state === 'succeeded') ? all : undefined
    },
    { what: 'both runs to end' },
  )
  // The newest first; both were queued at once, the oldest stretch first.
  expect(runs.map(({ trigger, pages }) => [trigger, pages])).toEqual([
    ['backfill', 2],
    ['backfill', 5],
  ])
  const asked = source.requests.map(({ url }) => url.searchParams.get('from'))
  expect(asked).toEqual(['02', '03', '04', '05', '06', '07', '08'].map((day) => `2024-01-${day}`))
  expect(await documentsOf(api, 'days')).toHaveLength(7)
  expect(await api.get('/v1/streams/days')).toMatchObject({ cursor })
})
