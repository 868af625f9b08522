import type { Clock, Log, TickReason } from '@data-weaver/contracts'
import type { Ledger, ScheduledStream } from '@data-weaver/ledger'
import { fingerprint, type Schedulers, type WeaverQueue } from '@data-weaver/queue'
import { nextTick, tickAt } from '@data-weaver/schedule'
import { v7 as uuidv7 } from 'uuid'

export interface ReconcilerParts {
  readonly ledger: Ledger
  readonly queue: WeaverQueue
  readonly clock: Clock
  readonly log: Log
  /** How often it looks when nobody wakes it, milliseconds. */
  readonly everyMs: number
  /** How long a worker holds what it has without renewing, milliseconds. */
  readonly leaseMs: number
}

/** Rows taken in one step. */
const batch = 500
/** Schedulers are compared with the streams at least this often, milliseconds; a change of a stream wakes it at once. */
const syncEveryMs = 15_000
/** Ticks that come once are put into the queue so long before, milliseconds: two comparisons fit in. */
const onceAheadMs = 2 * syncEveryMs
/** Job schedulers written at the same time. */
const schedulersAtOnce = 16
/** A tick this old without a run is missed, milliseconds. Younger ones may still lie in the queue. */
const missedAfterMs = 30_000
const accountEveryMs = 5000
const cleanUpEveryMs = 600_000
/** Places in the budgets' lines that runs left behind are given up so often, milliseconds. */
const budgetsEveryMs = 10_000
/** A job scheduler whose next time is this long gone has stopped, milliseconds. */
const stalledAfterMs = 60_000
/** When the account of a stream is this much behind, no supervisor was up, milliseconds. */
const outageAfterMs = 60_000

export interface Reconciler {
  /** Looks for changed streams now. */
  wake(): void
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

/**
 * Makes true in the queue what the ledger says: job schedulers follow from started streams, what is due and not queued is queued,
 * what was lost is freed, and ticks that nobody ran are written down. Only the leader among the supervisors runs it.
 */
export function createReconciler(parts: ReconcilerParts): Reconciler {
  const { clock, log, everyMs, ledger } = parts
  let wakeUp = Promise.withResolvers<void>()
  let dirty = true

  const step = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      log.warn({ err: error, step: name }, 'reconciler step failed')
    }
  }

  return {
    wake() {
      dirty = true
      wakeUp.resolve()
    },
    async run(signal) {
      const last = { sync: -Infinity, account: -Infinity, cleanUp: -Infinity, budgets: -Infinity }
      const due = (what: keyof typeof last, every: number): boolean => {
        const now = clock.monotonic()
        if (now - last[what] < every) return false
        last[what] = now
        return true
      }
      let lost: readonly string[] = []
      dirty = true
      while (!signal.aborted) {
        await step('trials', () => ledger.trials.promote())
        if (dirty || due('sync', syncEveryMs)) {
          dirty = false
          last.sync = clock.monotonic()
          await step('schedulers', () => syncSchedulers(parts))
        }
        await step('continuous', () => ledger.reconcile.continueStreams(newIds()))
        await step('probes', () => ledger.reconcile.probeStreams(newIds()))
        await step('lost', async () => void (lost = await hurryLost(parts, lost)))
        await step('runs', () => wakeRuns(parts))
        await step('deliveries', () => wakeDeliveries(parts))
        if (due('account', accountEveryMs)) await step('ticks', () => accountTicks(parts))
        if (due('cleanUp', cleanUpEveryMs)) await step('clean-up', () => ledger.reconcile.cleanUp())
        if (due('budgets', budgetsEveryMs)) await step('budgets', () => ledger.budgets.book.cleanUp())
        await Promise.race([clock.sleep(everyMs, signal).catch(() => {}), wakeUp.promise])
        wakeUp = Promise.withResolvers<void>()
      }
    },
  }
}

const newIds = (): string[] => Array.from({ length: batch }, () => uuidv7())

/** What a worker had in its hands need not wait for the time that a living one would get. Answers the lost workers that are known now. */
async function hurryLost({ ledger, log, leaseMs }: ReconcilerParts, known: readonly string[]): Promise<readonly string[]> {
  const lost = await ledger.reconcile.hurryLost(batch, leaseMs, known)
  const fresh = lost.filter((id) => !known.includes(id))
  if (fresh.length > 0) log.warn({ workers: fresh }, 'workers were lost: what they had in hand is queued again')
  return lost
}

async function wakeRuns({ ledger, queue, log, leaseMs }: ReconcilerParts): Promise<void> {
  const ended = await ledger.reconcile.endLost(batch, leaseMs)
  if (ended > 0) log.warn({ ended }, 'what a lost worker held was ended')
  for (;;) {
    const runs = await ledger.reconcile.takeDueRuns(batch)
    if (runs.length > 0) log.info({ runs: runs.length }, 'runs queued again')
    await queue.wakeRuns(runs)
    if (runs.length < batch) return
  }
}

async function wakeDeliveries({ ledger, queue, log }: ReconcilerParts): Promise<void> {
  const deliveries = await ledger.reconcile.takeDueDeliveries(batch)
  if (deliveries.length === 0) return
  log.info({ deliveries: deliveries.length }, 'deliveries queued again')
  await queue.wakeDeliveries(deliveries)
}

