import { type Adapter, type Json, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { describeDeclaration } from './conformance/described.ts'
import { describeFixtures } from './conformance/described-fixtures.ts'
import { faultCases } from './conformance/faults.ts'
import { type Key, readPage, recordsOf, run, type RunInput, type RunOutcome, timed } from './conformance/harness.ts'
import { describeLiveAdapter, type LiveScenario } from './conformance/live.ts'
import { type Fault, ScriptedSource, type SourceAnswer, type SourceRequest } from './conformance/scripted-source.ts'

export type { Key, LiveScenario, SourceAnswer, SourceRequest }
export { describeFixtures, describeLiveAdapter }

/** One way to use an adapter, against a source that this describes. */
export interface Scenario {
  readonly name: string
  /** The configuration, with the source at this origin (`http://127.0.0.1:1234`). */
  config(origin: string): Json
  /** Names of the secrets that the configuration needs. The suite makes up their values. */
  readonly secretNames?: readonly string[]
  /** The healthy source. The same request must always get the same answer; one without its credentials should get a 401. */
  answer(request: SourceRequest, secrets: Readonly<Record<string, string>>): SourceAnswer
  /** The keys that a run without a checkpoint finds, page by page, also of pages without any. Two pages show more than one. */
  readonly pages: readonly (readonly Key[])[]
  /** A body with records that repeat a key and records without one: the keys in order, with null for what cannot be read. */
  readonly irregular?: { readonly body: unknown; readonly keys: readonly (Key | null)[] }
  /** Requests that are no pages: for a token, for what there is to ask for. They are answered, and neither counted nor disturbed. */
  aside?(request: SourceRequest): boolean
  /** Names of the faults that this source cannot have: an empty body is a valid table, a refused token is renewed. */
  readonly impossible?: readonly string[]
}

/** Longest time from an abort to the end of a run, in milliseconds. */
const abortLimitMs = 100

/** A source that gives its first page for ever is found out before a run has asked this often for each page that there is. */
const circleFactor = 3

/** Characters that are written differently in a URL, in JSON, in HTML and in base64: a secret must be found in all of them. */
const secretOf = (name: string): string => `${name}+/="<&>'% ~s3cret-0123456789`

/**
 * The tests that every adapter has to pass, inside this repository or outside: call it in a test file of your own. Each scenario runs
 * against a real HTTP server on the loopback, through the real way out.
 */
export function describeAdapter({ adapter, scenarios }: { readonly adapter: Adapter; readonly scenarios: readonly Scenario[] }): void {
  describe(`adapter ${adapter.id}`, () => {
    describeDeclaration(adapter)
    for (const scenario of scenarios)
      describe(scenario.name, () => {
        describeScenario(adapter, scenario)
      })
  })
}

interface Fixture {
  readonly source: ScriptedSource
  readonly config: unknown
  /** A run from the beginning, unless the input says otherwise. */
  go(input?: Partial<RunInput>): Promise<RunOutcome>
}

function describeScenario(adapter: Adapter, scenario: Scenario): void {
  const secrets = Object.fromEntries((scenario.secretNames ?? []).map((name) => [name, secretOf(name)]))
  let egress: Egress
  let source: ScriptedSource
  let config: unknown
  beforeAll(async () => {
    egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
    source = await ScriptedSource.start(
      (request) => scenario.answer(request, secrets),
      (request) => scenario.aside?.(request) === true,
    )
    config = frozen(parseConfig(adapter, scenario.config(source.origin), Object.keys(secrets)))
  })
  afterAll(async () => {
    await egress.close()
    await source[Symbol.asyncDispose]()
  })
  const fixture: Fixture = {
    get source() {
      return source
    },
    get config() {
      return config
    },
    go: (input = {}) => run({ adapter, config, secrets, egress, aside: (request) => scenario.aside?.(request) === true, ...input }),
  }
  describePages(adapter, scenario, fixture)
  describeResuming(adapter, scenario, fixture)
  describeCircle(adapter, scenario, fixture)
  describeAborts(scenario, fixture)
  describeFaults(adapter, scenario, fixture)
  it.each(Object.keys(secrets))('does not ask the source without the secret %s', async (name) => {
    source.reset()
    const { [name]: _, ...others } = secrets
    expect((await fixture.go({ secrets: others })).error).toMatchObject({ code: 'missing_secret' })
    expect([...source.requests, ...source.asides]).toEqual([])
  })
}

function describePages(adapter: Adapter, scenario: Scenario, fixture: Fixture): void {
  it('finds all records, page by page', async () => {
    fixture.source.reset()
    const { pages, error } = await fixture.go()
    expect(error).toBeUndefined()
    expect(pages.map((page) => recordsOf(adapter, fixture.config, [page]).map(({ key }) => key))).toEqual(scenario.pages)
  })

  it('gives each page byte for byte, with what was asked and answered', async () => {
    fixture.source.reset()
    const { pages } = await fixture.go()
    expect(pages.map(({ body }) => Buffer.from(body))).toEqual(fixture.source.bodies)
    for (const { request, response } of pages) {
      expect(request.url).toContain(fixture.source.origin)
      expect(response.status).toBeGreaterThanOrEqual(200)
      expect(response.status).toBeLessThan(300)
    }
  })

  it('reads the same records from the same page, and changes nothing of it', async () => {
    fixture.source.reset()
    for (const page of (await fixture.go()).pages) {
      const before = Buffer.from(page.body)
      const first = readPage(adapter, fixture.config, page)
      expect(readPage(adapter, fixture.config, page)).toEqual(first)
      expect([...adapter.records(frozen(page), fixture.config as never)]).toEqual(first)
      expect(Buffer.from(page.body)).toEqual(before)
      // Records go into a queue and a database: what JSON cannot say is lost there.
      expect(JSON.parse(JSON.stringify(first))).toEqual(first)
    }
  })

  const { irregular } = scenario
  if (irregular === undefined) return
  it('goes on past records without a key, and leaves repeated keys as they are', async () => {
    fixture.source.reset(0, { kind: 'answer', answer: () => ({ body: irregular.body }) })
    // The rest of the run is of no interest: what comes after such a page differs between sources.
    const [page] = (await fixture.go()).pages
    if (page === undefined) throw new Error('the page was refused as a whole')
    const found = readPage(adapter, fixture.config, page)
    expect(found.map((record) => ('key' in record ? record.key : null))).toEqual(irregular.keys)
    for (const record of found) if ('problem' in record) expect(record.problem).toMatch(/\w+ \w+/)
  })
}

function describeResuming(adapter: Adapter, scenario: Scenario, fixture: Fixture): void {
  const keysOf = ({ pages }: RunOutcome) => recordsOf(adapter, fixture.config, pages).map(({ key }) => key)

  it.each(scenario.pages.slice(0, -1).map((_, index) => index + 1))('goes on after page %i without loss or repetition', async (done) => {
    fixture.source.reset()
    const whole = await fixture.go()
    // A page without a checkpoint leaves the one before it: then that page comes again.
    const from = whole.pages.slice(0, done).findLastIndex((page) => page.cursor !== undefined)
    fixture.source.reset()
    const rest = await fixture.go({ cursor: whole.pages[from]?.cursor ?? null })
    expect(rest.error).toBeUndefined()
    expect(keysOf(rest)).toEqual(scenario.pages.slice(from + 1).flat())
  })

  it('starts a new round after the last page, and finds nothing that is not there', async () => {
    fixture.source.reset()
    const whole = await fixture.go()
    const cursor = whole.pages.findLast((page) => page.cursor !== undefined)?.cursor ?? null
    expect(JSON.parse(JSON.stringify(cursor))).toEqual(cursor)
    fixture.source.reset()
    const next = await fixture.go({ cursor })
    expect(next.error).toBeUndefined()
    expect(fixture.source.requests.length).toBeGreaterThan(0)
    const known = new Set(scenario.pages.flat().map((key) => JSON.stringify(key)))
    expect(keysOf(next).filter((key) => !known.has(JSON.stringify(key)))).toEqual([])
  })

  it('says so when it cannot read a checkpoint', async () => {
    fixture.source.reset()
    const { pages } = await fixture.go()
    if (pages.every((page) => page.cursor === undefined)) return
    for (const cursor of ['nonsense', 5, [], { version: 999 }]) {
      fixture.source.reset()
      expect((await fixture.go({ cursor })).error).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('checkpoint') })
      expect(fixture.source.requests).toEqual([])
    }
  })
}

