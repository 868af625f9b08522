import { type Json, type Page, type Rec, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { parseConfig } from '../../src/config.ts'
import { recordsOf, run, type RunOutcome } from '../../src/conformance/harness.ts'
import { until } from '../../src/conformance/live-source.ts'
import { mastodon } from '../index.ts'
import type { MastodonConfig } from '../schema.ts'
import type { MastodonServer } from './server.ts'

export interface Follow extends AsyncDisposable {
  readonly pages: readonly Page[]
  readonly outcome: Promise<RunOutcome>
  /** All records so far, in order. */
  records(): Rec[]
  /** What they say, in order; deletions as `-`. */
  texts(): string[]
  /** Waits until something is connected and there is nothing more to wait for on its way. */
  connected(connections: number): Promise<void>
  /** Waits until so many records are stored. */
  stored(count: number): Promise<void>
  drain(): Promise<RunOutcome>
  abort(reason: unknown): void
}

/** Segments of single messages, quick waits, and no looking back. */
export const configFor = (server: MastodonServer, more: object = {}): MastodonConfig =>
  parseConfig(
    mastodon,
    {
      server: server.url,
      streams: [{ type: 'public' }],
      fill: { lookbackMs: 0 },
      segment: { messages: 1 },
      reconnect: { minMs: 50, maxMs: 50 },
      ...more,
    },
    ['token'],
  )

/** Follows a server as a worker does; ended when it is disposed of. */
export function follow(server: MastodonServer, config: MastodonConfig, cursor: Json | null = null): Follow {
  const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  const [drain, abort] = [new AbortController(), new AbortController()]
  const pages: Page[] = []
  const outcome = run({
    adapter: mastodon,
    config,
    secrets: { token: server.token },
    egress,
    cursor: JSON.parse(JSON.stringify(cursor)) as Json,
    drain: drain.signal,
    signal: abort.signal,
    onPage: (page) => void pages.push(page),
  })
  const records = () => recordsOf(mastodon, config, pages)
  return {
    pages,
    outcome,
    records,
    texts: () => records().map(({ fields, deleted }) => (deleted === true ? '-' : typeof fields.text === 'string' ? fields.text : '?')),
    connected: (connections) =>
      until(
        `connection ${connections}`,
        () => server.connections >= connections && server.listening.at(-1)?.length === config.streams.length,
      ),
    stored: (count) => until(`${count} records`, () => records().length >= count),
    async drain() {
      drain.abort()
      return await outcome
    },
    abort: (reason) => abort.abort(reason),
    async [Symbol.asyncDispose]() {
      abort.abort(new WeaverError('interrupted', 'the test is over'))
      await outcome
      await egress.close()
    },
  }
}
