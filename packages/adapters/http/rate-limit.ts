import { type AdapterContext, type Clock, WeaverError } from '@data-weaver/contracts'
import { retryAfterMs } from '../src/retry-after.ts'
import type { RateLimit } from './schema/answers.ts'

type Headers = Readonly<Record<string, string>>

const defaultLongestWaitMs = 60_000

/** Keeps a run to the pace that the configuration and the source allow. */
export class Pace {
  readonly #config: RateLimit
  readonly #context: Pick<AdapterContext, 'clock' | 'signal'>
  /** When each of the last requests was sent, by policy, on the monotonic clock. */
  readonly #sent: number[][]
  /** No request before this time, on the monotonic clock. */
  #notBefore = -Infinity

  constructor(config: RateLimit, context: Pick<AdapterContext, 'clock' | 'signal'>) {
    this.#config = config
    this.#context = context
    this.#sent = (config.policies ?? []).map(() => [])
  }

  /**
   * Resolves when the next request may be sent.
   * @throws WeaverError `rate_limited` when that is too long to wait for, or the signal's reason.
   */
  async turn(): Promise<void> {
    const { clock, signal } = this.#context
    const { policies = [], longestWait = defaultLongestWaitMs } = this.#config
    for (;;) {
      const now = clock.monotonic()
      const free = policies.map(({ requests, per }, index) => ((this.#sent[index] as number[]).at(-requests) ?? -Infinity) + per)
      const wait = Math.ceil(Math.max(this.#notBefore, ...free) - now)
      if (wait <= 0) break
      if (wait > longestWait) {
        throw new WeaverError('rate_limited', `The next request is due in ${wait} ms, longer than a run waits`, { retryAfterMs: wait })
      }
      await clock.sleep(wait, signal)
    }
    for (const [index, { requests }] of policies.entries()) {
      const sent = this.#sent[index] as number[]
      sent.push(clock.monotonic())
      if (sent.length >= 2 * requests) sent.splice(0, sent.length - requests)
    }
  }

  /** Takes note of what the source says is left. */
  heard(headers: Headers): void {
    const { remaining } = this.#config.headers ?? {}
    const left = remaining === undefined ? undefined : headers[remaining.toLowerCase()]?.trim()
    if (left === undefined || !/^0+(?:\.0+)?$/.test(left)) return
    const wait = this.waitMs(headers)
    if (wait !== undefined) this.#notBefore = this.#context.clock.monotonic() + wait
  }

  /** How long the source wants to be left alone, in milliseconds, when it says so. */
  waitMs(headers: Headers): number | undefined {
    const { reset, form } = this.#config.headers ?? {}
    const { clock } = this.#context
    if (reset === undefined || headers['retry-after'] !== undefined) return retryAfterMs(headers, clock)
    const value = headers[reset.toLowerCase()]
    if (value === undefined) return retryAfterMs(headers, clock)
    return form === undefined
      ? retryAfterMs({ ...dateOf(headers), 'retry-after': value }, clock)
      : resetMs(value.trim(), form, headers, clock)
  }

  /** What the source allows, for a message. */
  allowed(headers: Headers): string {
    const { limit } = this.#config.headers ?? {}
    const value = limit === undefined ? undefined : headers[limit.toLowerCase()]
    return value === undefined || !/^[\w .,;=/-]{1,60}$/.test(value) ? '' : ` (the limit is ${value})`
  }
}

const dateOf = ({ date }: Headers): Headers => (date === undefined ? {} : { date })

function resetMs(
  value: string,
  form: NonNullable<NonNullable<RateLimit['headers']>['form']>,
  headers: Headers,
  clock: Clock,
): number | undefined {
  // A time is meant by the source's clock, so it is measured from the source's own `Date`.
  const said = Date.parse(headers.date ?? '')
  const now = Number.isNaN(said) ? clock.now() : said
  if (form === 'date') {
    const at = Date.parse(value)
    return Number.isNaN(at) ? undefined : Math.max(0, at - now)
  }
  if (!/^\d+(?:\.\d+)?$/.test(value)) return undefined
  const number = Number(value)
  switch (form) {
    case 'seconds':
      return Math.ceil(number * 1000)
    case 'milliseconds':
      return Math.ceil(number)
    case 'epochSeconds':
      return Math.max(0, Math.ceil(number * 1000 - now))
    case 'epochMillis':
      return Math.max(0, Math.ceil(number - now))
  }
}
