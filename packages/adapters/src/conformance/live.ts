import { type Adapter, type Json, type Page, systemClock, WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { describeDeclaration } from './described.ts'
import { readPage, recordsOf, type RunOutcome, stored, timed } from './harness.ts'
import { type Fixture, knobs, type Live, liveFixture, type LiveScenario } from './live-fixture.ts'
import { type LiveBehaviour, until } from './live-source.ts'

export type { LiveKnobs, LiveScenario } from './live-fixture.ts'
export type { LiveAnswer, LiveRequest, LiveScript, Wire } from './live-source.ts'

/** Longest time from an abort or a drain to the end of a run, in milliseconds. */
const endLimitMs = 100
/**
 * The tests that every live adapter over server-sent events, WebSockets or gRPC has to pass, inside this repository or outside. Each scenario
 * runs against a real server on the loopback, through the real way out.
 */
export function describeLiveAdapter({
  adapter,
  scenarios,
}: {
  readonly adapter: Adapter
  readonly scenarios: readonly LiveScenario[]
}): void {
  describe(`adapter ${adapter.id}`, () => {
    describeDeclaration(adapter)
    for (const scenario of scenarios) describe(scenario.name, () => describeScenario(liveFixture(adapter, scenario)))
  })
}

function describeScenario(fixture: Fixture): void {
  describeSegments(fixture)
  describeResuming(fixture)
  describeEnds(fixture)
  describeFaults(fixture)
  describeRefusals(fixture)
}

const numbers = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)
const keysOf = ({ adapter, configOf }: Fixture, pages: readonly Page[]) => recordsOf(adapter, configOf(), pages).map(({ key }) => key)
const expected = ({ scenario }: Fixture, first: number, last: number) => numbers(first, last).flatMap((n) => scenario.keys(n))

/** Messages 1 to 7, in segments of 3. */
async function seven(fixture: Fixture): Promise<RunOutcome> {
  fixture.source.reset()
  const live = fixture.start()
  await fixture.serving(1)
  fixture.source.publish(7)
  await live.settled()
  live.drain()
  return live.outcome
}

function describeSegments(fixture: Fixture): void {
  it('stores what comes in segments, and what was gathered when it is drained', async () => {
    const { pages, error } = await seven(fixture)
    expect(error).toBeUndefined()
    expect(pages.map((page) => keysOf(fixture, [page]))).toEqual([
      expected(fixture, 1, 3),
      expected(fixture, 4, 6),
      expected(fixture, 7, 7),
    ])
    for (const { cursor, gap, request, response } of pages) {
      expect(JSON.parse(JSON.stringify(cursor))).toEqual(cursor)
      expect(gap).toBeUndefined()
      expect(request.url).toContain(fixture.source.origin)
      expect([101, 200]).toContain(response.status)
    }
  })

  it('stores a segment when its time is over, and the first one soon', async () => {
    fixture.source.reset()
    const live = fixture.start()
    await fixture.serving(1)
    fixture.source.publish(1)
    // The limit of the configuration is a minute.
    await until('the first segment', () => live.pages.length === 1)
    live.drain()
    expect(keysOf(fixture, (await live.outcome).pages)).toEqual(expected(fixture, 1, 1))
  })

  it('reads the same records from the same page, and changes nothing of it', async () => {
    const config = fixture.configOf()
    for (const page of (await seven(fixture)).pages) {
      const before = Buffer.from(page.body)
      const first = readPage(fixture.adapter, config, page)
      expect(readPage(fixture.adapter, config, page)).toEqual(first)
      expect([...fixture.adapter.records(Object.freeze(stored(page)), config as never)]).toEqual(first)
      expect(Buffer.from(page.body)).toEqual(before)
      expect(JSON.parse(JSON.stringify(first))).toEqual(first)
    }
  })
}

