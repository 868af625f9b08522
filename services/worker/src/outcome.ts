import { type RetryPolicy, type StreamSpec, WeaverError } from '@data-weaver/contracts'
import { type ClaimedRun, type FetchEnd, toRunError } from '@data-weaver/ledger'

/** A worker that leaves hands its runs on: this reason is no error of the run. */
export const handover = new WeaverError('interrupted', 'the worker leaves, another one goes on')

/** The ledger took no commit: the run was stopped, and its word had not come here yet, or it is another worker's. The ledger knows which. */
export const refusedByLedger = new WeaverError('interrupted', 'the ledger takes no commit of the run any more')

/**
 * What is to be reported of a fetch that ended so; undefined when the run is somebody else's by now. What the source asks to wait for
 * (429, 503 with Retry-After, a budget that is used up), and the change to another worker, use up no attempt.
 */
export function endOf(
  run: ClaimedRun,
  spec: StreamSpec | undefined,
  error: WeaverError | null,
  random: () => number,
): FetchEnd | undefined {
  const end = (outcome: FetchEnd['outcome'], retryAfterMs = 0, shown: WeaverError | null = error): FetchEnd => ({
    runId: run.id,
    epoch: run.epoch,
    outcome,
    error: shown === null ? null : toRunError(shown),
    retryAfterMs: heeded(retryAfterMs),
    autoPause: spec?.autoPause ?? null,
  })
  if (error === null) return end('fetched')
  if (error === handover || error.cause === handover) return end('wait', error.retryAfterMs ?? 0, null)
  // Of a run that was stopped this is the acknowledgement that the stop waits for; of another worker's the epoch differs, and nothing happens.
  if (error === refusedByLedger) return end('wait', 0, null)
  if (error.code === 'lease_lost') return undefined
  if (error.code === 'interrupted') return end('interrupted')
  if (error.code === 'timed_out') return end('timedOut')
  if (spec === undefined) return error.retryable ? end('retry', firstWaitMs) : end('failed')
  const { retry } = spec
  if (asksToWait(error)) return end('wait', error.retryAfterMs ?? Math.round((0.5 + random() / 2) * retry.maxDelay))
  const retries = retry.codes === undefined ? error.retryable : retry.codes.includes(error.code)
  if (!retries || run.attempt >= retry.attempts) return end('failed')
  return end('retry', error.retryAfterMs ?? backoff(retry, run.attempt, random))
}

/** Before the next attempt of a run whose configuration could not be read, milliseconds. */
const firstWaitMs = 1000

/** Longest wait of a run, milliseconds: a source that says "in a thousand years", or names no number at all, keeps no stream for so long. */
const longestWaitMs = 86_400_000

const heeded = (askedMs: number): number => (askedMs <= longestWaitMs ? Math.max(0, askedMs) : longestWaitMs)

const asksToWait = (error: WeaverError): boolean =>
  error.retryable && (error.origin === 'rateLimit' || (error.code === 'source_unavailable' && error.retryAfterMs !== undefined))

/** Exponential with full jitter: anywhere between nothing and the doubled delay, milliseconds. */
const backoff = ({ delay, maxDelay }: RetryPolicy, attempt: number, random: () => number): number =>
  Math.round(random() * Math.min(maxDelay, delay * 2 ** (attempt - 1)))
