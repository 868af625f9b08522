import { type AdapterContext, type Json, type Page, silentLog, WeaverError } from '@data-weaver/contracts'
import { type FakeClock, fakeClock } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { type LiveConnection, livePages, ResumeRefused } from './pages.ts'
import { type LiveMessage, readSegment } from './segment.ts'

/** What one connection does: messages, times to wait, an error; then it ends in good order. */
type Step = string | number | Error
type Script = readonly Step[] | Error

const facts: LiveConnection['facts'] = {
  request: { method: 'GET', url: 'http://source.example/', headers: {} },
  response: { status: 200, headers: {}, receivedAt: '2026-01-01T00:00:00.000Z', durationMs: 5 },
}
const lost = new WeaverError('source_truncated', 'lost')
const start = Date.UTC(2026, 0, 1)
const time = (ms: number) => new Date(start + ms).toISOString()

interface Played {
  readonly pages: readonly Page[]
  readonly error: unknown
  /** The position of each connection, and when it was asked for. */
  readonly asked: readonly (readonly [Json | undefined, number])[]
}

async function* filled(bodies: readonly string[]) {
  for (const body of bodies) yield { ...facts, body: Buffer.from(body), position: body }
}

/** Runs to the end, while the clock moves whenever somebody waits. */
async function runOn(clock: FakeClock, found: AsyncIterable<Page>): Promise<{ readonly pages: readonly Page[]; readonly error: unknown }> {
  const pages: Page[] = []
  let over = false
  const run = async (): Promise<unknown> => {
    try {
      for await (const page of found) pages.push(page)
      return undefined
    } catch (error) {
      return error
    } finally {
      over = true
    }
  }
  const end = run()
  while (!over) {
    await new Promise(setImmediate)
    if (clock.sleeping() > 0) await clock.advance(100)
  }
  return { pages, error: await end }
}

/** Plays connections in order, on a clock that moves whenever somebody waits. It is drained when they are used up. */
async function play(
  scripts: readonly Script[],
  options: {
    resumes?: boolean
    cursor?: Json
    maxFailures?: number
    heardMs?: number
    retryMs?: number
    resumed?: readonly boolean[]
    fill?: readonly string[]
    unfilled?: { readonly since: number | undefined }
  } = {},
): Promise<Played> {
  const clock = fakeClock(start)
  const drain = new AbortController()
  const asked: [Json | undefined, number][] = []
  async function* messages(steps: readonly Step[]): AsyncGenerator<LiveMessage> {
    for (const step of steps) {
      if (typeof step === 'number') await clock.sleep(step)
      else if (typeof step === 'string') yield { at: clock.now(), data: step, ...(options.resumes ? { position: step } : {}) }
      else throw step
    }
  }
  const connect = async (position: Json | undefined): Promise<LiveConnection> => {
    const script = scripts[asked.length]
    const number = asked.push([position, clock.monotonic()])
    if (script instanceof Error) throw script
    if (script === undefined) drain.abort()
    return {
      facts,
      messages: messages(script ?? []),
      resumed: options.resumed?.[number - 1] ?? (options.resumes === true && position !== undefined),
      ...(number === 2 && options.fill !== undefined ? { fill: filled(options.fill), unfilled: () => options.unfilled } : {}),
      heardAt: () => (options.heardMs === undefined ? undefined : start + options.heardMs),
      retryMs: () => options.retryMs,
      close: () => {},
    }
  }
  const context: AdapterContext = {
    config: {},
    cursor: options.cursor ?? null,
    http: undefined as never,
    clock,
    secret: () => '',
    hasSecret: () => false,
    log: silentLog,
    signal: new AbortController().signal,
    drain: drain.signal,
  }
  const source = {
    of: 'source',
    segment: { messages: 100, bytes: 1e6, ms: 5000 },
    reconnect: { minMs: 1000, maxMs: 8000, maxFailures: options.maxFailures ?? 10 },
    connect,
    draw: (below: number) => below - 1,
  }
  return { ...(await runOn(clock, livePages(context, source))), asked }
}

const dataOf = ({ pages }: Played) => pages.map(({ body }) => [...readSegment(body)].map((one) => ('problem' in one ? null : one.data)))
const gapsOf = ({ pages }: Played) => pages.map(({ gap }) => gap)