function describeCircle(adapter: Adapter, scenario: Scenario, fixture: Fixture): void {
  // A single page leads nowhere.
  if (scenario.pages.length === 1) return
  it('comes to an end with a source that leads in a circle, and leads nobody back into it', async () => {
    const most = scenario.pages.length * circleFactor
    fixture.source.resetToCircle(most)
    const { pages, error } = await fixture.go()
    expect(fixture.source.requests.length).toBeLessThanOrEqual(most)
    // Parts that are asked for one after the other may have the same content; then the round is complete.
    if (error !== undefined) expect(error).toMatchObject({ code: 'source_loop' })
    else expect(pages.at(-1)).toMatchObject({ last: true })
    fixture.source.reset()
    const again = await fixture.go({ cursor: pages.findLast((page) => page.cursor !== undefined)?.cursor ?? null })
    expect(again.error).toBeUndefined()
    expect(recordsOf(adapter, fixture.config, again.pages).length).toBeGreaterThan(0)
  })
}

function describeAborts(scenario: Scenario, fixture: Fixture): void {
  const reason = new WeaverError('interrupted', 'stopped by a test')
  const indexes = scenario.pages.map((_, index) => index)

  /** Aborts when `ready` resolves, and answers how long the run went on. */
  const abortWhen = async (ready: (abort: () => void) => Partial<RunInput>) => {
    const controller = new AbortController()
    let abortedAt = Infinity
    const abort = () => {
      abortedAt = systemClock.monotonic()
      controller.abort(reason)
    }
    const outcome = await fixture.go({ signal: controller.signal, ...ready(abort) })
    return { outcome, tookMs: systemClock.monotonic() - abortedAt }
  }

  const hangs: readonly [string, Fault][] = [
    ['before the headers', { kind: 'silence' }],
    ['in the body', { kind: 'hang' }],
  ]
  for (const [where, fault] of hangs) {
    it.each(indexes)(`ends within ${abortLimitMs} ms of an abort while request %i hangs ${where}`, timed, async (index) => {
      fixture.source.reset(index, fault)
      const { outcome, tookMs } = await abortWhen((abort) => {
        void fixture.source.faultReached.then(abort)
        return {}
      })
      expect(outcome.error).toBe(reason)
      expect(outcome.pages).toHaveLength(index)
      expect(tookMs).toBeLessThan(abortLimitMs)
    })
  }

  it.each(indexes.slice(0, -1))('asks for nothing more after an abort while page %i is being stored', timed, async (index) => {
    fixture.source.reset()
    const { outcome, tookMs } = await abortWhen((abort) => ({ onPage: (_page, at) => (at === index ? abort() : undefined) }))
    expect(outcome.error).toBe(reason)
    expect(fixture.source.requests).toHaveLength(index + 1)
    expect(tookMs).toBeLessThan(abortLimitMs)
  })

  it('asks for nothing when it is aborted before it begins', async () => {
    fixture.source.reset()
    expect((await fixture.go({ signal: AbortSignal.abort(reason) })).error).toBe(reason)
    expect(fixture.source.requests).toEqual([])
  })
}