function describeResuming(fixture: Fixture): void {
  const { scenario } = fixture

  it.each([1, 2, 3])(
    `goes on after page %i ${scenario.resumes ? 'without loss or repetition' : 'and says what is missing'}`,
    async (done) => {
      const cursor = (await seven(fixture)).pages[done - 1]?.cursor ?? null
      const live = fixture.start({ cursor })
      await fixture.serving(2)
      fixture.source.publish(1)
      await live.settled()
      live.drain()
      const { pages, error } = await live.outcome
      expect(error).toBeUndefined()
      expect(keysOf(fixture, pages)).toEqual(expected(fixture, scenario.resumes ? Math.min(done * 3, 7) + 1 : 8, 8))
      expect(pages.map(({ gap }) => gap?.reason)).toEqual(pages.map((_, index) => (scenario.resumes || index > 0 ? undefined : 'start')))
    },
  )

  it(`goes on after a lost connection ${scenario.resumes ? 'without loss or repetition' : 'and says what is missing'}`, async () => {
    fixture.source.reset({ kind: 'until', messages: 4, and: 'cut' })
    const live = fixture.start()
    await fixture.serving(1)
    fixture.source.publish(5)
    await fixture.serving(2)
    fixture.source.publish(2)
    await live.settled()
    live.drain()
    const { pages, error } = await live.outcome
    expect(error).toBeUndefined()
    const came = scenario.resumes ? numbers(1, 7) : [1, 2, 3, 4, 6, 7]
    expect(keysOf(fixture, pages)).toEqual(came.flatMap((n) => scenario.keys(n)))
    const gaps = pages.map(({ gap }) => gap).filter((gap) => gap !== undefined)
    if (scenario.resumes) expect(gaps).toEqual([])
    else {
      expect(gaps).toMatchObject([{ reason: 'reconnect' }])
      expect(Date.parse(gaps[0]?.since ?? '')).toBeLessThanOrEqual(Date.parse(gaps[0]?.until ?? ''))
    }
  })

  it('that ended before its first page goes on from where it began, or says since when something is missing', async () => {
    fixture.source.reset()
    const kept: Json[] = []
    const early = fixture.start({ checkpoint: async (cursor) => void kept.push(cursor) })
    await fixture.serving(1)
    await until('the checkpoint', () => kept.length === 1)
    early.abort(new WeaverError('interrupted', 'killed by a test'))
    expect((await early.outcome).pages).toEqual([])
    await until('its connection to be gone', () => fixture.source.clients.every(({ open }) => !open))
    fixture.source.publish(2)
    const cursor = JSON.parse(JSON.stringify(kept[0])) as Json
    const late = fixture.start({ cursor, checkpoint: async (moved) => void kept.push(moved) })
    await fixture.serving(2)
    fixture.source.publish(1)
    await late.settled()
    late.drain()
    const { pages, error } = await late.outcome
    expect([error, kept.length]).toEqual([undefined, 1])
    const isSaid = pages[0]?.gap?.reason === 'start'
    expect(keysOf(fixture, pages)).toEqual(expected(fixture, isSaid ? 3 : 1, 3))
    if (!isSaid) expect(pages.every(({ gap }) => gap === undefined)).toBe(true)
  })

  it.each(['nonsense', 5, [], { version: 999 }])('says so when it cannot read a checkpoint like %j', async (cursor) => {
    fixture.source.reset()
    const { error } = await fixture.start({ cursor: cursor as Json }).outcome
    expect(error).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('checkpoint') as string })
    expect(fixture.source.clients).toEqual([])
  })
}

/** Where a run may be when it is to end, and how it gets there. */
const stages: readonly {
  readonly name: string
  readonly behaviours: readonly LiveBehaviour[]
  reached(fixture: Fixture, live: Live): Promise<void>
  readonly gathered: number
}[] = [
  {
    name: 'while it connects',
    behaviours: [{ kind: 'silence' }],
    reached: ({ source }) => until('the connection', () => source.clients.length === 1),
    gathered: 0,
  },
  { name: 'while nothing comes', behaviours: [], reached: (fixture) => fixture.serving(1), gathered: 0 },
  {
    name: 'while a segment is gathered',
    behaviours: [],
    async reached(fixture, live) {
      await fixture.serving(1)
      fixture.source.publish(2)
      await live.settled()
    },
    gathered: 2,
  },
  {
    name: 'while it waits to connect again',
    behaviours: [{ kind: 'answer', status: 503, headers: { 'retry-after': '200' } }],
    async reached({ source }) {
      await until('the refusal', () => source.clients[0]?.open === false)
      // The wait begins some steps after the connection has ended here.
      for (let step = 0; step < 50; step += 1) await new Promise(setImmediate)
    },
    gathered: 0,
  },
]

function describeEnds(fixture: Fixture): void {
  const reason = new WeaverError('interrupted', 'stopped by a test')

  it.each(stages)(`ends within ${endLimitMs} ms of an abort $name`, timed, async ({ behaviours, reached }) => {
    fixture.source.reset(...behaviours)
    const live = fixture.start()
    await reached(fixture, live)
    const abortedAt = systemClock.monotonic()
    live.abort(reason)
    const { error, pages } = await live.outcome
    expect(systemClock.monotonic() - abortedAt).toBeLessThan(endLimitMs)
    expect([error, pages]).toEqual([reason, []])
    await until('its connection to be gone', () => fixture.source.clients.every(({ open }) => !open))
  })

  it.each(stages)(`comes to a good end within ${endLimitMs} ms of a drain $name`, timed, async ({ behaviours, reached, gathered }) => {
    fixture.source.reset(...behaviours)
    const live = fixture.start()
    await reached(fixture, live)
    const drainedAt = systemClock.monotonic()
    live.drain()
    const { error, pages } = await live.outcome
    expect(systemClock.monotonic() - drainedAt).toBeLessThan(endLimitMs)
    expect(error).toBeUndefined()
    expect(keysOf(fixture, pages)).toEqual(expected(fixture, 1, gathered))
  })

  it('takes nothing more after an abort while a page is being stored', async () => {
    fixture.source.reset()
    const live: Live = fixture.start({ onPage: () => live.abort(reason) })
    await fixture.serving(1)
    fixture.source.publish(7)
    const { error, pages } = await live.outcome
    expect([error, pages.length]).toEqual([reason, 1])
  })

  it('asks for nothing when it is aborted or drained before it begins', async () => {
    fixture.source.reset()
    expect((await fixture.start({ signal: AbortSignal.abort(reason) }).outcome).error).toBe(reason)
    expect(await fixture.start({ drain: AbortSignal.abort() }).outcome).toEqual({ pages: [], error: undefined })
    expect(fixture.source.clients).toEqual([])
  })
}

