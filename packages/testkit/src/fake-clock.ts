import type { Clock } from '@data-weaver/contracts'
import { eventually } from './eventually.ts'

export interface FakeClock extends Clock {
  /** Moves time on, waking who is due on the way, in order, and letting each react before the next. */
  advance(ms: number): Promise<void>
  /** How many sleep. */
  sleeping(): number
  /** Waits (in real time) until at least `count` sleep. */
  untilSleeping(count: number): Promise<void>
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** A clock that stands still until it is advanced. `startAt` is wall-clock time in milliseconds since the Unix epoch. */
export function fakeClock(startAt = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsed = 0
  const sleepers = new Set<Sleeper>()

  const nextDue = (limit: number): Sleeper | undefined => {
    let first: Sleeper | undefined
    for (const sleeper of sleepers) if (sleeper.at <= limit && (first === undefined || sleeper.at < first.at)) first = sleeper
    return first
  }

  return {
    now: () => startAt + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason)
          return
        }
        const onAbort = () => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        const sleeper: Sleeper = {
          at: elapsed + Math.max(0, ms),
          wake() {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          },
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        sleepers.add(sleeper)
      }),
    async advance(ms) {
      const target = elapsed + ms
      for (let due = nextDue(target); due !== undefined; due = nextDue(target)) {
        elapsed = Math.max(elapsed, due.at)
        sleepers.delete(due)
        due.wake()
        await reactions()
      }
      elapsed = target
      await reactions()
    },
    sleeping: () => sleepers.size,
    async untilSleeping(count) {
      await eventually(() => sleepers.size >= count, { what: `${count} to sleep on the fake clock`, intervalMs: 1 })
    },
  }
}

/** Lets promise reactions run, however long their chains are. */
const reactions = () => new Promise<void>((resolve) => setImmediate(resolve))
