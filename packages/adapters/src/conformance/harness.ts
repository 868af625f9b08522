import { inspect } from 'node:util'
import {
  type Adapter,
  type AdapterContext,
  type Http,
  type Json,
  type Log,
  type Page,
  type Rec,
  type RecordProblem,
  type StoredPage,
  systemClock,
  WeaverError,
} from '@data-weaver/contracts'
import type { Egress } from '@data-weaver/egress'
import { expect } from 'vitest'
import type { SourceRequest } from './scripted-source.ts'
import { heldPage } from '../held-page.ts'

/** Limits of the suite, far below those of a worker, so that what must be refused is small and what must time out is quick. */
export const limits = { maxBytes: 64 * 1024, timeoutMs: 250 } as const

/** For tests with a limit of time. A machine with much else to do may be late once; an adapter that is late is late each time. */
export const timed = { retry: 2 } as const

export interface RunInput {
  readonly adapter: Adapter
  readonly config: unknown
  readonly secrets: Readonly<Record<string, string>>
  readonly egress: Egress
  readonly cursor?: Json | null
  readonly signal?: AbortSignal
  readonly drain?: AbortSignal
  /** Gets what the adapter notes. */
  readonly logged?: unknown[]
  /** The request (from 0) that has the suite's time limit. The others have their own: they must not fail on a slow machine. */
  readonly timeoutAt?: number
  /** Whether a request is no page, and so not counted. */
  aside?(request: SourceRequest): boolean
  /** Keeps a secret that the source gave in place of another. Absent: nothing can be stored. */
  saveSecret?(name: string, value: string): Promise<void>
  /** Keeps a checkpoint that comes without a page. Absent: nothing can be stored. */
  checkpoint?(cursor: Json): Promise<void>
  /** What the adapter gets in the place of the way out, made of it. */
  wrap?(http: Http): Http
  /** Called with each line that the adapter logs. */
  onLog?(fields: object, message: string): void
  /** Called with each page, as the worker commits it; the adapter goes on when it resolves. */
  onPage?(page: Page, index: number): void | Promise<void>
}

export interface RunOutcome {
  readonly pages: readonly Page[]
  /** What the run ended with; undefined when it came to its end. */
  readonly error: unknown
}

/** Runs the adapter as a worker does, to the end or to an error, and looks for secrets in all that came out. */
export async function run(input: RunInput): Promise<RunOutcome> {
  const pages: Page[] = []
  const { logged = [] } = input
  const context = contextOf(input, logged)
  let error: unknown
  try {
    for await (const given of input.adapter.pages(context)) {
      const page = await heldPage(given)
      pages.push(page)
      await input.onPage?.(page, pages.length - 1)
    }
  } catch (thrown) {
    error = thrown
  }
  expectNoSecrets(input.secrets, {
    facts: pages.map(({ request, response }) => ({ request, response })),
    checkpoints: pages.map(({ cursor }) => cursor),
    logged,
    error,
  })
  return { pages, error }
}

function contextOf(input: RunInput, logged: unknown[]): AdapterContext<Record<string, unknown>> {
  const { egress, secrets, config, cursor = null, signal = new AbortController().signal, drain = new AbortController().signal } = input
  const write = (fields: object, message: string) => {
    logged.push([fields, message])
    input.onLog?.(fields, message)
  }
  const log: Log = { debug: write, info: write, warn: write, error: write }
  return {
    config: config as Record<string, unknown>,
    cursor,
    http: wrapped(limited(egress.http({ signal, secrets: Object.values(secrets), log }), input), input),
    clock: systemClock,
    secret(name) {
      const value = secrets[name]
      if (value === undefined) throw new WeaverError('missing_secret', `the stream has no secret ${name}`)
      return value
    },
    hasSecret: (name) => secrets[name] !== undefined,
    ...(input.checkpoint === undefined ? {} : { checkpoint: (at) => input.checkpoint?.(at) ?? Promise.resolve() }),
    ...(input.saveSecret === undefined ? {} : { saveSecret: (name, value) => input.saveSecret?.(name, value) ?? Promise.resolve() }),
    log,
    signal,
    drain,
  }
}

const wrapped = (http: Http, input: RunInput): Http => input.wrap?.(http) ?? http

function limited(http: Http, { timeoutAt, aside = () => false }: RunInput): Http {
  let count = 0
  return {
    ...http,
    request: (request) => {
      const { method = 'GET', headers = {}, body = '' } = request
      const counts = !aside({ method, url: new URL(request.url), headers, body: Buffer.from(body).toString() })
      return http.request({
        ...request,
        maxBytes: Math.min(limits.maxBytes, request.maxBytes ?? Infinity),
        ...(counts && count++ === timeoutAt ? { timeoutMs: limits.timeoutMs } : {}),
      })
    },
  }
}

/** Looks for each secret, as it is and in the encodings in which it is sent. */
export function expectNoSecrets(secrets: Readonly<Record<string, string>>, output: unknown): void {
  const text = inspect(output, {
    depth: Infinity,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
    showHidden: true,
    breakLength: Infinity,
  })
  for (const [name, secret] of Object.entries(secrets)) {
    const inspected = inspect(secret).slice(1, -1)
    const encoded = [
      encodeURIComponent(secret),
      new URLSearchParams({ s: secret }).toString().slice(2),
      JSON.stringify(secret).slice(1, -1),
    ]
    for (const form of [secret, inspected, ...encoded, ...base64Within(secret)]) {
      expect(text.includes(form), `the secret ${name} is in: ${text}`).toBe(false)
    }
  }
}

/** What any base64 of a text with the secret in it contains, at the three places in a triplet where the secret can begin. */
const base64Within = (secret: string): string[] =>
  [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
    return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
  })

/** The page as it comes back from the object store: other objects, the same bytes. */
export const stored = ({ body, request, response }: StoredPage): StoredPage => ({
  body: Uint8Array.from(body),
  ...(JSON.parse(JSON.stringify({ request, response })) as Omit<StoredPage, 'body'>),
})

export type Key = Rec['key']

export const readPage = (adapter: Adapter, config: unknown, page: StoredPage): (Rec | RecordProblem)[] => [
  ...adapter.records(stored(page), config as never),
]

export const recordsOf = (adapter: Adapter, config: unknown, pages: readonly StoredPage[]): Rec[] =>
  pages.flatMap((page) => readPage(adapter, config, page)).filter((record) => 'key' in record)
