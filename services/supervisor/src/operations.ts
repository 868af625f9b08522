import type { Clock, Log } from '@data-weaver/contracts'
import type { Ledger, Listener } from '@data-weaver/ledger'
import type { WeaverQueue } from '@data-weaver/queue'
import { tenant } from './parts.ts'
import { WakeUp } from './wake-up.ts'

export interface OperationRunnerParts {
  readonly ledger: Ledger
  readonly queue: WeaverQueue
  readonly listener: Listener
  readonly clock: Clock
  readonly log: Log
  /** Asks the reconciler to look now. */
  readonly reconcile: () => void
}

/** How often it looks while something is under way, and while nothing is, milliseconds. */
const busyEveryMs = 250
const idleEveryMs = 5000

/**
 * Carries out what was wished for many streams or results, batch by batch, and looks who has acknowledged. Only the leader among the supervisors
 * runs it; when it is lost in the middle the next one goes on where it was.
 */
export async function runOperations(
  { ledger, queue, listener, clock, log, reconcile }: OperationRunnerParts,
  signal: AbortSignal,
): Promise<void> {
  const bell = new WakeUp(clock)
  const unsubscribe = [listener.on('weaver_operations', () => bell.ring()), listener.on('weaver_stopped', () => bell.ring())]
  try {
    while (!signal.aborted) {
      let busy = false
      try {
        for (
          let step = await ledger.operations.applyNext();
          step !== undefined && !signal.aborted;
          step = await ledger.operations.applyNext()
        ) {
          busy = true
          if (step.woken.length > 0) await wakeAll({ ledger, queue }, step.woken)
        }
        if (busy) reconcile()
        const again = await ledger.redeliveries.next()
        // What cannot be woken now is woken by the reconciler.
        if (again.length > 0) await queue.wakeDeliveries(again).catch(() => {})
        busy = await ledger.operations.look()
      } catch (error) {
        log.warn({ err: error }, 'operations could not be carried on')
      }
      await bell.wait(busy ? busyEveryMs : idleEveryMs, signal)
    }
  } finally {
    for (const each of unsubscribe) each()
  }
}

async function wakeAll(
  { ledger, queue }: Pick<OperationRunnerParts, 'ledger' | 'queue'>,
  runs: readonly { readonly id: string; readonly streamId: string }[],
): Promise<void> {
  const lanes = await ledger.streams.lanes(
    tenant,
    runs.map(({ streamId }) => streamId),
  )
  // What cannot be woken now is woken by the reconciler.
  await queue.wakeRuns(runs.flatMap(({ id, streamId }) => ({ id, lane: lanes.get(streamId) ?? 'default' }))).catch(() => {})
}
