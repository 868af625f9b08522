import { silentLog, specDefaults, type StreamSpec } from '@data-weaver/contracts'
import { stopStream } from '@data-weaver/supervisor/stop'
import type { RunningWorker } from '@data-weaver/worker/app'
import type { Ledger, Listener } from '@data-weaver/ledger'
import { modelLedger, type ModelLedger } from './model/index.ts'
import { Bells, ledgerPort } from './ports/ledger.ts'
import { SimulatedQueue } from './ports/queue.ts'
import { SimulatedSink } from './ports/sink.ts'
import { adapterId, SimulatedSource } from './ports/source.ts'
import { SimulatedStore } from './ports/store.ts'
import { LeaderLock, type RunningSupervisor, startSupervisor } from './ports/supervisor.ts'
import { bootWorker, forgetSinks, sinkType } from './ports/worker.ts'
import type { Plan, PlannedStream } from './plan.ts'
import { Witness } from './witness.ts'
import { resetIds, v7 } from './world/ids.ts'
import type { Process } from './world/process.ts'
import type { World } from './world/world.ts'

interface WorkerPlace {
  readonly name: string
  /** How often a process was started here. */
  starts: number
  process: Process
  running: RunningWorker | undefined
}

interface SupervisorPlace {
  readonly name: string
  starts: number
  process: Process
  running: RunningSupervisor
  ledger: Ledger
  listener: Listener
}

export interface StoryOptions {
  readonly fencing?: boolean
  readonly traceAll?: boolean
}

/** All that takes part in one story: the fleet, and the world it lives in. */
export class Story {
  readonly world: World
  readonly plan: Plan
  readonly witness: Witness
  readonly model: ModelLedger
  readonly bells: Bells
  readonly queue: SimulatedQueue
  readonly store = new SimulatedStore()
  readonly sink: SimulatedSink
  readonly source: SimulatedSource
  readonly lock = new LeaderLock()
  readonly workers: WorkerPlace[] = []
  readonly supervisors: SupervisorPlace[] = []
  /** Whoever dies or leaves is replaced. */
  #ended = false

  constructor(plan: Plan, world: World, { fencing = true }: StoryOptions) {
    resetIds()
    forgetSinks()
    this.world = world
    this.plan = plan
    this.witness = new Witness(world)
    this.bells = new Bells(world)
    this.bells.lost = plan.lostBells
    this.model = modelLedger({
      now: () => world.now,
      newId: v7,
      notify: (channel, payload) => this.bells.ring(channel, payload),
      observer: this.witness,
      fencing,
    })
    this.queue = new SimulatedQueue(world)
    this.queue.doubled = plan.doubledJobs
    this.source = new SimulatedSource(world, (process, streamId) => this.witness.sends(process, streamId, 'source'))
    this.source.moods = plan.moods
    this.source.slowMs = plan.sourceMs
    this.sink = new SimulatedSink((process, streamIds) => streamIds.forEach((streamId) => this.witness.sends(process, streamId, 'sink')))
    for (const stream of plan.streams) this.model.create({ ...stream, adapter: adapterId, spec: specOf(stream, plan.lastTickAt) })
    for (let index = 0; index < plan.supervisors; index += 1) this.#placeSupervisor(`supervisor-${index + 1}`)
    for (let index = 0; index < plan.workers; index += 1) this.#placeWorker(`worker-${index + 1}`)
  }

