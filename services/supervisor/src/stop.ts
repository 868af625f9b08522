import type { Operation } from '@data-weaver/contracts'
import type { StopRequest } from '@data-weaver/ledger'
import { tenant } from './parts.ts'
import type { SupervisorParts } from './parts.ts'
import { WakeUp } from './wake-up.ts'

/** A worker reports the end of a run by a notification, which may get lost; this is how often we look ourselves, milliseconds. */
const lookEveryMs = 250
/** What a stop waits for beyond the lease of a lost worker, milliseconds. */
const patienceMs = 10_000

type StopParts = Pick<SupervisorParts, 'ledger' | 'listener' | 'clock' | 'leaseMs'>

/**
 * Waits until an operation is complete: every worker concerned has acknowledged, or its lease is over. Answers it as it is when the limit
 * or the signal came first. The wish itself is committed before, and nothing here undoes it.
 */
export async function untilComplete({ ledger, listener, clock, leaseMs }: StopParts, id: string, signal: AbortSignal): Promise<Operation> {
  const bell = new WakeUp(clock)
  const unsubscribe = listener.on('weaver_stopped', () => bell.ring())
  const until = clock.monotonic() + leaseMs + patienceMs
  try {
    for (;;) {
      await ledger.operations.look(id)
      const operation = await ledger.operations.get(tenant, id)
      const over = operation.state === 'completed' || operation.state === 'failed'
      if (over || signal.aborted || clock.monotonic() >= until) return operation
      await bell.wait(lookEveryMs, signal)
    }
  } finally {
    unsubscribe()
  }
}

/** Commits the stop and waits for its effect. @throws WeaverError `not_found`, `version_conflict`. */
export async function stopStream(
  parts: StopParts & Pick<SupervisorParts, 'reconcile'>,
  id: string,
  signal: AbortSignal,
  request: StopRequest = {},
): Promise<Operation> {
  const operationId = await parts.ledger.operations.stopStream(tenant, id, request)
  parts.reconcile()
  return await untilComplete(parts, operationId, signal)
}
