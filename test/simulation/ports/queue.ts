import { fetchQueue, type Schedule, sinkQueue } from '@data-weaver/contracts'
import type { ArmedSchedule, Consumer, FetchOrder, Schedulers, ScheduleToArm, WeaverQueue } from '@data-weaver/queue'
import { fingerprint } from '@data-weaver/queue'
import type { Process } from '../world/process.ts'
import type { World } from '../world/world.ts'

type Payload = FetchOrder | { readonly kind: 'deliver'; readonly ids: readonly string[] }

interface Job {
  readonly id: string | undefined
  readonly payload: Payload
  readonly readyAt: number
  /** The scheduler that made it. */
  readonly scheduler: string | undefined
  handOuts: number
}

interface Taker {
  readonly process: Process
  readonly slots: number
  readonly handle: (payload: Payload) => Promise<void>
  active: number
  open: boolean
}

interface Scheduler {
  readonly schedule: Schedule
  readonly fingerprint: string
  next: number
}

/** A lock that its holder does not renew is taken for a dead worker's after so long, milliseconds. */
const stalledAfterMs = 12_000
const mostHandOuts = 10

const scheduledId = (streamId: string, at: number): string => `repeat ${streamId} ${at}`

/**
 * A queue that hands out at least once: jobs may be lost with all others, come twice, late, in another order, and again when who had them
 * is gone. A job scheduler makes its next job when the last one begins, by the clock of who begins it, as the real one does.
 */
export class SimulatedQueue {
  readonly #world: World
  readonly #waiting = new Map<string, Job[]>()
  readonly #active = new Map<string, Set<Job>>()
  readonly #takers = new Map<string, Taker[]>()
  readonly #schedulers = new Map<string, Map<string, Scheduler>>()
  /** How often a job comes twice, in [0, 1). */
  doubled = 0

  constructor(world: World) {
    this.#world = world
  }

  /** All is lost, also the schedules; what is in the workers' hands they go on with. */
  flush(): void {
    this.#world.note('queue', 'is flushed')
    this.#waiting.clear()
    this.#schedulers.clear()
  }

