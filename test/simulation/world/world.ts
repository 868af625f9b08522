import { Agenda, type Entry } from './agenda.ts'
import { Chance } from './chance.ts'
import { type Link, Process } from './process.ts'
import { Trace } from './trace.ts'

/** When the simulation begins, milliseconds since the Unix epoch. */
const beginning = Date.UTC(2026, 0, 1)

/** How often things go wrong by themselves, each in [0, 1), and how slow they are, milliseconds. */
export interface Weather {
  /** A call fails and had no effect. */
  readonly failsBefore: number
  /** A call has its effect, and the caller sees an error or nothing. */
  readonly failsAfter: number
  readonly slow: number
  readonly latencyMs: number
  readonly slowMs: number
}

const turn = setImmediate
/** Lets everything that follows from an event happen, however long its chain of promises is. */
const reactions = (): Promise<void> => new Promise((resolve) => turn(resolve))

/**
 * One process after another acts, at times that only this decides: an event is taken from the agenda, all that follows from it runs to its
 * end, then comes the next. Nothing outside has a part in it, so a seed gives the same story every time.
 */
export class World {
  /** The world whose event is under way in this thread. */
  static acting: World | undefined
  readonly chance: Chance
  readonly trace: Trace
  readonly agenda = new Agenda()
  readonly processes = new Map<string, Process>()
  /** Links that are down for all. */
  readonly outages = new Set<Link>()
  weather: Weather
  /** Whose code runs now. */
  #current: Process | undefined
  #now = beginning

  constructor(seed: number, { weather, traceAll = false }: { weather: Weather; traceAll?: boolean }) {
    this.chance = new Chance(seed)
    this.trace = new Trace(traceAll)
    this.weather = weather
  }

  /** The true time, which is the database's; milliseconds since the Unix epoch. */
  get now(): number {
    return this.#now
  }

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.#now - beginning
  }

  after(ms: number, fire: () => void, owner?: Process): Entry {
    return this.agenda.add(this.#now + Math.max(0, ms), owner, fire)
  }

  process(name: string): Process {
    const process = new Process(this, name)
    this.processes.set(name, process)
    return process
  }

  note(who: string, what: string): void {
    this.trace.add(this.elapsed, who, what)
  }

  /** Does something of the process that acts, after all that follows from the event under way. */
  defer(what: () => void): void {
    this.agenda.add(this.#now, this.#current, what)
  }

  /** Runs until the time has come, or `over` says so after an event. */
  async run(untilMs: number, over: () => boolean = () => false): Promise<void> {
    World.acting = this
    for (;;) {
      const entry = this.agenda.take()
      if (entry === undefined) return
      if (entry.at - beginning > untilMs) {
        this.agenda.add(entry.at, entry.owner, entry.fire).cancelled = entry.cancelled
        this.#now = Math.max(this.#now, beginning + untilMs)
        return
      }
      if (entry.cancelled || entry.owner?.dead === true) continue
      this.#now = Math.max(this.#now, entry.at)
      if (entry.owner?.paused === true) {
        entry.owner.deferred.push(entry)
        continue
      }
      this.#current = entry.owner as Process | undefined
      entry.fire()
      // What belongs to no process resolves no promise.
      if (entry.owner !== undefined) await reactions()
      if (over()) return
    }
  }
}
