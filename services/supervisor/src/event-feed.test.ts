import type { ClaimedRun } from '@data-weaver/ledger'
import { eventually } from '@data-weaver/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EventReader, type ReadEvent } from '../test/event-reader.ts'
import { type Api, httpStream, startApi } from '../test/harness.ts'
import { claimTick, commitPage, endRun } from '../test/play-worker.ts'

let api: Api
let address: string
beforeAll(async () => {
  api = await startApi()
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => await api[Symbol.asyncDispose]())

async function running(on = api): Promise<{ name: string; run: ClaimedRun }> {
  const name = on.name('events')
  const { id } = (await on.call('POST', '/v1/streams', httpStream(name, { schedule: { every: 100 } }))).json
  await on.call('POST', `/v1/streams/${id}/start`)
  return { name, run: await claimTick(on, id) }
}

const idsOf = (events: readonly ReadEvent[]) => events.map(({ data }) => JSON.parse(data).payload.id as string)

describe('events', () => {
  it('begin now, and have exactly their shape', async () => {
    const { name, run } = await running()
    await commitPage(api, run, 'before')
    await using reader = await EventReader.open(address)
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-content-type-options': 'nosniff',
    })
    const from = Math.floor(Date.now() / 1000)
    const page = await commitPage(api, run, 'after', { part: 1 })
    // Any transaction that was open anywhere in the server when the client came makes "now" a little earlier: it may hear of a page before.
    const event = await eventually(() => reader.events.find(({ data }) => data.includes(page.resultId)), { what: 'the page' })
    expect(event?.event).toBe('data-streams:results')
    expect(event?.id).toMatch(/^\d+-\d+$/)
    const { timestamp, ...rest } = JSON.parse(event?.data ?? '')
    expect(rest).toEqual({ adapter: name, payload: { id: page.resultId, filename: page.key } })
    expect(timestamp).toMatch(/^\d{10}$/)
    expect(Number(timestamp)).toBeGreaterThanOrEqual(from - 1)
    expect(Number(timestamp)).toBeLessThanOrEqual(from + 60)
    await endRun(api, run)
  })

  it('resume where a client left, without loss and without repetition, while more come from many at once', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, () => running()))
    await using whole = await EventReader.open(address)
    const committed: string[] = []
    const committing = Promise.all(
      runs.map(async ({ run }) => {
        for (let part = 0; part < 30; part += 1) committed.push((await commitPage(api, run, `page ${part}`, { part })).resultId)
      }),
    )
    const pieces: ReadEvent[] = []
    let lastId = whole.lastId
    while (pieces.length < 120) {
      await using reader = await EventReader.open(address, '', lastId)
      await reader.results(Math.min(13, 120 - pieces.length))
      pieces.push(...reader.events)
      lastId = reader.lastId
    }
    await committing
    expect(idsOf(pieces).toSorted()).toEqual(committed.toSorted())
    expect(idsOf(pieces)).toEqual(idsOf(await whole.results(120)))
    await using again = await EventReader.open(address, `?after=${whole.lastId}`)
    await using early = await EventReader.open(address, `?after=${pieces[59]?.id}`)
    expect(idsOf(await early.results(60))).toEqual(idsOf(pieces.slice(60)))
    expect(again.events).toEqual([])
    await Promise.all(runs.map(({ run }) => endRun(api, run)))
  })

  it('read the whole log in batches when a client asks for all of it', async () => {
    const { run } = await running()
    await commitPage(api, run, 'one more')
    await using all = await EventReader.open(address, '', '0-0')
    await using client = await connect(api)
    const { rows } = await client.query<{ n: number }>('select count(*)::int as n from weaver.results')
    const ids = idsOf(await all.results(rows[0]?.n ?? 0))
    expect(new Set(ids).size).toBe(rows[0]?.n)
    await endRun(api, run)
  })

  it('wait for older transactions, and come in order as soon as those are over', async () => {
    // Without the regular look, each five seconds: what is found here was looked for.
    const never = new Promise<void>(() => {})
    await using api = await startApi((parts) => ({
      ...parts,
      clock: { ...parts.clock, sleep: (ms, signal) => (ms >= 5000 ? never : parts.clock.sleep(ms * 4, signal)) },
    }))
    const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const { run } = await running(api)
    await using reader = await EventReader.open(address)
    await using client = await connect(api)
    await client.query('begin')
    await client.query('select pg_current_xact_id()')
    const pages = [await commitPage(api, run, '1'), await commitPage(api, run, '2', { part: 1 })]
    await using later = await EventReader.open(address, `?after=${reader.lastId}`)
    expect([reader.events, later.events]).toEqual([[], []])
    await client.query('commit')
    for (const each of [reader, later]) expect(idsOf(await each.results(2))).toEqual(pages.map(({ resultId }) => resultId))
    await endRun(api, run)
  })

  it('of one stream leave out the others, and notices', async () => {
    const [mine, other] = [await running(), await running()]
    await using reader = await EventReader.open(address, `?stream=${mine.name}`)
    await using all = await EventReader.open(address)
    await api.ledger.announceAvailable({ worker: 'w', host: 'h', pools: ['default'] })
    await commitPage(api, other.run, 'not mine')
    const page = await commitPage(api, mine.run, 'mine')
    await all.results(2)
    expect(idsOf(await reader.results(1))).toEqual([page.resultId])
    expect(reader.events).toHaveLength(1)
    await Promise.all([endRun(api, mine.run), endRun(api, other.run)])
  })

  it('tell that a worker is available, without an id', async () => {
    await using reader = await EventReader.open(address)
    await api.ledger.announceAvailable({ worker: 'worker-7', host: 'here', pools: ['default', 'slow'] })
    await eventually(() => reader.events.length > 0, { what: 'the notice' })
    const [{ id, event, data }] = reader.events as [ReadEvent]
    expect([id, event]).toEqual([undefined, 'data-streams:worker_available'])
    expect(JSON.parse(data)).toEqual({
      worker: 'worker-7',
      host: 'here',
      pools: ['default', 'slow'],
      timestamp: expect.stringMatching(/^\d{10}$/),
    })
  })

  it.each([
    ['?after=yesterday', 400, 'invalid_request'],
    ['?after=9223372036854775807-1', 400, 'invalid_request'],
    ['?stream=nobody', 404, 'not_found'],
    ['?from=1-1', 400, 'invalid_request'],
  ])('refuse %s', async (bad, status, code) => {
    const answer = await api.call('GET', `/v1/events${bad}`)
    expect([answer.status, answer.json.code]).toEqual([status, code])
  })

  it('stop to cost anything when the last client is gone, and begin again with the next', async () => {
    await eventually(async () => (await clients()) === 0, { what: 'all clients to be gone' })
    const { run } = await running()
    for (const part of [0, 1]) {
      await using reader = await EventReader.open(address)
      expect(await clients()).toBe(1)
      await commitPage(api, run, String(part), { part })
      await reader.results(1)
    }
    await eventually(async () => (await clients()) === 0, { what: 'all clients to be gone' })
    await endRun(api, run)
  })
})

