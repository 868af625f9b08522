import { type Clock, fetchQueue, type Log, type RunJob, type SinkJob, sinkQueue, type TickJob, WeaverError } from '@data-weaver/contracts'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import type { Job, Queue } from 'bullmq'
import { type Backend, jobOptions, openBackend } from './backend.ts'
import { type Consumer, consumers } from './consumers.ts'
import { Schedulers } from './schedulers.ts'

export { migrateQueue } from './backend.ts'
export type { Consumer } from './consumers.ts'
export { type ArmedSchedule, fingerprint, type ScheduleToArm, type Schedulers } from './schedulers.ts'

/** Redis clients wait for ever for a lost server; every call here ends after this, milliseconds. */
const callLimitMs = 5000

/** What a fetch job asks for. `at` is the nominal time of the wake-up, milliseconds since the Unix epoch. */
export type FetchOrder =
  | { readonly kind: 'tick'; readonly streamId: string; readonly at: number }
  | { readonly kind: 'run'; readonly runId: string }

export interface WeaverQueue {
  readonly kind: Backend['kind']
  /** Wakes a worker for a run, after `delayMs`. */
  wakeRun(pool: string, runId: string, delayMs?: number): Promise<void>
  /** Wakes a worker for a tick at once, besides the stream's schedule. */
  wakeTick(pool: string, streamId: string, at: number): Promise<void>
  /** Wakes workers for deliveries, in one call. */
  wakeDeliveries(deliveries: readonly { readonly pool: string; readonly id: string }[]): Promise<void>
  schedulers(pool: string): Schedulers
  /** Runs `handle` for the fetch jobs of a pool, `slots` at once. */
  onFetch(pool: string, slots: number, handle: (order: FetchOrder) => Promise<void>): Promise<Consumer>
  onDeliveries(pool: string, slots: number, handle: (deliveryIds: readonly string[]) => Promise<void>): Promise<Consumer>
  /** Jobs per queue and state. */
  counts(pools: readonly string[]): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>
  /** Queues in the form Bull Board takes, read-only. */
  board(pools: readonly string[]): BullMQAdapter[]
  /** Resolves when the queue answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Deliveries that share one sink job. */
const deliveriesPerJob = 16

export interface QueueOptions {
  readonly clock: Clock
  readonly log: Log
  /** Shown to the server. */
  readonly name: string
}

export function openQueue(url: string, { clock, log, name }: QueueOptions): WeaverQueue {
  const backend = openBackend(url, name, log)
  const queues = new Map<string, Queue>()

  const queue = (queueName: string): Queue => {
    let found = queues.get(queueName)
    if (found === undefined) queues.set(queueName, (found = backend.queue(queueName)))
    return found
  }
  const bounded = <T>(work: Promise<T>): Promise<T> => within(clock, work)

  const consume = consumers(backend, clock, log)

  return {
    kind: backend.kind,
    async wakeRun(pool, runId, delayMs = 0) {
      // Times must be whole milliseconds: a fractional delay leaves a job active for ever on Postgres.
      await bounded(queue(fetchQueue(pool)).add('run', { runId } satisfies RunJob, { delay: Math.round(delayMs) }))
    },
    async wakeTick(pool, streamId, at) {
      await bounded(queue(fetchQueue(pool)).add('tick', { streamId } satisfies TickJob, { jobId: `tick_${streamId}_${at}`, ...jobOptions }))
    },
    async wakeDeliveries(deliveries) {
      for (const [pool, group] of Map.groupBy(deliveries, (delivery) => delivery.pool)) {
        const ids = group.map(({ id }) => id)
        const jobs = Array.from({ length: Math.ceil(ids.length / deliveriesPerJob) }, (_, index) => ({
          name: 'deliver',
          data: { deliveryIds: ids.slice(index * deliveriesPerJob, (index + 1) * deliveriesPerJob) } satisfies SinkJob,
        }))
        const target = queue(sinkQueue(pool))
        const [only] = jobs
        if (jobs.length === 1 && only !== undefined) await bounded(target.add(only.name, only.data))
        else await bounded(target.addBulk(jobs))
      }
    },
    schedulers: (pool) => new Schedulers(queue(fetchQueue(pool)), bounded),
    onFetch: (pool, slots, handle) => consume.add(fetchQueue(pool), slots, (job) => handle(fetchOrder(job))),
    onDeliveries: (pool, slots, handle) => consume.add(sinkQueue(pool), slots, (job) => handle((job.data as SinkJob).deliveryIds)),
    async counts(pools) {
      const names = pools.flatMap((pool) => [fetchQueue(pool), sinkQueue(pool)])
      const counts = await Promise.all(names.map(async (queueName) => [queueName, await bounded(queue(queueName).getJobCounts())] as const))
      return Object.fromEntries(counts)
    },
    board: (pools) =>
      pools
        .flatMap((pool) => [fetchQueue(pool), sinkQueue(pool)])
        .map((queueName) => new BullMQAdapter(queue(queueName), { readOnlyMode: true, allowRetries: false })),
    async ping() {
      await bounded(queue(fetchQueue('default')).getJobCounts('active'))
    },
    async close() {
      await consume.close()
      await Promise.all([...queues.values()].map((open) => open.close()))
    },
  }
}

/** A tick's nominal time is the last part of the id BullMQ (or `wakeTick`) gave its job. */
function fetchOrder(job: Job): FetchOrder {
  if (job.name === 'run') return { kind: 'run', runId: (job.data as RunJob).runId }
  const at = Number(/(\d+)$/.exec(job.id ?? '')?.[1] ?? job.timestamp)
  return { kind: 'tick', streamId: (job.data as TickJob).streamId, at }
}

async function within<T>(clock: Clock, work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const limit = clock.sleep(callLimitMs, done.signal).then(
    () => Promise.reject(new WeaverError('queue_unavailable', `the queue did not answer within ${callLimitMs} ms`)),
    () => new Promise<never>(() => {}),
  )
  try {
    return await Promise.race([work, limit])
  } catch (cause) {
    if (cause instanceof WeaverError) throw cause
    throw new WeaverError('queue_unavailable', 'the queue cannot be reached', { cause })
  } finally {
    done.abort()
    work.catch(() => {})
  }
}
