import { randomInt } from 'node:crypto'
import type { Clock } from '@data-weaver/contracts'
import { createRedisBackend } from 'bullmq'

/** Redis counts in whole milliseconds and lets go after the last of them, so it is asked a little later than that. */
const afterMs = 2
/** Made once: an abort without a reason makes an error with a stack each time. */
const waitIsOver = new Error('the wait is over')
/** Bounds of how much later than needed a worker may look for a job that is due, milliseconds. */
const leastSpreadMs = 2
const mostSpreadMs = 50
/** Only who waits for less comes so often that it matters how many come, seconds. */
const oftenSeconds = 1

/**
 * Redis on which a worker that waits until a job is due gets on when it is due. A server that has nothing else to do looks only `hz` times
 * a second, ten by default, whether a wait is over; then all jobs of the last tenth of a second come at once, late and in one another's way. A
 * command wakes it, any, and a key in it finds the right node of a cluster.
 *
 * All workers wait for the same job, and one gets it. Where jobs are due often, who came in vain waits at random up to twice as much longer the
 * next time, who found a job half as much: a lone worker is there in time, of many it is the first few.
 */
export function punctualRedisBackend(clock: Clock): typeof createRedisBackend {
  return (name, options, more) => {
    const backend = createRedisBackend(name, options, more)
    const waitForJob = backend.waitForJob.bind(backend)
    const moveToActive = backend.moveToActive.bind(backend)
    let spreadMs = 0
    /** A short wait has ended, and no attempt to get a job was made since. */
    let comes = false
    const wake = async (): Promise<void> => {
      const client = await backend.client
      await client.llen(backend.keys.wait as string)
    }
    backend.waitForJob = async (seconds) => {
      const often = seconds < oftenSeconds
      const waitMs = seconds * 1000 + (often && spreadMs > 0 ? randomInt(spreadMs + 1) : 0)
      const over = new AbortController()
      // When it fails, the wait ends as it would have: by itself.
      clock
        .sleep(waitMs + afterMs, over.signal)
        .then(wake)
        .catch(() => {})
      try {
        return await waitForJob(waitMs / 1000)
      } finally {
        over.abort(waitIsOver)
        comes = often
      }
    }
    backend.moveToActive = async (...args) => {
      const moved = await moveToActive(...args)
      const [job] = moved
      if (comes) spreadMs = job ? halved(spreadMs) : doubled(spreadMs)
      comes = false
      return moved
    }
    return backend
  }
}

const halved = (ms: number): number => (ms > leastSpreadMs ? Math.floor(ms / 2) : 0)
const doubled = (ms: number): number => Math.min(Math.max(leastSpreadMs, ms * 2), mostSpreadMs)