function describeFaults(adapter: Adapter, scenario: Scenario, fixture: Fixture): void {
  const last = scenario.pages.length - 1
  const places = last === 0 ? [0] : [0, last]
  for (const { name, fault, code, says, retryAfterMs } of faultCases) {
    if (scenario.impossible?.includes(name) === true) continue
    it.each(places)(`${name} at request %i is ${code}, and nothing is lost`, async (index) => {
      fixture.source.reset(index, fault)
      const { pages, error } = await fixture.go(code === 'source_timeout' ? { timeoutAt: index } : {})
      expect(error).toBeInstanceOf(WeaverError)
      expect(error).toMatchObject({ code })
      if (says !== undefined) expect((error as WeaverError).message).toMatch(says)
      if (retryAfterMs !== undefined) expect((error as WeaverError).retryAfterMs).toBe(retryAfterMs)
      expect(pages).toHaveLength(index)
      fixture.source.reset()
      const from = pages.findLastIndex((page) => page.cursor !== undefined)
      const again = await fixture.go({ cursor: pages[from]?.cursor ?? null })
      expect(again.error).toBeUndefined()
      expect(recordsOf(adapter, fixture.config, again.pages).map(({ key }) => key)).toEqual(scenario.pages.slice(from + 1).flat())
    })
  }
}

/** Frozen all the way down, so that a change is an error. Bytes cannot be frozen; they are compared instead. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}
