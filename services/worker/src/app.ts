import { type Clock, laneOf, type Log, type ObjectStore, type Settings, type SinkEnvironment, WeaverError } from '@data-weaver/contracts'
import type { Egress } from '@data-weaver/egress'
import type { Heartbeat, Ledger, Listener, WorkerRegistration } from '@data-weaver/ledger'
import type { WeaverQueue } from '@data-weaver/queue'
import type { Vault } from '@data-weaver/vault'
import { Budgets } from './budgets.ts'
import { DirectDelivery } from './direct.ts'
import { createFetcher } from './fetch.ts'
import { HeldRuns } from './held-runs.ts'
import { Intake } from './intake.ts'
import { handover } from './outcome.ts'
import { PageCache } from './page-cache.ts'
import { createRunContexts } from './run-context.ts'
import { createCarrier } from './sink.ts'
import { SinkPool } from './sink-pool.ts'
import { Slots } from './slots.ts'
import { StreamSpecs } from './stream-specs.ts'

export interface WorkerParts {
  readonly ledger: Ledger
  readonly listener: Listener
  readonly queue: WeaverQueue
  readonly store: ObjectStore
  readonly egress: Egress
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
  readonly memoryBytes: () => number
  /** What this process has for its sinks. */
  readonly sinkEnvironment?: Partial<SinkEnvironment>
  readonly registration: Omit<WorkerRegistration, 'draining' | 'memoryBytes' | 'clockNow'>
}

/** Raw pages kept in memory for the sink jobs that follow, bytes. */
const pageCacheBytes = 64 * 2 ** 20
/** Large bodies on their way to the store at once, and as many on their way to sinks. Each takes some ten MiB; the others wait. */
const largeAtOnce = 2
/** How long a leaving worker waits for what it has under way, milliseconds; then it hands its runs on. */
const drainMs = 4000
/** A worker whose clock differs more from the database's takes no work, milliseconds. */
const maxClockDifferenceMs = 2000
/** Least time between two announcements that a worker is idle, milliseconds. */
const announceEveryMs = 5000

export interface RunningWorker {
  readonly id: string
  /** Takes nothing new, finishes or hands on what is under way, and leaves the list of workers. */
  close(): Promise<void>
}

/**
 * Brings a worker up: registers it, consumes the fetch and sink queues of its pools, and says that it is available.
 * @throws WeaverError `clock_skew` when its clock is wrong by more than two seconds.
 */
export async function startWorker(settings: Settings<'worker'>, parts: WorkerParts): Promise<RunningWorker> {
  const { ledger, listener, clock, log, registration } = parts
  const { id: workerId, pools } = registration
  let draining = false
  let onHeartbeat = (heartbeat: Heartbeat): void => refuseWrongClock(heartbeat)
  const held = new HeldRuns({
    ledger,
    clock,
    log,
    workerId,
    leaseMs: settings.WEAVER_LEASE_MS,
    registration: () => ({ ...registration, draining, memoryBytes: parts.memoryBytes(), clockNow: clock.now() }),
    onHeartbeat: (heartbeat) => onHeartbeat(heartbeat),
  })
  // What was wished of an earlier process with this id (to drain, for one) is no wish about this one.
  await ledger.leaveWorkers(workerId)
  await held.start().catch(async (error: unknown) => {
    await ledger.leaveWorkers(workerId).catch(() => {})
    throw error
  })
  const hands = await handsOf(settings, parts, held)
  const { intake } = hands
  await intake.open(pools.map((pool) => laneOf(pool, 'default')))
  let drained: Promise<void> | undefined
  const drain = (ms: number): Promise<void> => {
    draining = true
    return (drained ??= drainHands(hands, parts, held, ms))
  }
  onHeartbeat = (heartbeat) => {
    if (heartbeat.drainMs !== null && !draining) {
      log.info({ workerId, drainMs: heartbeat.drainMs }, 'worker drains')
      void drain(heartbeat.drainMs)
      // Whoever wishes it waits to hear that it drains.
      held.checkSoon('')
    }
    heedClock(heartbeat, intake, parts)
    // Tenants come and go: each has queues of its own.
    void openLanes(parts, intake, pools).catch((error: unknown) => log.warn({ err: error }, 'queues could not be looked up'))
  }
  listener.on('weaver_stop', (streamId) => held.checkSoon(streamId))
  hands.idle()
  log.info({ workerId, pools }, 'worker up')

  return {
    id: workerId,
    async close() {
      await drain(drainMs / 2)
      await hands.budgets.close()
      await held.close()
      await ledger.leaveWorkers(workerId).catch((error: unknown) => log.warn({ err: error }, 'worker could not leave the list'))
      await hands.sinks.close()
      log.info({ workerId }, 'worker down')
    },
  }
}

type Hands = Awaited<ReturnType<typeof handsOf>>