  #placeSupervisor(name: string): void {
    const place = { name, starts: 0 } as SupervisorPlace
    this.supervisors.push(place)
    this.startSupervisor(place)
  }

  startSupervisor(place: SupervisorPlace): void {
    place.starts += 1
    const process = this.world.process(`${place.name}.${place.starts}`)
    Object.assign(place, { process, ledger: ledgerPort(process, this.model), listener: this.bells.listener(process) })
    const { everyMs, leaseMs } = this.plan
    this.world.after(
      this.world.chance.between(1, 200),
      () => {
        const { ledger, listener } = place
        const parts = { process, ledger, listener, queue: this.queue.port(process), lock: this.lock, log: silentLog, everyMs, leaseMs }
        place.running = startSupervisor(parts)
      },
      process,
    )
  }

  #placeWorker(name: string): void {
    const place = { name, starts: 0, running: undefined } as unknown as WorkerPlace
    this.workers.push(place)
    this.startWorker(place)
  }

  startWorker(place: WorkerPlace): void {
    place.starts += 1
    place.running = undefined
    const process = this.world.process(`${place.name}.${place.starts}`)
    place.process = process
    this.world.note(process.name, 'starts')
    const { leaseMs, slots, sameIds } = this.plan
    this.world.after(
      this.world.chance.between(1, 200),
      () => {
        const parts = {
          process,
          id: sameIds ? place.name : process.name,
          ledger: ledgerPort(process, this.model),
          listener: this.bells.listener(process),
          queue: this.queue.port(process),
          store: this.store.port(process),
          sink: this.sink.port(process),
          source: this.source,
          log: silentLog,
          slots,
          leaseMs,
        }
        bootWorker(parts).then(
          (running) => void (place.running = running),
          // A worker that cannot start ends, and is started again.
          () => this.killWorker(place, this.world.chance.between(500, 3000)),
        )
      },
      process,
    )
  }

  killWorker(place: WorkerPlace, restartMs: number): void {
    const { process } = place
    if (process.dead) return
    process.crash()
    this.world.after(restartMs, () => {
      if (!this.#ended && place.process === process) this.startWorker(place)
    })
  }

  killSupervisor(place: SupervisorPlace, restartMs: number): void {
    const { process } = place
    if (process.dead) return
    process.crash()
    this.world.after(restartMs, () => {
      if (!this.#ended && place.process === process) this.startSupervisor(place)
    })
  }

  /** Tells a worker to end in good order, and starts another in its place. */
  replaceWorker(place: WorkerPlace): void {
    const { process, running } = place
    if (process.dead || running === undefined) return
    place.running = undefined
    this.world.after(
      0,
      () => {
        this.world.note(process.name, 'is told to end')
        const ended = (): void => this.killWorker(place, 300)
        running.close().then(ended, ended)
      },
      process,
    )
  }

  /** Somebody asks a supervisor for something; nobody asks again when it is lost on the way. */
  request(what: (supervisor: SupervisorPlace) => Promise<unknown>): void {
    const there = this.supervisors.filter(({ process, running }) => !process.dead && !process.paused && (running as unknown) !== undefined)
    if (there.length === 0) return
    const supervisor = this.world.chance.pick(there)
    this.world.after(
      1,
      () =>
        void what(supervisor)
          .then(() => supervisor.running.reconcile())
          .catch(() => {}),
      supervisor.process,
    )
  }

  stop(streamId: string, mode: 'interrupt' | 'drain', deadline: number): void {
    const { leaseMs } = this.plan
    this.request(({ ledger, listener, process, running }) => {
      const parts = { ledger, listener, clock: process.clock, leaseMs, reconcile: () => running.reconcile() }
      return stopStream(parts, streamId, new AbortController().signal, { mode, deadline })
    })
  }

  /** Everything works again from now on; what is gone is started again. */
  heal(): void {
    const { world } = this
    world.note('world', 'heals')
    world.weather = { ...world.weather, failsBefore: 0, failsAfter: 0, slow: 0, latencyMs: 20 }
    world.outages.clear()
    this.bells.lost = 0
    this.source.moods = { limits: 0, refuses: 0, hangs: 0 }
    this.source.slowMs = 10
    for (const { process } of [...this.workers, ...this.supervisors]) {
      process.offsetMs = 0
      process.hasPut = undefined
      process.resume()
      for (const link of [...process.cut]) process.setCut(link, false)
    }
  }

  /** Stops to replace the dead. */
  end(): void {
    this.#ended = true
  }
}

export const specOf = ({ id, kind, every, overlap, timeout, attempts, catchUp, sinks }: PlannedStream, lastTickAt: number): StreamSpec => ({
  ...specDefaults,
  config: { streamId: id, kind },
  schedule: { every, endAt: new Date(lastTickAt).toISOString() },
  timeout,
  bucket: 'results',
  transform: null,
  // Entries that differ are sinks of their own; here both lead to the same place.
  sinks: Array.from({ length: sinks }, (_, index) => ({ type: sinkType, number: index })),
  pool: 'default',
  retry: { attempts, delay: 500, maxDelay: 5000 },
  overlap,
  catchUp,
})
