import { type Clock, type Log, silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { type Answer, sourceServer, type SourceServer } from '@data-weaver/testkit'
import { parseStoreUrl, type S3Settings } from '../src/store-url.ts'
import { S3Store } from '../src/s3/s3-store.ts'

// A server that plays what stores do when they are in trouble. What they do when they are well is in the conformance suite.

export const secret = 'the/secret+key'

/** A signal that never aborts. */
export const never = new AbortController().signal
/** An object to be put, and how. */
export const key = 'results/run/result.json'
export const body = Buffer.from('{"a":1}')
export const json = { contentType: 'application/json', signal: never }

export const failure = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/xml', ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>m</Message><Resource>/r</Resource></Error>`,
})
export const stored: Answer = { headers: { etag: '"e"' } }
export const deleted: Answer = { headers: { 'content-type': 'application/xml' }, body: '<DeleteResult></DeleteResult>' }
export const listed = (names: readonly string[], truncated = false): Answer => ({
  headers: { 'content-type': 'application/xml' },
  body: `<ListBucketResult><IsTruncated>${truncated}</IsTruncated>${names
    .map(
      (name) =>
        `<Contents><Key>${name}</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>&quot;e&quot;</ETag><Size>3</Size></Contents>`,
    )
    .join('')}</ListBucketResult>`,
})

export interface Opening {
  /** Added to the URL, `&name=value`. */
  readonly parameters?: string
  readonly timeoutMs?: number
  readonly attempts?: number
  readonly log?: Log
  readonly clock?: Clock
}

export interface PlayedStore extends AsyncDisposable {
  readonly server: SourceServer
  /** A store on that server, which is closed at the end. */
  open(opening?: Opening): S3Store
  /** What was asked for: `PUT /results/run/x`. */
  asked(): string[]
}

/** A server that stores what it is given, until it plays something else. */
export async function playedStore(): Promise<PlayedStore> {
  const server = await sourceServer([stored])
  const stores: S3Store[] = []
  return {
    server,
    open({ parameters = '', timeoutMs = 10_000, attempts = 3, log = silentLog, clock = systemClock } = {}) {
      const settings = parseStoreUrl(`s3://access:${encodeURIComponent(secret)}@127.0.0.1:${server.port}/?tls=0${parameters}`) as S3Settings
      const store = new S3Store({ settings, clock, log, random: () => 0.5, timeoutMs, retries: { attempts, delayMs: 2, maxDelayMs: 4 } })
      stores.push(store)
      return store
    },
    asked: () => server.requests.map(({ method, path }) => `${method} ${path}`),
    async [Symbol.asyncDispose]() {
      await server.close()
      await Promise.all(stores.map((store) => store.close()))
    },
  }
}

/** What a call fails with. */
export async function thrown(promise: Promise<unknown>): Promise<WeaverError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof WeaverError) return error
    throw error
  }
  throw new Error('It did not fail.')
}