/** What a worker works with: where work comes in, who fetches, who carries, and the places they share. */
async function handsOf(settings: Settings<'worker'>, parts: WorkerParts, held: HeldRuns) {
  const { ledger, listener, queue, clock, log } = parts
  const workerId = parts.registration.id
  const specs = new StreamSpecs(ledger, parts.vault)
  const pages = new PageCache(pageCacheBytes)
  const environment = { ...parts.sinkEnvironment, ledgerUrl: settings.WEAVER_LEDGER_URL, clock, random: parts.random }
  const sinks = new SinkPool({ ledger, clock, log, workerId, environment })
  const budgets = new Budgets({ budgets: ledger.budgets, listener, clock, log })
  await budgets.start()
  const fetchSlots = new Slots(settings.WEAVER_FETCH_SLOTS)
  const sinkSlots = new Slots(settings.WEAVER_SINK_SLOTS)
  const large = new Slots(largeAtOnce)
  const carrier = createCarrier({ ...parts, workerId, held, specs, pages, large, sink: (entry) => sinks.open(entry) })
  const direct = new DirectDelivery({ ledger, workerId, carrier, slots: sinkSlots, clock, log })
  const contexts = createRunContexts({ ...parts, specs, budgets })
  const { WEAVER_LEASE_MS: leaseMs, WEAVER_LIVE_SLOTS: liveSlots } = settings
  const fetcher = createFetcher({
    ...parts,
    workerId,
    leaseMs,
    liveSlots,
    specs,
    contexts,
    held,
    pages,
    direct,
    large: new Slots(largeAtOnce),
  })
  const idle = idleAnnouncer(parts, held)
  const inPlace = async (slots: Slots, lane: string, work: () => Promise<void>): Promise<void> => {
    await slots.take(lane)
    try {
      await work()
    } finally {
      slots.release(lane)
      idle()
    }
  }
  const intake = new Intake(async (lane) => [
    await queue.onFetch(lane, settings.WEAVER_FETCH_SLOTS, (order) => inPlace(fetchSlots, lane, () => fetcher.handle(order))),
    await queue.onDeliveries(lane, settings.WEAVER_SINK_SLOTS, (ids) => inPlace(sinkSlots, lane, () => carrier.fromQueue(ids))),
  ])
  return { intake, direct, fetcher, sinks, budgets, idle }
}

/** Takes nothing more, and gives what runs so long to end; what is left is handed to others. */
async function drainHands(
  { intake, direct, fetcher }: Hands,
  { queue, clock, log }: WorkerParts,
  held: HeldRuns,
  ms: number,
): Promise<void> {
  held.drainAll(handover)
  const left = await direct.close()
  await queue.wakeDeliveries(left).catch((error: unknown) => log.warn({ err: error }, 'deliveries not queued'))
  const ended = Promise.all([intake.close(ms * 2), fetcher.settled()])
  const waited = new AbortController()
  await Promise.race([ended, clock.sleep(ms, waited.signal).catch(() => {})])
  waited.abort()
  held.abortAll(handover)
  await ended
}

/** A worker whose clock has gone wrong takes nothing until it is right again. */
function heedClock(heartbeat: Heartbeat, intake: Intake, { log, registration }: WorkerParts): void {
  const wrong = clockIsWrong(heartbeat)
  if (wrong === intake.paused) return
  const fields = { workerId: registration.id, clockDifferenceMs: heartbeat.clockDifferenceMs }
  if (wrong) log.error(fields, 'the clock is wrong; no work is taken')
  else log.info(fields, 'the clock is right again')
  intake.pause(wrong)
}

const clockIsWrong = ({ clockDifferenceMs }: Heartbeat): boolean => Math.abs(clockDifferenceMs) > maxClockDifferenceMs

function refuseWrongClock(heartbeat: Heartbeat): void {
  if (!clockIsWrong(heartbeat)) return
  const seconds = (heartbeat.clockDifferenceMs / 1000).toFixed(1)
  throw new WeaverError(
    'clock_skew',
    `the clock of this machine differs from the database's by ${seconds} s, more than 2 s; set it, for example by NTP`,
  )
}

async function openLanes({ ledger }: WorkerParts, intake: Intake, pools: readonly string[]): Promise<void> {
  const lanes = await ledger.reconcile.lanes()
  await intake.open(lanes.filter((lane) => pools.includes(lane.split('.', 1)[0] ?? '')))
}

/** Says that the worker has nothing to run, when that is so, and not too often. */
function idleAnnouncer({ ledger, clock, log, registration: { id, host, pools } }: WorkerParts, held: HeldRuns): () => void {
  let last = -Infinity
  return () => {
    if (held.size > 0 || clock.monotonic() - last < announceEveryMs) return
    last = clock.monotonic()
    void ledger
      .announceAvailable({ worker: id, host, pools })
      .catch((error: unknown) => log.debug({ err: error }, 'availability was not announced'))
  }
}
