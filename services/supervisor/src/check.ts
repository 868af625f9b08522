import { adapter as adapterById } from '@data-weaver/adapters'
import {
  type AdapterContext,
  type Clock,
  type Http,
  type LargePage,
  type Page,
  type Stream,
  toWeaverError,
  WeaverError,
} from '@data-weaver/contracts'
import { answerOf, type CheckAnswer, type Exchange, type Tried } from './check-answer.ts'
import { type SupervisorParts, tenant } from './parts.ts'

/** Longest time of a check, milliseconds. */
const checkMs = 15_000
/** How long a live source is listened to when it says nothing, milliseconds. */
const listenMs = 10_000

type CheckParts = Pick<SupervisorParts, 'egress' | 'clock' | 'log'>

/** The secrets of a stream as they are, by name. @throws WeaverError `secret_unreadable`. */
export async function openSecrets(
  { ledger, vault }: Pick<SupervisorParts, 'ledger' | 'vault'>,
  { id }: Pick<Stream, 'id'>,
): Promise<Readonly<Record<string, string>>> {
  const sealed = await ledger.streams.sealedSecrets(id)
  return Object.fromEntries(Object.entries(sealed).map(([name, text]) => [name, vault.open({ tenant, streamId: id, name }, text)]))
}

/**
 * Asks the source once, as a first run would (without a checkpoint), and shows what comes of it. A live source is listened to until its
 * first segment. Stores and commits nothing.
 * @throws WeaverError what the source or the way to it is at fault for, with its code; `source_timeout` after 15 s.
 */
export async function checkStream(
  { egress, clock, log }: CheckParts,
  tried: Tried,
  secrets: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const adapter = adapterById(tried.adapter)
  const values = Object.values(secrets)
  const limit = timeLimits(clock, signal)
  // A login gives a token, which the source may send back like any other secret.
  const hidden = new Set(values)
  const onSecrets = (more: readonly string[]): void => more.forEach((secret) => void hidden.add(secret))
  let last: Exchange | undefined
  try {
    const context: AdapterContext<Tried['config']> = {
      config: tried.config,
      cursor: null,
      http: noting(egress.http({ signal: limit.signal, secrets: values, log, onSecrets }), (facts) => (last = facts)),
      clock,
      secret(name) {
        const value = secrets[name]
        if (value !== undefined) return value
        throw new WeaverError('missing_secret', `the stream has no secret "${name}"`, {
          errors: [{ field: `secrets.${name}`, problem: 'is missing' }],
        })
      },
      hasSecret: (name) => Object.hasOwn(secrets, name),
      log,
      signal: limit.signal,
      drain: limit.drain,
    }
    return await firstOf(adapter.pages(context), limit.signal, (page) => answerOf(adapter, tried, page, last, [...hidden]))
  } catch (thrown) {
    throw toWeaverError(limit.signal.aborted ? limit.signal.reason : thrown)
  } finally {
    limit.end()
  }
}

function timeLimits(clock: Clock, outer: AbortSignal): { signal: AbortSignal; drain: AbortSignal; end(): void } {
  const late = new AbortController()
  const drain = new AbortController()
  const over = new AbortController()
  const after = (ms: number, then: () => void) => void clock.sleep(ms, over.signal).then(then, () => {})
  after(checkMs, () => late.abort(new WeaverError('source_timeout', `the source did not give a first page within ${checkMs} ms`)))
  after(listenMs, () => drain.abort())
  return { signal: AbortSignal.any([late.signal, outer]), drain: drain.signal, end: () => over.abort() }
}

/** The same way out, which tells of each exchange. */
const noting = (http: Http, note: (facts: Exchange) => void): Http => {
  const noted = async <T extends { readonly facts: Exchange }>(answer: Promise<T>): Promise<T> => {
    const { facts } = await answer
    note(facts)
    return await answer
  }
  return {
    request: (request) => noted(http.request(request)),
    stream: (request) => noted(http.stream(request)),
    websocket: (request) => noted(http.websocket(request)),
    dial: (url, options) => http.dial(url, options),
  }
}

/** What is made of the first page, or of undefined where there is none; does not wait for an adapter that does not heed the signal. */
async function firstOf<T>(
  pages: AsyncIterable<Page | LargePage>,
  signal: AbortSignal,
  use: (page: Page | LargePage | undefined) => Promise<T>,
): Promise<T> {
  const iterator = pages[Symbol.asyncIterator]()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    signal.throwIfAborted()
    const first = await Promise.race([iterator.next(), aborted.promise])
    return await Promise.race([use(first.done === true ? undefined : first.value), aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    // Ends the adapter where it stands; what it says about that is of no interest any more.
    iterator.return?.().catch(() => {})
  }
}
