import { tenant } from './parts.ts'
import type { SupervisorParts } from './parts.ts'
import { WakeUp } from './wake-up.ts'

/** A worker reports the end of a run by a notification, which may get lost; this is how often we look ourselves, milliseconds. */
const lookEveryMs = 250
/** What a stop waits for beyond the lease of a lost worker, milliseconds. */
const patienceMs = 10_000

type StopParts = Pick<SupervisorParts, 'ledger' | 'listener' | 'clock' | 'leaseMs'>

/**
 * Waits until no run of the stream reaches its source any more; answers false when the limit or the signal came first. The stop
 * itself is committed before, and nothing here undoes it.
 */
export async function untilStopped(
  { ledger, listener, clock, leaseMs }: StopParts,
  streamId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const bell = new WakeUp(clock)
  const unsubscribe = listener.on('weaver_stopped', () => bell.ring())
  const until = clock.monotonic() + leaseMs + patienceMs
  try {
    for (;;) {
      if ((await ledger.streams.stopping(streamId)).length === 0) return true
      if (signal.aborted || clock.monotonic() >= until) return false
      await bell.wait(lookEveryMs, signal)
    }
  } finally {
    unsubscribe()
  }
}

/** Commits the stop and waits for its effect; answers whether nothing runs any more. @throws WeaverError `not_found`, `version_conflict`. */
export async function stopStream(
  parts: StopParts & Pick<SupervisorParts, 'reconcile'>,
  id: string,
  signal: AbortSignal,
  ifRevision?: number,
) {
  const stopped = await parts.ledger.streams.stop(tenant, id, ifRevision)
  parts.reconcile()
  const done = await untilStopped(parts, stopped.stream.id, signal)
  return { ...stopped, done }
}