describe('a source that can go on', () => {
  it('is asked for what comes behind the last page, and nothing is missing', async () => {
    const played = await play([['1', '2', lost], ['3'], ['4']], { resumes: true })
    expect(dataOf(played)).toEqual([['1', '2'], ['3'], ['4']])
    expect(played.asked.map(([position]) => position)).toEqual([undefined, '2', '3', '4'])
    expect(gapsOf(played)).toEqual([undefined, undefined, undefined])
    const cursor = played.pages[0]?.cursor as Json
    expect(cursor).toEqual({ version: 1, of: 'source', at: time(0), position: '2' })
    expect((await play([['3']], { resumes: true, cursor })).asked[0]?.[0]).toBe('2')
  })

  it('that refuses the position begins anew, and what is missing is said', async () => {
    const cursor = { version: 1, of: 'source', at: time(-60_000), position: '2' }
    const played = await play([new ResumeRefused(), ['9']], { resumes: true, cursor })
    expect(played.asked.slice(0, 2)).toEqual([
      ['2', 0],
      [undefined, 0],
    ])
    expect(gapsOf(played)).toEqual([{ since: time(-60_000), until: time(0), reason: 'resumeRefused' }])
  })

  it('that refuses it in a message says so as well, from the last page on', async () => {
    const played = await play([['1', lost], [50, new ResumeRefused()], ['9']], { resumes: true })
    expect(dataOf(played)).toEqual([['1'], ['9']])
    expect(gapsOf(played)).toEqual([undefined, { since: time(0), until: time(1050), reason: 'resumeRefused' }])
  })

  it('that refuses it after another message is complete until what came before the connection', async () => {
    const played = await play([['1', lost], [50, 'greeting', new ResumeRefused()], ['9']], { resumes: true })
    expect(gapsOf(played)).toEqual([undefined, undefined, { since: time(0), until: time(1050), reason: 'resumeRefused' }])
  })

  it('only later leaves no gap', async () => {
    const played = await play([['1', lost], [lost], ['2']], { resumed: [false, false, true] })
    expect([dataOf(played), gapsOf(played)]).toEqual([
      [['1'], ['2']],
      [undefined, undefined],
    ])
  })

  it('is not asked with the position of another source', async () => {
    const played = await play([['1']], { resumes: true, cursor: { version: 1, of: 'other', at: time(0), position: '2' } })
    expect([played.asked[0]?.[0], gapsOf(played)]).toEqual([undefined, [undefined]])
  })
})

describe('a source that cannot go on', () => {
  it('leaves a gap from the last message to the new connection, on the first page behind it', async () => {
    const played = await play([['1', 200, lost], new WeaverError('source_unreachable', 'down'), [100, '2', '3'], ['4']])
    expect(dataOf(played)).toEqual([['1'], ['2', '3'], ['4']])
    // Waits of 1,000 and 2,000 ms come between.
    expect(gapsOf(played)).toEqual([
      undefined,
      { since: time(0), until: time(3200), reason: 'reconnect' },
      { since: time(3300), until: time(4300), reason: 'reconnect' },
    ])
  })

  it('leaves one gap for several connections without a message', async () => {
    const played = await play([['1', lost], [200, lost], ['2']])
    expect(gapsOf(played)).toEqual([undefined, { since: time(0), until: time(3200), reason: 'reconnect' }])
  })

  it('is complete until it was heard last', async () => {
    const played = await play([['1', 500, lost], ['2']], { heardMs: 400 })
    expect(gapsOf(played)[1]).toEqual({ since: time(400), until: time(1500), reason: 'reconnect' })
  })

  it('leaves one from the last run to the first connection, and none at the very first', async () => {
    const cursor = { version: 1, of: 'source', at: time(-60_000) }
    expect(gapsOf(await play([['1']], { cursor }))).toEqual([{ since: time(-60_000), until: time(0), reason: 'start' }])
    expect(gapsOf(await play([['1']]))).toEqual([undefined])
  })
})

