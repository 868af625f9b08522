import { readFile } from 'node:fs/promises'
import { systemClock } from '@data-weaver/contracts'
import type { Fleet, Member } from './fleet.ts'
import type { RecoveryWatch } from './recovery.ts'

/** Failpoints at which a worker stops itself: in the middle of what a stale write could come of. */
const stops = ['fetch.answered', 'fetch.stored', 'sink.begun', 'sink.transformed', 'sink.upserted'].map((name) => `${name}=stop@0.02`)
const lookEveryMs = 25
/** A worker that works for so long without reaching a failpoint is stopped from outside, at whatever moment it is. */
const patienceMs = 4000

/** Whether the process is stopped by a signal, as the system says. */
export async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
}

export interface PausePlan {
  readonly pauses: number
  readonly workers: number
  /** How long a worker is stopped, milliseconds; longer than its lease, so that others have taken over when it wakes up. */
  readonly pauseMs: number
  /** Default: those at which a stale write could come of a pause. */
  readonly failpoints?: string
}

/** Stops workers for longer than their lease and lets them go on, each of them many times; answers how often. One worker is never stopped. */
export async function pauseAll(fleet: Fleet, watch: RecoveryWatch, { pauses, workers, pauseMs, failpoints }: PausePlan): Promise<number> {
  let done = 0
  const pause = async (worker: Member): Promise<void> => {
    const until = systemClock.monotonic() + patienceMs
    while (!(await isStopped(worker.process.pid)) && systemClock.monotonic() < until) await systemClock.sleep(lookEveryMs)
    worker.process.child.kill('SIGSTOP')
    await watch.lost(worker.id, 'pause')
    await systemClock.sleep(pauseMs)
    worker.process.child.kill('SIGCONT')
    done += 1
  }
  const slot = async (): Promise<void> => {
    const worker = await fleet.startWorker({ failpoints: failpoints ?? stops.join(',') })
    while (done < pauses && fleet.members.has(worker)) await pause(worker)
    // What it would do at its next failpoint is nobody's business any more.
    worker.process.child.kill('SIGCONT')
    await worker.process.end('SIGKILL')
  }
  await fleet.startWorker()
  await Promise.all(Array.from({ length: workers - 1 }, slot))
  return done
}
