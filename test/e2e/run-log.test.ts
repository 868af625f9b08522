import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fleet, runEnds, startFleet } from './fleet.ts'
import { json, type Source, startSource } from './source.ts'

interface List<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

interface Line {
  readonly level: string
  readonly attempt: number
  readonly message: string
  readonly fields: Record<string, unknown>
}

interface RunResult {
  readonly part: number
  readonly createdAt: string
  readonly deliveries: readonly {
    readonly sink: string
    readonly state: string
    readonly createdAt: string
    readonly transformMs: number
  }[]
}

describe('what can be asked about one run', () => {
  let source: Source
  /** Where the second page of a list is. */
  let elsewhere: Source
  let fleet: Fleet
  let failures = 0
  beforeAll(async () => {
    source = await startSource((_request, response, url) => {
      if (url.pathname === '/flaky' && failures > 0) {
        failures -= 1
        json(response, { message: 'later' }, 503)
      } else if (url.pathname === '/noted') json(response, { items: [{ id: 'a' }], next: `${elsewhere.url}/more` })
      else json(response, { items: [{ id: 'a' }] })
    })
    elsewhere = await startSource((_request, response) => json(response, { items: [{ id: 'b' }] }))
    fleet = await startFleet()
  })
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]()
    await source?.[Symbol.asyncDispose]()
    await elsewhere?.[Symbol.asyncDispose]()
  })

  const make = async (name: string, path: string, config: object = {}) => {
    await fleet.api.post('/v1/streams', {
      name,
      adapter: 'http',
      config: { request: { url: `${source.url}${path}` }, records: { path: 'items' }, primaryKey: ['id'], ...config },
      schedule: { manual: true },
      retry: { attempts: 3, delay: 10, maxDelay: 20 },
    })
    await fleet.api.post(`/v1/streams/${name}/start`)
    await fleet.api.post(`/v1/streams/${name}/trigger`)
    return (await runEnds(fleet.api, name, ['succeeded', 'failed'])).id
  }

  it('says how each attempt ended that failed, and of which worker it was', async () => {
    failures = 2
    const run = await make('flaky', '/flaky')
    const { items } = await fleet.api.get<List<Line>>(`/v1/runs/${run}/log`)
    expect(items).toMatchObject([
      { level: 'warn', attempt: 1, fields: { code: 'source_unavailable', outcome: 'retry' } },
      { level: 'warn', attempt: 2, fields: { code: 'source_unavailable', outcome: 'retry' } },
    ])
    const first = await fleet.api.get<List<Line>>(`/v1/runs/${run}/log?limit=1`)
    const second = await fleet.api.get<List<Line>>(`/v1/runs/${run}/log?limit=1&after=${first.next}`)
    expect([...first.items, ...second.items]).toEqual(items)
  })

  it('has nothing to say of a run without incident', async () => {
    const run = await make('calm', '/calm')
    expect(await fleet.api.get(`/v1/runs/${run}/log`)).toEqual({ items: [], next: null })
  })

  it('keeps what the adapter notes', async () => {
    const run = await make('noted', '/noted', { pagination: { type: 'next', in: 'body', path: 'next' } })
    const { items } = await fleet.api.get<List<Line>>(`/v1/runs/${run}/log`)
    expect(items).toMatchObject([{ level: 'warn', attempt: 1, fields: { origin: elsewhere.url } }])
    const { items: results } = await fleet.api.get<List<RunResult>>(`/v1/runs/${run}/results`)
    expect(results.map(({ part }) => part)).toEqual([0, 1])
    for (const { createdAt, deliveries } of results) {
      expect(deliveries).toMatchObject([{ sink: 'postgres', state: 'done', createdAt }])
      expect(deliveries[0]?.transformMs).toBeGreaterThanOrEqual(0)
    }
    const page = await fleet.api.get<List<RunResult>>(`/v1/runs/${run}/results?limit=1`)
    const rest = await fleet.api.get<List<RunResult>>(`/v1/runs/${run}/results?limit=1&after=${page.next}`)
    expect([...page.items, ...rest.items]).toEqual(results)
  })

  it('a run that is not there has neither log nor results', async () => {
    for (const part of ['log', 'results']) {
      expect((await fleet.api.call('GET', `/v1/runs/0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e/${part}`)).status).toBe(404)
    }
  })
})
