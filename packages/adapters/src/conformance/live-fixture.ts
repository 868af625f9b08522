import { type Adapter, type Json, type Page, systemClock } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, beforeAll } from 'vitest'
import { parseConfig } from '../config.ts'
import { type Key, run, type RunInput, type RunOutcome } from './harness.ts'
import { Meter } from './live-meter.ts'
import { type LiveScript, LiveScriptedSource, until, type Wire } from './live-source.ts'

/** What the suite sets of a configuration, so that its tests are quick. */
export interface LiveKnobs {
  readonly segment: { readonly messages: number; readonly ms: number }
  readonly reconnect: { readonly minMs: number; readonly maxMs: number; readonly maxFailures: number }
  /** Longest silence, milliseconds. */
  readonly idleMs: number
  /** Largest message, bytes. */
  readonly maxMessageBytes: number
}

/** One way to use a live adapter, against a source that this describes. */
export interface LiveScenario extends Omit<LiveScript, 'authorised'> {
  readonly name: string
  /** The configuration, with the source at this origin (`http://127.0.0.1:1234`, or `ws:` for a WebSocket). */
  config(origin: string, knobs: LiveKnobs): Json
  readonly secretNames?: readonly string[]
  /** Whether the source, asked with a checkpoint, sends what comes behind it. */
  readonly resumes: boolean
  authorised(request: Parameters<LiveScript['authorised']>[0], secrets: Readonly<Record<string, string>>): boolean
  /** The keys of the records of message `n`. */
  keys(n: number): readonly Key[]
  /** Messages that cannot be read, truncated or wrongly encoded for example: one problem each. */
  readonly malformed: readonly Wire[]
  /** A message larger than the largest. */
  oversized(maxMessageBytes: number): Wire
}

const secretOf = (name: string): string => `${name}+/="<&>'% ~s3cret-0123456789`

export const knobs: LiveKnobs = {
  segment: { messages: 3, ms: 60_000 },
  reconnect: { minMs: 50, maxMs: 100, maxFailures: 3 },
  idleMs: 30_000,
  maxMessageBytes: 2048,
}

/** A run under way. */
export interface Live {
  readonly pages: Page[]
  readonly outcome: Promise<RunOutcome>
  drain(): void
  abort(reason: unknown): void
  /** Waits until the adapter has taken in all that was sent. */
  settled(): Promise<void>
}

export interface Fixture {
  readonly source: LiveScriptedSource
  readonly scenario: LiveScenario
  readonly adapter: Adapter
  readonly secrets: Readonly<Record<string, string>>
  configOf(changed?: Partial<LiveKnobs>): unknown
  start(input?: Partial<RunInput>): Live
  /** Waits until so many connections were made, and the last of them is served. */
  serving(connections: number): Promise<void>
}

/** To be called within `describe`: the source and the way out live as long as its tests. */
export function liveFixture(adapter: Adapter, scenario: LiveScenario): Fixture {
  const secrets = Object.fromEntries((scenario.secretNames ?? []).map((name) => [name, secretOf(name)]))
  let egress: Egress
  let source: LiveScriptedSource
  beforeAll(async () => {
    egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
    source = await LiveScriptedSource.start({ ...scenario, authorised: (request) => scenario.authorised(request, secrets) })
  })
  afterAll(async () => {
    await egress.close()
    await source[Symbol.asyncDispose]()
  })
  const configOf = (changed: Partial<LiveKnobs> = {}) =>
    parseConfig(adapter, scenario.config(source.origin, { ...knobs, ...changed }), Object.keys(secrets))
  return {
    secrets,
    get source() {
      return source
    },
    scenario,
    adapter,
    configOf,
    start(input = {}) {
      const meter = new Meter()
      const pages: Page[] = []
      const [drain, signal] = [new AbortController(), new AbortController()]
      const config = input.config ?? configOf()
      const onPage: RunInput['onPage'] = async (page, index) => {
        pages.push(page)
        await input.onPage?.(page, index)
      }
      const wrap: RunInput['wrap'] = (http) => meter.wrap(http)
      const outcome = run({ adapter, secrets, egress, drain: drain.signal, signal: signal.signal, wrap, ...input, config, onPage })
      // What a lost connection had sent may never come; what counts is the one that is open.
      const settled = async () => {
        if (scenario.transport !== 'grpc')
          return await until('all messages to be taken', () => meter.takenOfLast >= (source.clients.at(-1)?.sentBytes ?? Infinity))
        // Nobody sees the messages on their way from the socket to the adapter. They take some steps, and no time.
        await source.flushed()
        for (let step = 0; step < 50; step += 1) await new Promise(setImmediate)
      }
      return { pages, outcome, drain: () => drain.abort(), abort: (reason) => signal.abort(reason), settled }
    },
    serving: (connections) =>
      until(`connection ${connections}`, () => source.clients.length >= connections && source.clients.at(-1)?.serving === true),
  }
}
