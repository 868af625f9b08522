import type { Log } from '@data-weaver/contracts'
import type { Ledger, Listener } from '@data-weaver/ledger'
import type { WeaverQueue } from '@data-weaver/queue'
import { runOperations } from '@data-weaver/supervisor/operations'
import { createReconciler } from '@data-weaver/supervisor/reconciler'
import type { Process } from '../world/process.ts'

/** How often it tries to lead, and looks whether it still does, milliseconds. */
const tryEveryMs = 2000

/** The lock that says who leads; it lasts as long as a connection. */
export class LeaderLock {
  #holder: Process | undefined

  take(process: Process): boolean {
    if (this.#holder?.dead === true) this.#holder = undefined
    this.#holder ??= process
    return this.#holder === process
  }

  /** The connection of whoever holds it breaks; who held it notices when it next looks. */
  break(): void {
    this.#holder = undefined
  }

  isHeldBy(process: Process): boolean {
    return this.#holder === process
  }
}

export interface SupervisorDependencies {
  readonly process: Process
  readonly ledger: Ledger
  readonly queue: WeaverQueue
  readonly listener: Listener
  readonly lock: LeaderLock
  readonly log: Log
  readonly everyMs: number
  readonly leaseMs: number
}

export interface RunningSupervisor {
  readonly reconcile: () => void
}

/** A supervisor without its API: it competes for leading, and leads with the real reconciler and the real runner of operations. */
export function startSupervisor({
  process,
  ledger,
  queue,
  listener,
  lock,
  log,
  everyMs,
  leaseMs,
}: SupervisorDependencies): RunningSupervisor {
  const { clock } = process
  const reconciler = createReconciler({ ledger, queue, clock, log, everyMs, leaseMs })
  listener.on('weaver_streams', () => reconciler.wake())
  listener.on('weaver_worker_available', () => reconciler.wake())
  const parts = { ledger, queue, listener, clock, log, reconcile: () => reconciler.wake() }

  const reign = async (): Promise<void> => {
    const lost = new AbortController()
    process.world.note(process.name, 'leads')
    const work = Promise.all([reconciler.run(lost.signal), runOperations(parts, lost.signal)])
    while (!lost.signal.aborted) {
      await clock.sleep(tryEveryMs)
      const holds = await process.call('ledger', 'looks whether it leads', () => lock.isHeldBy(process)).catch(() => false)
      if (!holds) lost.abort()
    }
    await work
  }
  const forever = async (): Promise<never> => {
    for (;;) {
      const won = await process.call('ledger', 'tries to lead', () => lock.take(process)).catch(() => false)
      if (won) await reign()
      await clock.sleep(tryEveryMs)
    }
  }
  void forever()
  return { reconcile: () => reconciler.wake() }
}
