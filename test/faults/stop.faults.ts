import { eventually } from '@data-weaver/testkit'
import { expect, inject, test } from 'vitest'
import { campaign, type Scene } from './campaign.ts'
import { withDatabase } from './facts.ts'
import { count, note } from './report.ts'
import { startStream } from './streams.ts'
import { startTruth, type Truth } from './truth.ts'

const outcomes = inject('faultOutcomes')
const fetches = 1000
const workers = 4
/** Of one source, so that the limit of connections that a worker makes to one source is not reached. */
const perSource = 50
/** Streams made at the same time. */
const makers = 16

interface Stopped {
  readonly id: string
  readonly state: string
}

/** Starts so many streams whose source does not answer, stops all in one call, and answers when each run was acknowledged after the wish. */
async function stopAllAtOnce({ fleet }: Scene, sources: readonly Truth[]): Promise<readonly number[]> {
  await Promise.all(Array.from({ length: workers }, () => fleet.startWorker({ fetchSlots: fetches / workers + 50 })))
  const answers = sources.map((source) => source.hold())
  const waiting = () => sources.reduce((sum, source) => sum + source.waiting(), 0)
  const asked = () => sources.reduce((sum, source) => sum + source.log.length, 0)
  const numbers = Array.from({ length: fetches }, (_, index) => index).values()
  const make = async () => {
    for (const number of numbers) {
      const source = sources[Math.floor(number / perSource)] as Truth
      await startStream(fleet, source, `held${number}`, { pages: 1, perPage: 1 }, { every: 3_600_000 })
    }
  }
  await Promise.all(Array.from({ length: makers }, make))
  await eventually(() => waiting() === fetches, { what: 'all fetches to be under way', timeoutMs: 60_000 })
  const wish = { action: 'stop', filter: { prefix: 'held' }, mode: 'interrupt' }
  const { id } = await fleet.api().post<{ id: string }>('/v1/streams/actions', wish)
  const look = async () => (await fleet.api().get<Stopped>(`/v1/operations/${id}`)).state === 'completed'
  await eventually(look, { what: 'the stop to be complete', timeoutMs: 60_000 })
  await eventually(() => waiting() === 0, { what: 'all connections to the sources to be closed' })
  expect(asked()).toBe(fetches)
  for (const answer of answers) answer()
  const times = await withDatabase(fleet.databaseUrl, async (client) => {
    const { rows } = await client.query<{ ms: number }>(
      `select (extract(epoch from t.acknowledged_at - o.created_at) * 1000)::float8 as ms
       from weaver.operation_targets t join weaver.operations o on o.id = t.operation_id where o.id = $1`,
      [id],
    )
    return rows.map(({ ms }) => ms)
  })
  expect(asked()).toBe(fetches)
  return times
}

test('a stop of 1,000 running fetches across 4 workers is acknowledged by all', async () => {
  await using stack = new AsyncDisposableStack()
  const sources: Truth[] = []
  for (let from = 0; from < fetches; from += perSource) sources.push(stack.use(await startTruth()))
  let times: readonly number[] = []
  const { violations } = await campaign({ streams: async () => {} }, async (scene) => {
    times = await stopAllAtOnce(scene, sources)
  })
  const damage = { lost: count(violations, 'lost'), doubled: count(violations, 'doubled') }
  note(outcomes, {
    fault: `Stop of ${fetches} running fetches, until acknowledged`,
    queue: 'PostgreSQL',
    times: 1,
    ...damage,
    recoveries: times,
  })
  expect(violations).toEqual([])
  expect(times.length).toBe(fetches)
})
