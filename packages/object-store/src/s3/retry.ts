import type { Clock, WeaverError } from '@data-weaver/contracts'

export interface RetryLimits {
  /** Tries, the first included. */
  readonly attempts: number
  /** Upper bound of the first wait, milliseconds; it doubles with each try. */
  readonly delayMs: number
  /** Upper bound of any wait, milliseconds. */
  readonly maxDelayMs: number
}

export const retryLimits: RetryLimits = { attempts: 4, delayMs: 100, maxDelayMs: 2000 }

/** An error that may be gone in a moment. When it is not, `error` is what the caller gets. */
export class Transient extends Error {
  readonly error: WeaverError
  /** Milliseconds the store asked to wait. */
  readonly afterMs: number

  constructor(error: WeaverError, afterMs = 0) {
    super(error.message, { cause: error })
    this.error = error
    this.afterMs = afterMs
  }
}

export interface RetryOptions {
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly limits: RetryLimits
}

/**
 * Repeats what throws {@link Transient}, with full jitter: each wait is anywhere between nothing and its bound, so that clients that
 * failed together do not come back together. Waits that the store asks for are kept up to the bound of all waits.
 */
export async function withRetries<T>(attempt: () => Promise<T>, signal: AbortSignal, { clock, random, limits }: RetryOptions): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Transient)) throw error
      if (tried >= limits.attempts) throw error.error
      const bound = Math.min(limits.maxDelayMs, limits.delayMs * 2 ** (tried - 1))
      await clock.sleep(Math.ceil(Math.min(limits.maxDelayMs, Math.max(random() * bound, error.afterMs))), signal)
    }
  }
}