describe('a client that catches up', () => {
  it('misses nothing that the others got while it was read for', async () => {
    // Holds the answer to the first question of the client that comes back, until the others are further.
    const gate = { at: '', reached: Promise.withResolvers<void>(), open: Promise.withResolvers<void>() }
    await using gated = await startApi((parts) => ({
      ...parts,
      ledger: {
        ...parts.ledger,
        async readFeed(after, limit) {
          const entries = await parts.ledger.readFeed(after, limit)
          if (`${after.txid}-${after.seq}` !== gate.at) return entries
          gate.at = ''
          gate.reached.resolve()
          await gate.open.promise
          return entries
        },
      },
    }))
    const gatedAddress = await gated.app.listen({ port: 0, host: '127.0.0.1' })
    const { run } = await running(gated)
    await using level = await EventReader.open(gatedAddress)
    const pages = [await commitPage(gated, run, '0'), await commitPage(gated, run, '1', { part: 1 })]
    const [first] = await level.results(2)
    gate.at = first?.id ?? ''
    await using late = await EventReader.open(gatedAddress, '', first?.id)
    await gate.reached.promise
    pages.push(await commitPage(gated, run, '2', { part: 2 }))
    await level.results(3)
    gate.open.resolve()
    await late.results(2)
    pages.push(await commitPage(gated, run, '3', { part: 3 }))
    expect(idsOf(await late.results(3))).toEqual(pages.slice(1).map(({ resultId }) => resultId))
    await endRun(gated, run)
  })
})

describe('a connection', () => {
  it('gets signs of life, which carry the place of a client that hears little', async () => {
    await using quick = await startApi((parts) => ({
      ...parts,
      clock: { ...parts.clock, sleep: (ms, signal) => parts.clock.sleep(ms / 100, signal) },
    }))
    const quickAddress = await quick.app.listen({ port: 0, host: '127.0.0.1' })
    const [mine, other] = [await running(quick), await running(quick)]
    await using reader = await EventReader.open(quickAddress, `?stream=${mine.name}`)
    const first = reader.lastId
    await eventually(() => reader.comments.includes('heartbeat'), { what: 'a heartbeat' })
    await commitPage(quick, other.run, 'not mine')
    await eventually(() => reader.lastId !== first, { what: 'the place to move on' })
    expect(reader.events).toEqual([])
    await using resumed = await EventReader.open(quickAddress, `?stream=${mine.name}`, reader.lastId)
    const page = await commitPage(quick, mine.run, 'mine')
    expect(idsOf(await resumed.results(1))).toEqual([page.resultId])
    await Promise.all([endRun(quick, mine.run), endRun(quick, other.run)])
  })

  it('is ended when the server closes, which does not wait for clients', async () => {
    const server = await startApi()
    const reader = await EventReader.open(await server.app.listen({ port: 0, host: '127.0.0.1' }))
    await server.app.close()
    await eventually(() => reader.ended, { what: 'the connection to be closed' })
    await server[Symbol.asyncDispose]()
  })
})

/** Clients that the server serves, as /metrics has it. */
async function clients(): Promise<number> {
  const { text } = await api.call('GET', '/metrics')
  return Number(/^weaver_event_clients (\d+)$/m.exec(text)?.[1])
}

async function connect(to: Api): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client(to.databaseUrl)
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}