/** Adds, changes and removes job schedulers until they are what the started streams need. */
async function syncSchedulers({ ledger, queue, log }: ReconcilerParts): Promise<void> {
  const now = await ledger.reconcile.now()
  const wanted = new Map<string, Map<string, ScheduledStream>>()
  const lanes = new Set(await ledger.reconcile.lanes())
  for await (const streams of ledger.reconcile.tickingStreams()) {
    for (const stream of streams) {
      lanes.add(stream.lane)
      if (stream.desired !== 'started' || nextTick(stream.schedule, stream.anchor, now) === null) continue
      if ('at' in stream.schedule) await armOnce(stream, now, queue)
      else wanted.set(stream.lane, (wanted.get(stream.lane) ?? new Map<string, ScheduledStream>()).set(stream.id, stream))
    }
  }
  for (const lane of lanes) {
    const schedulers = queue.schedulers(lane)
    const armed = await schedulers.list()
    const streams = wanted.get(lane) ?? new Map<string, ScheduledStream>()
    await severally([...armed.keys()], async (streamId) => {
      if (!streams.has(streamId)) await schedulers.disarm(streamId)
    })
    await severally([...streams.values()], async (stream) => {
      const existing = armed.get(stream.id)
      const stalled = existing !== undefined && (existing.next < now - stalledAfterMs || sleepsTooLong(stream, existing.next, now))
      if (existing?.fingerprint === fingerprint(stream.schedule, stream.anchor, stream.jitterMs) && !stalled) return
      await arm(stream, now, queue, schedulers)
      if (stalled) log.warn({ streamId: stream.id }, 'schedule had stopped and was armed again')
    })
  }
}

/** A worker makes the next job by its own clock: one that is fast by an hour sends the schedule to sleep for an hour. */
function sleepsTooLong({ schedule, anchor, jitterMs }: ScheduledStream, next: number, now: number): boolean {
  const first = nextTick(schedule, anchor, now)
  const second = first === null ? null : nextTick(schedule, anchor, first)
  return second !== null && next > second + jitterMs + stalledAfterMs
}

/** Works on a few items at once; each scheduler is touched by one call only. */
async function severally<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: schedulersAtOnce }, async () => {
      for (const item of left) await work(item)
    }),
  )
}

async function arm(stream: ScheduledStream, now: number, queue: WeaverQueue, schedulers: Schedulers): Promise<void> {
  const { id, lane, schedule, anchor, jitterMs, accountedUntil } = stream
  const first = nextTick(schedule, anchor, now)
  if (first !== null) await schedulers.arm({ streamId: id, schedule, anchor, first, jitterMs })
  // The interval under way: its tick is run now unless it has a run already, which the claim finds out.
  if (!('every' in schedule) || anchor > now) return
  const current = tickAt(schedule.every, anchor, now)
  if (current > accountedUntil) await queue.wakeTick(lane, id, current + jitterMs, current + jitterMs - now)
}

/** A single tick needs no scheduler: it is put into the queue when it is near; the same again changes nothing. */
async function armOnce({ id, lane, schedule, anchor, jitterMs }: ScheduledStream, now: number, queue: WeaverQueue): Promise<void> {
  const tick = nextTick(schedule, anchor, now)
  if (tick !== null && tick - now <= onceAheadMs) await queue.wakeTick(lane, id, tick, tick + jitterMs - now)
}

/** Its ticks up to a moment were paused, although it is started again. */
const wasPaused = ({ desired, accountedUntil, recoveredAt }: ScheduledStream): boolean =>
  desired === 'started' && recoveredAt !== null && recoveredAt > accountedUntil

/** Writes down the nominal times that came and had no run, one row for each stretch, or runs them after all. */
async function accountTicks({ ledger, log }: ReconcilerParts): Promise<void> {
  const now = await ledger.reconcile.now()
  const until = now - missedAfterMs
  const served = await ledger.reconcile.poolsServed()
  const reason = ({ desired, accountedUntil, pool }: ScheduledStream): TickReason => {
    if (desired === 'paused') return 'paused'
    if (until - accountedUntil > outageAfterMs) return 'outage'
    return served.has(pool) ? 'notInTime' : 'noWorker'
  }
  for await (const page of ledger.reconcile.tickingStreams()) {
    const streams = page.filter(({ accountedUntil, jitterMs }) => accountedUntil < until - jitterMs)
    const others = streams.filter((stream) => !wasPaused(stream))
    for (const stream of streams.filter(wasPaused)) {
      const pausedUntil = (stream.recoveredAt ?? 0) + stream.jitterMs
      await ledger.reconcile.account([stream], { now, until: Math.min(until, pausedUntil), reason: () => 'paused' })
    }
    if (others.length === 0) continue
    const { missed, caughtUp } = await ledger.reconcile.account(others, { now, until, reason })
    if (missed > 0) log.warn({ missed }, 'ticks were missed')
    if (caughtUp > 0) log.info({ caughtUp }, 'missed ticks are run after all')
  }
}
