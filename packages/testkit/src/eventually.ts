import { systemClock } from '@data-weaver/contracts'

export interface EventuallyOptions {
  /** Default 20,000. */
  readonly timeoutMs?: number
  /** Default 20. */
  readonly intervalMs?: number
  /** What is waited for, for the error: `the run to finish`. */
  readonly what: string
}

/**
 * Waits until `check` answers something other than undefined, null or false without throwing, and returns that answer.
 * @throws Error with what was waited for and the last answer or error.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 20_000, intervalMs = 20, what }: EventuallyOptions,
): Promise<Exclude<Awaited<T>, undefined | null | false>> {
  const until = systemClock.monotonic() + timeoutMs
  for (;;) {
    let answer: Awaited<T> | undefined
    let error: unknown
    try {
      answer = await check()
    } catch (thrown) {
      error = thrown
    }
    if (answer !== undefined && answer !== null && answer !== false) return answer as Exclude<Awaited<T>, undefined | null | false>
    if (systemClock.monotonic() >= until) {
      throw new Error(`Waited ${timeoutMs} ms for ${what}`, { cause: error ?? `the last answer was ${String(answer)}` })
    }
    await systemClock.sleep(intervalMs)
  }
}