describe('connections', () => {
  const down = new WeaverError('source_unreachable', 'down')

  it('are made after waits that double up to a limit, until there were too many failures', async () => {
    const cursor = { version: 1, of: 'source', at: time(0) }
    const { asked, error } = await play(
      Array.from({ length: 20 }, () => down),
      { maxFailures: 6, cursor },
    )
    expect(asked.map(([, at]) => at)).toEqual([0, 1000, 3000, 7000, 15_000, 23_000])
    expect(error).toBe(down)
  })

  it('to a source that was never reached are given up after three', async () => {
    const { asked, error } = await play(Array.from({ length: 20 }, () => down))
    expect([asked.length, error]).toEqual([3, down])
    const reached = await play([['1'], ...Array.from({ length: 20 }, () => down)])
    expect([reached.asked.length, reached.error]).toEqual([11, down])
  })

  it('that end at once are failures', async () => {
    const { asked, error } = await play(
      Array.from({ length: 20 }, () => []),
      { maxFailures: 3 },
    )
    expect(asked).toHaveLength(3)
    expect(error).toMatchObject({ code: 'source_truncated' })
  })

  it('that end in good order after a message are none', async () => {
    const { asked, error } = await play(
      Array.from({ length: 20 }, () => ['x']),
      { maxFailures: 3 },
    )
    expect([asked.length, error, asked[5]?.[1]]).toEqual([21, undefined, 5000])
  })

  it('that held for a minute make good what failed before', async () => {
    const { asked, error } = await play([down, down, ['1', 60_000, lost], down, down, ['2']], { maxFailures: 4 })
    expect([asked.length, error]).toEqual([7, undefined])
  })

  it('are not made again when waiting mends nothing', async () => {
    const refused = new WeaverError('auth_failed', 'no')
    const played = await play([['1', refused], ['2']])
    expect([dataOf(played), played.error, played.asked.length]).toEqual([[['1']], refused, 1])
  })

  it('are made again after a message that is too large, some times', async () => {
    const large = new WeaverError('source_too_large', 'large')
    expect((await play([['1', large], ['2']])).pages).toHaveLength(2)
    expect(
      (
        await play(
          Array.from({ length: 20 }, () => ['1', large]),
          { maxFailures: 4 },
        )
      ).error,
    ).toBe(large)
  })

  it('wait as long as the source asks, but not for hours', async () => {
    const limited = (retryAfterMs: number) => new WeaverError('rate_limited', 'slow down', { retryAfterMs })
    expect((await play([limited(45_000), ['1']])).asked[1]?.[1]).toBe(45_000)
    expect((await play([['1'], ['2']], { retryMs: 3000 })).asked[1]?.[1]).toBe(3000)
    const late = limited(3_600_000)
    expect((await play([late, ['1']])).error).toBe(late)
  })
})

it('pages that fill a gap otherwise come first, each with its checkpoint', async () => {
  const { pages, asked } = await play([['1', lost], ['4', lost], ['5']], { resumes: true, resumed: [false, true], fill: ['2', '3'] })
  expect(pages.map(({ cursor }) => (cursor as { position: string }).position)).toEqual(['1', '2', '3', '4', '5'])
  expect(pages.map(({ gap }) => gap)).toEqual(Array.from({ length: 5 }, () => undefined))
  expect(asked.map(([position]) => position)).toEqual([undefined, '1', '4', '5'])
  expect(Buffer.from(pages[1]?.body ?? []).toString()).toBe('2')
})

it.each([
  [50, 50],
  [undefined, 0],
  [10_000, 1000],
])('what could not be filled since %s ms is said by the first page behind it', async (since, said) => {
  const unfilled = { since: since === undefined ? undefined : start + since }
  const played = await play([['1', lost], ['4']], { resumes: true, resumed: [false, true], fill: ['2'], unfilled })
  expect(gapsOf(played)).toEqual([undefined, undefined, { since: time(said), until: time(1000), reason: 'reconnect' }])
})

it('a gap that is not filled is before the pages that are fetched otherwise', async () => {
  const played = await play([['1', lost], ['4']], { resumed: [false, false], fill: ['latest'] })
  expect(gapsOf(played)).toEqual([undefined, { since: time(0), until: time(1000), reason: 'reconnect' }, undefined])
})

it('until a gap is filled, it is as complete as it was before', async () => {
  const { pages } = await play([['1', lost], ['4']], { resumes: true, resumed: [false, true], fill: ['2', '3'] })
  expect(pages.map(({ cursor }) => (cursor as { at: string }).at)).toEqual([time(0), time(0), time(0), time(1000)])
})

it('a page has the facts of its connection, with the time of its last message', async () => {
  const [page] = (await play([['1', 700, '2']])).pages
  expect(page?.request).toEqual(facts.request)
  expect(page?.response).toEqual({ ...facts.response, receivedAt: time(700), durationMs: 705 })
})

it.each(['nonsense', 5, [], { version: 999 }, { version: 1, of: 'source', at: '2026-99-99T' }])(
  'a checkpoint like %j is refused',
  async (cursor) => {
    const { error, asked } = await play([['1']], { cursor })
    expect(error).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('checkpoint') as string })
    expect(asked).toEqual([])
  },
)
