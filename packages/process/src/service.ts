import { exitInvalidSettings, type Log, systemClock, toWeaverError } from '@data-weaver/contracts'

export interface ServiceOptions {
  readonly log: Log
  /** Longest time for closing, milliseconds, before the process ends without it. Default 8,000. */
  readonly deadlineMs?: number
  /** Called right before the process ends without closing: after a second signal, or past the deadline. Must not wait. */
  readonly onForce?: () => void
}

/** Who told the process to stop. */
export type StopCause = NodeJS.Signals | 'parent gone' | 'error'

/** The reason of the signal that `start` gets. */
export class StopRequest extends Error {
  override readonly name = 'StopRequest'
  readonly from: StopCause

  constructor(from: StopCause) {
    super(`stopping: ${from}`)
    this.from = from
  }
}

/**
 * A signal within this time of the first one is the same request, milliseconds: Ctrl-C reaches every process of the terminal, and a
 * package manager in front passes it on once more.
 */
const sameRequestMs = 500

/** Exit status when a shutdown was forced or ran out of time. */
export const exitForced = 130

/**
 * Runs the main part of a process until it is told to stop: by SIGTERM, SIGINT, SIGHUP (its terminal was closed), or the end of the parent that it has a channel to (a
 * parent killed with -9 cannot say goodbye, but the channel closes). What `start` puts on the stack is closed in reverse order,
 * within the deadline; a second signal ends the process at once. The process then exits: 0 after a stop, 78 for settings that are not
 * valid, 1 after any other error.
 *
 * `start` resolves when everything runs. The signal it gets aborts when the process is told to stop, also while it still starts.
 */
export async function runService(
  start: (stack: AsyncDisposableStack, stopping: AbortSignal) => Promise<void>,
  options: ServiceOptions,
): Promise<never> {
  const { log, deadlineMs = 8000 } = options
  const force = (status: number): never => {
    try {
      options.onForce?.()
    } finally {
      process.exit(status)
    }
  }
  const stopping = new AbortController()
  const told = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }))
  let failure: unknown
  let toldAt = 0
  const stop = (reason: StopCause) => {
    if (stopping.signal.aborted) return
    toldAt = systemClock.monotonic()
    log.info({ reason }, 'Stopping')
    stopping.abort(new StopRequest(reason))
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (!stopping.signal.aborted) stop(signal)
    else if (systemClock.monotonic() - toldAt >= sameRequestMs) force(exitForced)
  }
  const onCrash = (error: unknown) => {
    failure ??= error
    if (!(stopping.signal.aborted && error === stopping.signal.reason)) log.error({ err: error }, 'An error nobody caught ends the process')
    stop('error')
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal).on('SIGHUP', onSignal)
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash)
  // `connected` is false when the channel closed already, and undefined when there never was one.
  if (process.connected === false) stop('parent gone')
  if (process.connected) process.once('disconnect', () => stop('parent gone'))

  const stack = new AsyncDisposableStack()
  const started = start(stack, stopping.signal).catch((error: unknown) => {
    // A start that was interrupted fails because of it: that is no failure.
    if (!stopping.signal.aborted) onCrash(error)
  })
  await told
  const overtime = new AbortController()
  const late = systemClock.sleep(deadlineMs, overtime.signal).then(
    () => {
      log.error({ deadlineMs }, 'Closing takes too long: the process ends without it')
      force(failure === undefined ? exitForced : exitStatus(failure))
    },
    () => {},
  )
  try {
    await started
    await stack.disposeAsync()
  } catch (error) {
    failure ??= error
    log.error({ err: error }, 'Closing failed')
  }
  overtime.abort()
  await late
  process.exit(failure === undefined ? 0 : exitStatus(failure))
}

const exitStatus = (error: unknown): number => (toWeaverError(error).code === 'invalid_settings' ? exitInvalidSettings : 1)
