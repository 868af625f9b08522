import { type Clock, fetchQueue, type Log, type RunJob, type SinkJob, sinkQueue, type TickJob, WeaverError } from '@data-weaver/contracts'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import type { Job, Queue } from 'bullmq'
import { type Backend, jobOptions, openBackend } from './backend.ts'
import { type Consumer, consumers } from './consumers.ts'
import { Schedulers } from './schedulers.ts'

export { migrateQueue } from './backend.ts'
export { parseQueueUrl } from './queue-url.ts'
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
  wakeRun(lane: string, runId: string, delayMs?: number): Promise<void>
  /** Wakes workers for runs, in one call. */
  wakeRuns(runs: readonly { readonly lane: string; readonly id: string }[]): Promise<void>
  /** Wakes a worker for a tick after `delayMs`, besides the stream's schedule. */
  wakeTick(lane: string, streamId: string, at: number, delayMs?: number): Promise<void>
  /** Wakes workers for deliveries, in one call. */
  wakeDeliveries(deliveries: readonly { readonly lane: string; readonly id: string }[]): Promise<void>
  schedulers(lane: string): Schedulers
  /** Runs `handle` for the fetch jobs of a lane, `slots` at once. */
  onFetch(lane: string, slots: number, handle: (order: FetchOrder) => Promise<void>): Promise<Consumer>
  onDeliveries(lane: string, slots: number, handle: (deliveryIds: readonly string[]) => Promise<void>): Promise<Consumer>
  /** Jobs per queue and state. */
  counts(lanes: readonly string[]): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>
  /** Queues in the form Bull Board takes, read-only. */
  board(lanes: readonly string[]): BullMQAdapter[]
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
  /** Certificate authorities to trust besides those of Node when Redis is reached over TLS, PEM. */
  readonly caCertificates?: string
}

/**
 * Opens the queue at a URL, whose forms {@link parseQueueUrl} describes. The server is not waited for. When it is Redis, a warning is
 * logged as soon as it answers for each thing that would let it lose jobs.
 * @throws WeaverError `invalid_settings` for the URL
 */
export function openQueue(url: string, { clock, log, name, caCertificates }: QueueOptions): WeaverQueue {
  const backend = openBackend(url, { name, clock, log, ...(caCertificates === undefined ? {} : { caCertificates }) })
  const queues = new Map<string, Queue>()

  const queue = (queueName: string): Queue => {
    let found = queues.get(queueName)
    if (found === undefined) queues.set(queueName, (found = backend.queue(queueName)))
    return found
  }
  const bounded = <T>(work: Promise<T>): Promise<T> => within(clock, work)

  const wakeTick: WeaverQueue['wakeTick'] = async (lane, streamId, at, delayMs = 0) => {
    const options = { jobId: `tick_${streamId}_${at}`, ...jobOptions, delay: Math.max(0, Math.round(delayMs)) }
    await bounded(queue(fetchQueue(lane)).add('tick', { streamId } satisfies TickJob, options))
  }
  const consume = consumers(backend, clock, log)

  return {
    kind: backend.kind,
    async wakeRun(lane, runId, delayMs = 0) {
      // Times must be whole milliseconds: a fractional delay leaves a job active for ever on Postgres.
      await bounded(queue(fetchQueue(lane)).add('run', { runId } satisfies RunJob, { delay: Math.round(delayMs) }))
    },
    async wakeRuns(runs) {
      for (const [lane, group] of Map.groupBy(runs, (run) => run.lane)) {
        await bounded(queue(fetchQueue(lane)).addBulk(group.map(({ id }) => ({ name: 'run', data: { runId: id } satisfies RunJob }))))
      }
    },
    wakeTick,
    async wakeDeliveries(deliveries) {
      for (const [lane, group] of Map.groupBy(deliveries, (delivery) => delivery.lane)) {
        const ids = group.map(({ id }) => id)
        const jobs = Array.from({ length: Math.ceil(ids.length / deliveriesPerJob) }, (_, index) => ({
          name: 'deliver',
          data: { deliveryIds: ids.slice(index * deliveriesPerJob, (index + 1) * deliveriesPerJob) } satisfies SinkJob,
        }))
        const target = queue(sinkQueue(lane))
        const [only] = jobs
        if (jobs.length === 1 && only !== undefined) await bounded(target.add(only.name, only.data))
        else await bounded(target.addBulk(jobs))
      }
    },
    schedulers: (lane) => new Schedulers(queue(fetchQueue(lane)), bounded),
    onFetch: (lane, slots, handle) =>
      consume.add(fetchQueue(lane), slots, async (job) => {
        const order = fetchOrder(job)
        const { jitterMs = 0 } = job.data as TickJob
        // A cron expression has no room for an offset: its wake-up is put off.
        if (order.kind === 'tick' && jitterMs > 0) await wakeTick(lane, order.streamId, order.at, jitterMs)
        else await handle(order)
      }),
    onDeliveries: (lane, slots, handle) => consume.add(sinkQueue(lane), slots, (job) => handle((job.data as SinkJob).deliveryIds)),
    async counts(lanes) {
      const counts = await Promise.all(
        queuesOf(lanes).map(async (queueName) => [queueName, await bounded(queue(queueName).getJobCounts())] as const),
      )
      return Object.fromEntries(counts)
    },
    board: (lanes) => queuesOf(lanes).map((queueName) => new BullMQAdapter(queue(queueName), { readOnlyMode: true, allowRetries: false })),
    async ping() {
      await bounded(queue(fetchQueue('default')).getJobCounts('active'))
    },
    async close() {
      await consume.close()
      await Promise.all([...queues.values()].map((open) => open.close()))
      backend.close()
    },
  }
}

const queuesOf = (lanes: readonly string[]): readonly string[] => lanes.flatMap((lane) => [fetchQueue(lane), sinkQueue(lane)])

/** A tick's nominal time is the last part of the id BullMQ (or `wakeTick`) gave its job. */
function fetchOrder(job: Job): FetchOrder {
  if (job.name === 'run') return { kind: 'run', runId: (job.data as RunJob).runId }
  const at = Number(/(\d+)$/.exec(job.id ?? '')?.[1] ?? job.timestamp)
  return { kind: 'tick', streamId: (job.data as TickJob).streamId, at }
}

/** Made once: an abort without a reason makes an error with a stack each time. */
const answered = new Error('the queue has answered')

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
    done.abort(answered)
    work.catch(() => {})
  }
}
