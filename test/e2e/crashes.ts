import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, runEnds, runsOf, startFleet } from './fleet.ts'
import { json, type Source, startSource } from './source.ts'

/** Pages of the source, each with a few records. */
const pages = 6
const perPage = 5

export interface QueueUnderTest {
  /** Default: the ledger's database. */
  readonly url?: string
  /** Loses everything that is in the queue. */
  flush(databaseUrl: string): Promise<void>
}

/** What must hold when processes are killed and queues are lost, on every backend of the queue. */
export function describeCrashes(name: string, open: () => Promise<QueueUnderTest>): void {
  describe(name, () => {
    let fleet: Fleet
    let queue: QueueUnderTest
    let source: Source
    /** While set, the source answers this page only when the promise resolves. */
    let hold: { page: number; until: Promise<void> } | undefined

    beforeAll(async () => {
      source = await startSource((_request, response, url) => {
        const page = Number(url.searchParams.get('page') ?? '1')
        const items = Array.from({ length: page <= pages ? perPage : 0 }, (_, index) => ({
          id: `${url.pathname.slice(1)}-${page}-${index}`,
          page,
          value: `record ${index} of page ${page}`,
        }))
        const held = hold?.page === page ? hold.until : Promise.resolve()
        void held.then(() => json(response, { items }))
      })
      queue = await open()
      fleet = await startFleet(queue.url === undefined ? {} : { queueUrl: queue.url })
    })

    afterAll(async () => {
      await fleet?.[Symbol.asyncDispose]()
      await source?.[Symbol.asyncDispose]()
    })

    const stream = (name: string, schedule: object) => ({
      name,
      adapter: 'http',
      config: {
        request: { url: `${source.url}/${name}` },
        records: { path: 'items' },
        primaryKey: ['id'],
        pagination: { type: 'page', parameter: 'page' },
      },
      schedule,
      timeout: 60_000,
    })

    async function started(name: string, schedule: object = { every: 3_600_000 }) {
      await fleet.api.post('/v1/streams', stream(name, schedule))
      await fleet.api.post(`/v1/streams/${name}/start`)
    }

    const requestsTo = (name: string) => source.requests.filter(({ url }) => url.pathname === `/${name}`)
    const pagesAsked = (name: string) => requestsTo(name).map(({ url }) => Number(url.searchParams.get('page')))

    test('kill -9 of the worker in the middle of a run: the run finishes, each document once, no page fetched for nothing', async () => {
      const release = Promise.withResolvers<void>()
      hold = { page: 4, until: release.promise }
      await started('killed')
      await eventually(() => pagesAsked('killed').includes(4), { what: 'the fourth page to be asked for' })
      await fleet.worker.end('SIGKILL')
      hold = undefined
      release.resolve()
      await fleet.startWorker()
      const run = await runEnds(fleet.api, 'killed', ['succeeded'])
      const documents = await documentsOf(fleet.api, 'killed')
      expect(documents).toHaveLength(pages * perPage)
      expect(documents.every(({ revision }) => revision === 1)).toBe(true)
      expect(run.documents).toBe(pages * perPage)
      // Pages one to three were committed before the kill, so the run went on at the fourth.
      expect(pagesAsked('killed').filter((page) => page < 4)).toEqual([1, 2, 3])
      expect(await runsOf(fleet.api, 'killed')).toHaveLength(1)
    })

    test('kill -9 of the supervisor: ticks and deliveries go on', async () => {
      await started('orphaned', { every: 300 })
      await runEnds(fleet.api, 'orphaned', ['succeeded'])
      await fleet.supervisor.end('SIGKILL')
      const before = requestsTo('orphaned').length
      // A tick asks for seven pages: several ticks have passed without a supervisor.
      await eventually(() => requestsTo('orphaned').length > before + 3 * (pages + 1), { what: 'ticks without a supervisor' })
      await fleet.startSupervisor()
      const runs = await runsOf(fleet.api, 'orphaned')
      expect(runs.filter(({ state }) => state === 'succeeded').length).toBeGreaterThanOrEqual(3)
      expect(await documentsOf(fleet.api, 'orphaned')).toHaveLength(pages * perPage)
      await fleet.api.post('/v1/streams/orphaned/stop')
    })

    test('a stop stops: what runs is interrupted, and nothing is asked after the answer', async () => {
      const never = Promise.withResolvers<void>()
      hold = { page: 2, until: never.promise }
      await started('stopped', { every: 500 })
      await eventually(() => pagesAsked('stopped').includes(2), { what: 'the second page to be asked for' })
      const answer = await fleet.api.call('POST', '/v1/streams/stopped/stop')
      const asked = requestsTo('stopped').length
      expect(answer).toMatchObject({ status: 200, body: { action: 'stop', state: 'completed', runs: { told: 1, acknowledged: 1 } } })
      expect(await runsOf(fleet.api, 'stopped')).toMatchObject([{ state: 'interrupted' }])
      never.resolve()
      hold = undefined
      // Another stream's ticks show that time has passed for the schedules.
      await started('witness', { every: 500 })
      await eventually(async () => (await runsOf(fleet.api, 'witness')).length >= 4, { what: 'four ticks of another stream' })
      await fleet.api.post('/v1/streams/witness/stop')
      expect(requestsTo('stopped').length).toBe(asked)
    })

    test('a flushed queue costs nothing but time', async () => {
      await started('flushed', { every: 1000 })
      await runEnds(fleet.api, 'flushed', ['succeeded'])
      await queue.flush(fleet.databaseUrl)
      await fleet.supervisor.end()
      await fleet.startSupervisor()
      const before = requestsTo('flushed').length
      await eventually(() => requestsTo('flushed').length > before + 2 * (pages + 1), { what: 'ticks after the queue was flushed' })
      await fleet.api.post('/v1/streams/flushed/stop')
    })
  })
}
