import type { Clock, Log } from '@data-weaver/contracts'
import type { Job, Worker } from 'bullmq'
import type { Backend } from './backend.ts'

export interface Consumer {
  /** Takes no new jobs until `resume`. */
  pause(): Promise<void>
  resume(): void
  /** Takes no new jobs and waits for those under way, at most `limitMs`; then lets go of them. */
  close(limitMs: number): Promise<void>
}

export interface Consumers {
  /** Hands the jobs of a queue to `handle`, `slots` at once. */
  add(queueName: string, slots: number, handle: (job: Job) => Promise<void>): Promise<Consumer>
  /** Lets go of everything at once. */
  close(): Promise<void>
}

/** The consumers of one process. */
export function consumers(backend: Backend, clock: Clock, log: Log): Consumers {
  const open = new Set<Worker>()
  return {
    async add(queueName, slots, handle) {
      const worker = backend.worker(queueName, handle, slots)
      worker.on('failed', (job, error) => log.error({ queue: queueName, job: job?.id, err: error }, 'job failed'))
      open.add(worker)
      void worker.run().catch((error: unknown) => log.error({ queue: queueName, err: error }, 'queue consumer ended'))
      return {
        pause: () => worker.pause(true),
        resume: () => void worker.resume(),
        async close(limitMs) {
          const closed = worker
            .close()
            .catch((error: unknown) => log.warn({ queue: queueName, err: error }, 'queue consumer did not close well'))
          const waited = new AbortController()
          const letGo = clock.sleep(limitMs, waited.signal).then(
            () => worker.close(true),
            () => {},
          )
          await Promise.race([closed, letGo])
          waited.abort()
          open.delete(worker)
        },
      }
    },
    async close() {
      await Promise.all([...open].map((worker) => worker.close(true)))
    },
  }
}