function describeFaults(fixture: Fixture): void {
  const { scenario } = fixture

  it('goes on past messages that cannot be read, which are problems of their own', async () => {
    fixture.source.reset({ kind: 'until', messages: 2, extra: scenario.malformed, and: 'serve' })
    const live = fixture.start()
    await fixture.serving(1)
    fixture.source.publish(3)
    await live.settled()
    live.drain()
    const { pages, error } = await live.outcome
    expect(error).toBeUndefined()
    expect(fixture.source.clients).toHaveLength(1)
    const found = pages.flatMap((page) => readPage(fixture.adapter, fixture.configOf(), page))
    const problems = found.filter((record) => 'problem' in record)
    expect(problems).toHaveLength(scenario.malformed.length)
    for (const { problem } of problems) expect(problem).toMatch(/\w+ \w+/)
    expect(keysOf(fixture, pages)).toEqual(expected(fixture, 1, 3))
  })

  it.each([
    ['is larger than the limit', { kind: 'until', messages: 2, extra: [scenario.oversized(knobs.maxMessageBytes)], and: 'serve' }],
    ['is cut off', { kind: 'until', messages: 2, and: 'half' }],
  ] satisfies [string, LiveBehaviour][])(
    'connects again after a message that %s, and keeps those before and behind it',
    async (_what, behaviour) => {
      fixture.source.reset(behaviour)
      const live = fixture.start()
      await fixture.serving(1)
      fixture.source.publish(2)
      await fixture.serving(2)
      fixture.source.publish(2)
      await live.settled()
      live.drain()
      const { pages, error } = await live.outcome
      expect(error).toBeUndefined()
      expect(keysOf(fixture, pages)).toEqual(expected(fixture, 1, 4))
      expect(pages.flatMap((page) => readPage(fixture.adapter, fixture.configOf(), page)).filter((record) => 'problem' in record)).toEqual(
        [],
      )
    },
  )

  it('takes a source that is silent for lost', async () => {
    fixture.source.reset({ kind: 'until', messages: 2, and: 'mute' })
    const live = fixture.start({ config: fixture.configOf({ idleMs: 300 }) })
    await fixture.serving(1)
    fixture.source.publish(2)
    await fixture.serving(2)
    live.drain()
    const { pages, error } = await live.outcome
    expect(error).toBeUndefined()
    expect(keysOf(fixture, pages)).toEqual(expected(fixture, 1, 2))
  })

  const storms: readonly [string, LiveBehaviour, string][] = [
    ['ends each connection at once', { kind: 'end' }, 'source_truncated'],
    ['answers 503', { kind: 'answer', status: 503 }, 'source_unavailable'],
    ['answers 429', { kind: 'answer', status: 429, headers: { 'retry-after': '0' } }, 'rate_limited'],
  ]
  it.each(storms)('gives up on a source that %s, after as many connections as it may make', async (_what, behaviour, code) => {
    fixture.source.reset(...Array.from({ length: 20 }, () => behaviour))
    const { pages, error } = await fixture.start().outcome
    expect(error).toMatchObject({ code })
    expect([pages.length, fixture.source.clients.length]).toEqual([0, knobs.reconnect.maxFailures])
  })
}

function describeRefusals(fixture: Fixture): void {
  const { secrets } = fixture
  it.each([
    [401, 'auth_failed'],
    [403, 'auth_failed'],
    [404, 'source_not_found'],
    [422, 'source_rejected'],
  ])('fails at once when it is answered %i (%s)', async (status, code) => {
    fixture.source.reset({ kind: 'answer', status, body: 'no' })
    const { error } = await fixture.start().outcome
    expect(error).toMatchObject({ code, message: expect.stringContaining(String(status)) as string })
    expect(fixture.source.clients).toHaveLength(1)
  })

  it.each(Object.keys(secrets))('does not ask the source without the secret %s', async (name) => {
    fixture.source.reset()
    const { [name]: _, ...others } = secrets
    expect((await fixture.start({ secrets: others }).outcome).error).toMatchObject({ code: 'missing_secret' })
    expect(fixture.source.clients).toEqual([])
  })
}