  /** Some jobs are lost, and nobody notices. */
  loseSome(): void {
    this.#world.note('queue', 'loses jobs')
    for (const [name, jobs] of this.#waiting)
      this.#waiting.set(
        name,
        jobs.filter(() => this.#world.chance.is(0.5)),
      )
  }

  get isIdle(): boolean {
    const { now } = this.#world
    const due = [...this.#waiting.values()].some((jobs) => jobs.some(({ readyAt }) => readyAt <= now))
    return !due && [...this.#active.values()].every((jobs) => jobs.size === 0)
  }

  /** When each stream's scheduler comes next. */
  nextTimes(): ReadonlyMap<string, number> {
    return new Map([...this.#schedulers.values()].flatMap((lane) => [...lane].map(([id, { next }]) => [id, next] as const)))
  }

  #add(name: string, payload: Payload, readyAt: number, { id, scheduler }: { id?: string; scheduler?: string } = {}): void {
    const jobs = this.#jobs(name)
    if (id !== undefined && (jobs.some((job) => job.id === id) || [...this.#activeOf(name)].some((job) => job.id === id))) return
    for (let times = this.#world.chance.is(this.doubled) ? 2 : 1; times > 0; times -= 1)
      jobs.push({ id, payload, readyAt, scheduler, handOuts: 0 })
    this.#world.after(Math.max(0, readyAt - this.#world.now) + this.#world.chance.between(1, 5), () => this.#handOut(name))
  }

  #jobs(name: string): Job[] {
    let jobs = this.#waiting.get(name)
    if (jobs === undefined) this.#waiting.set(name, (jobs = []))
    return jobs
  }

  #activeOf(name: string): Set<Job> {
    let jobs = this.#active.get(name)
    if (jobs === undefined) this.#active.set(name, (jobs = new Set()))
    return jobs
  }

  #handOut(name: string): void {
    const { chance, now, outages } = this.#world
    if (outages.has('queue')) return void this.#world.after(500, () => this.#handOut(name))
    for (;;) {
      const jobs = this.#jobs(name)
      const ready = jobs.filter(({ readyAt }) => readyAt <= now)
      if (ready.length === 0) return
      const takers = (this.#takers.get(name) ?? []).filter(
        ({ process, open, active, slots }) => !process.dead && !process.paused && !process.isDown('queue') && open && active < slots,
      )
      if (takers.length === 0) return void this.#world.after(500, () => this.#handOut(name))
      const job = chance.pick(ready)
      jobs.splice(jobs.indexOf(job), 1)
      this.#give(name, job, chance.pick(takers))
    }
  }

  #give(name: string, job: Job, taker: Taker): void {
    const { process } = taker
    const active = this.#activeOf(name)
    active.add(job)
    taker.active += 1
    job.handOuts += 1
    const handOut = job.handOuts
    let finished = false
    this.#continueSchedule(name, job, process)
    this.#world.after(
      this.#world.chance.between(1, 10),
      () => {
        const done = (): void => {
          finished = true
          taker.active -= 1
          if (process.isDown('queue') || job.handOuts !== handOut) return
          active.delete(job)
          this.#handOut(name)
        }
        void taker
          .handle(job.payload)
          .catch(() => {})
          .finally(done)
      },
      process,
    )
    const look = (): void => {
      if (job.handOuts !== handOut || !active.has(job)) return
      const lost = process.dead || process.paused || process.isDown('queue') || finished
      if (!lost) return void this.#world.after(stalledAfterMs, look)
      active.delete(job)
      if (job.handOuts >= mostHandOuts) return
      this.#jobs(name).push(job)
      this.#handOut(name)
    }
    this.#world.after(stalledAfterMs, look)
  }

  #continueSchedule(name: string, { id, scheduler: streamId }: Job, { clock }: Process): void {
    const scheduler = streamId === undefined ? undefined : this.#schedulers.get(name)?.get(streamId)
    if (streamId === undefined || scheduler === undefined || !('every' in scheduler.schedule)) return
    // Only its newest job is followed by another.
    if (id !== scheduledId(streamId, scheduler.next)) return
    const { every } = scheduler.schedule
    const offset = scheduler.next % every
    const next = scheduler.next + every
    const now = clock.now()
    const aligned = Math.floor(now / every) * every + offset
    scheduler.next = next >= now ? next : aligned <= now ? aligned + every : aligned
    this.#addScheduled(name, streamId, scheduler.next)
  }

  #addScheduled(name: string, streamId: string, at: number): void {
    this.#add(name, { kind: 'tick', streamId, at }, at, { id: scheduledId(streamId, at), scheduler: streamId })
  }

  #arm(name: string, { streamId, schedule, anchor, first, jitterMs }: ScheduleToArm): void {
    this.#disarm(name, streamId)
    const next = Math.max(first + jitterMs, this.#world.now)
    const lane = this.#schedulers.get(name) ?? new Map<string, Scheduler>()
    this.#schedulers.set(name, lane.set(streamId, { schedule, fingerprint: fingerprint(schedule, anchor, jitterMs), next }))
    this.#addScheduled(name, streamId, next)
  }

  /** A job that is due already survives the removal of its scheduler. */
  #disarm(name: string, streamId: string): void {
    const { now } = this.#world
    this.#schedulers.get(name)?.delete(streamId)
    this.#waiting.set(
      name,
      this.#jobs(name).filter(({ scheduler, readyAt }) => scheduler !== streamId || readyAt <= now),
    )
  }

  #schedulersPort(process: Process, name: string): Schedulers {
    const port = {
      list: () =>
        process.call('queue', 'lists schedules', (): ReadonlyMap<string, ArmedSchedule> => {
          const lane = this.#schedulers.get(name) ?? new Map<string, Scheduler>()
          return new Map(
            [...lane].map(([streamId, scheduler]) => [streamId, { streamId, fingerprint: scheduler.fingerprint, next: scheduler.next }]),
          )
        }),
      arm: (schedule: ScheduleToArm) => process.call('queue', 'arms a schedule', () => this.#arm(name, schedule)),
      disarm: (streamId: string) => process.call('queue', 'disarms a schedule', () => this.#disarm(name, streamId)),
    }
    return port as unknown as Schedulers
  }

  #consume(process: Process, name: string, slots: number, handle: (payload: Payload) => Promise<void>): Consumer {
    const taker: Taker = { process, slots, handle, active: 0, open: true }
    this.#takers.set(name, [...(this.#takers.get(name) ?? []).filter((other) => !other.process.dead), taker])
    this.#handOut(name)
    return {
      pause: () => {
        taker.open = false
        return Promise.resolve()
      },
      resume: () => {
        taker.open = true
        this.#handOut(name)
      },
      async close(limitMs) {
        taker.open = false
        const until = process.clock.monotonic() + limitMs
        while (taker.active > 0 && process.clock.monotonic() < until) await process.clock.sleep(50)
      },
    }
  }

  /** The queue as one process reaches it. */
  port(process: Process): WeaverQueue {
    const { now } = this.#world
    const soon = (delayMs = 0): number => Math.max(this.#world.now, now) + Math.max(0, Math.round(delayMs))
    const put = (what: string, effect: () => void): Promise<void> => process.call('queue', what, effect)
    const port: Pick<
      WeaverQueue,
      'wakeRun' | 'wakeRuns' | 'wakeTick' | 'wakeDeliveries' | 'schedulers' | 'onFetch' | 'onDeliveries' | 'close'
    > = {
      wakeRun: (lane, runId, delayMs) => put('wakes a run', () => this.#add(fetchQueue(lane), { kind: 'run', runId }, soon(delayMs))),
      wakeRuns: (runs) =>
        put('wakes runs', () => runs.forEach(({ lane, id }) => this.#add(fetchQueue(lane), { kind: 'run', runId: id }, soon()))),
      wakeTick: (lane, streamId, at, delayMs) =>
        put('wakes a tick', () =>
          this.#add(fetchQueue(lane), { kind: 'tick', streamId, at }, soon(delayMs), { id: `tick ${streamId} ${at}` }),
        ),
      wakeDeliveries: (deliveries) =>
        put('wakes deliveries', () => {
          for (const [lane, some] of Map.groupBy(deliveries, (delivery) => delivery.lane))
            this.#add(sinkQueue(lane), { kind: 'deliver', ids: some.map(({ id }) => id) }, soon())
        }),
      schedulers: (lane) => this.#schedulersPort(process, fetchQueue(lane)),
      onFetch: (lane, slots, handle) =>
        Promise.resolve(this.#consume(process, fetchQueue(lane), slots, (payload) => handle(payload as FetchOrder))),
      onDeliveries: (lane, slots, handle) =>
        Promise.resolve(this.#consume(process, sinkQueue(lane), slots, (payload) => handle(payload.kind === 'deliver' ? payload.ids : []))),
      close: () => Promise.resolve(),
    }
    return port as WeaverQueue
  }
}
