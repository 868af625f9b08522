import type { Clock, Log } from '@data-weaver/contracts'
import type { Ledger, MissedTicks, StartedStream } from '@data-weaver/ledger'
import { fingerprint, type WeaverQueue } from '@data-weaver/queue'
import { nextTick, tickAt, ticksBetween } from '@data-weaver/schedule'
import { v7 as uuidv7 } from 'uuid'

export interface ReconcilerParts {
  readonly ledger: Ledger
  readonly queue: WeaverQueue
  readonly clock: Clock
  readonly log: Log
  /** How often it looks when nobody wakes it, milliseconds. */
  readonly everyMs: number
}

/** Rows taken in one step. */
const batch = 500
/** Schedulers are compared with the streams at least this often, milliseconds; a change of a stream wakes it at once. */
const syncEveryMs = 15_000
/** Job schedulers written at the same time. */
const schedulersAtOnce = 8
/** A tick this old without a run is missed, milliseconds. Younger ones may still lie in the queue. */
const missedAfterMs = 30_000
const accountEveryMs = 5000
const cleanUpEveryMs = 600_000
/** A job scheduler whose next time is this long gone has stopped, milliseconds. */
const stalledAfterMs = 60_000

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
  const { clock, log, everyMs } = parts
  let wakeUp = Promise.withResolvers<void>()
  let dirty = true

  const step = async (name: string, work: () => Promise<void>): Promise<void> => {
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
      const last = { sync: -Infinity, account: -Infinity, cleanUp: -Infinity }
      const due = (what: keyof typeof last, every: number): boolean => {
        const now = clock.monotonic()
        if (now - last[what] < every) return false
        last[what] = now
        return true
      }
      dirty = true
      while (!signal.aborted) {
        if (dirty || due('sync', syncEveryMs)) {
          dirty = false
          last.sync = clock.monotonic()
          await step('schedulers', () => syncSchedulers(parts))
        }
        await step('runs', () => wakeRuns(parts))
        await step('deliveries', () => wakeDeliveries(parts))
        if (due('account', accountEveryMs)) await step('ticks', () => accountTicks(parts))
        if (due('cleanUp', cleanUpEveryMs)) await step('clean-up', () => parts.ledger.reconcile.cleanUp())
        await Promise.race([clock.sleep(everyMs, signal).catch(() => {}), wakeUp.promise])
        wakeUp = Promise.withResolvers<void>()
      }
    },
  }
}

async function wakeRuns({ ledger, queue, log }: ReconcilerParts): Promise<void> {
  const ended = await ledger.reconcile.endLostRuns(batch)
  if (ended > 0) log.warn({ ended }, 'runs without a worker ended')
  const runs = await ledger.reconcile.takeDueRuns(batch)
  if (runs.length > 0) log.info({ runs: runs.length }, 'runs queued again')
  for (const { id, pool } of runs) await queue.wakeRun(pool, id)
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
  const wanted = new Map<string, Map<string, StartedStream>>()
  const pools = new Set(await ledger.reconcile.pools())
  for await (const streams of ledger.reconcile.startedStreams()) {
    for (const stream of streams) {
      pools.add(stream.pool)
      wanted.set(stream.pool, (wanted.get(stream.pool) ?? new Map<string, StartedStream>()).set(stream.id, stream))
    }
  }
  for (const pool of pools) {
    const schedulers = queue.schedulers(pool)
    const armed = await schedulers.list()
    const streams = wanted.get(pool) ?? new Map<string, StartedStream>()
    await severally([...armed.keys()], async (streamId) => {
      if (!streams.has(streamId)) await schedulers.disarm(streamId)
    })
    await severally([...streams.values()], async (stream) => {
      const existing = armed.get(stream.id)
      const stalled = existing !== undefined && existing.next < now - stalledAfterMs
      if (existing?.fingerprint === fingerprint(stream.schedule, stream.anchor) && !stalled) return
      await arm(stream, now, pool, queue, schedulers)
      if (stalled) log.warn({ streamId: stream.id }, 'schedule had stopped and was armed again')
    })
  }
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

async function arm(
  stream: StartedStream,
  now: number,
  pool: string,
  queue: WeaverQueue,
  schedulers: ReturnType<WeaverQueue['schedulers']>,
): Promise<void> {
  const first = nextTick(stream.schedule, stream.anchor, now)
  if (first !== null) await schedulers.arm({ streamId: stream.id, schedule: stream.schedule, anchor: stream.anchor, first })
  // The interval under way: its tick is run now unless it has a run already, which the claim finds out.
  if (!('every' in stream.schedule) || stream.anchor > now) return
  const current = tickAt(stream.schedule.every, stream.anchor, now)
  if (current > stream.accountedUntil) await queue.wakeTick(pool, stream.id, current)
}

/** Writes down the nominal times that came and had no run, one row for each stretch. */
async function accountTicks({ ledger, log }: ReconcilerParts): Promise<void> {
  const until = (await ledger.reconcile.now()) - missedAfterMs
  const reason = (await ledger.reconcile.workersUp()) > 0 ? 'not run in time' : 'no worker'
  for await (const page of ledger.reconcile.startedStreams()) {
    const streams = page.filter(({ accountedUntil }) => accountedUntil < until)
    if (streams.length === 0) continue
    const ran = await ledger.reconcile.ranTicks(streams, until)
    const missed = streams.flatMap((stream) => missedTicks(stream, until, ran.get(stream.id) ?? new Set(), reason))
    await ledger.reconcile.account(streams, until, missed)
    if (missed.length > 0) log.warn({ missed: missed.reduce((sum, { count }) => sum + count, 0) }, 'ticks were missed')
  }
}

/** Ticks looked at one by one, for each stream and step; a longer stretch counts as one. */
const maxTicks = 10_000

export function missedTicks(stream: StartedStream, until: number, ran: ReadonlySet<number>, reason: string): MissedTicks[] {
  const { ticks, count } = ticksBetween(stream.schedule, stream.anchor, stream.accountedUntil, until, maxTicks)
  const stretches: { tick: number; count: number }[] = []
  let open: { tick: number; count: number } | undefined
  for (const tick of ticks) {
    if (ran.has(tick)) open = undefined
    else if (open === undefined) stretches.push((open = { tick, count: 1 }))
    else open.count += 1
  }
  if (count > ticks.length && open !== undefined) open.count += count - ticks.length
  return stretches.map((stretch) => ({ runId: uuidv7(), streamId: stream.id, reason, ...stretch }))
}
