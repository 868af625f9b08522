import { type Clock, type ErrorCode, WeaverError } from '@data-weaver/contracts'
import type { Entry } from './agenda.ts'
import type { World } from './world.ts'

/** What a process talks to. */
export const links = ['ledger', 'queue', 'store', 'sink', 'source'] as const
export type Link = (typeof links)[number]

const codes: Record<Link, ErrorCode> = {
  ledger: 'ledger_unavailable',
  queue: 'queue_unavailable',
  store: 'store_unavailable',
  sink: 'sink_unavailable',
  source: 'source_unavailable',
}

/** How long somebody waits for an answer that does not come, milliseconds. */
const hangMs = 8000
/** A request that was sent just before the death of the sender arrives as often as not. */
const arrivesAfterDeath = 0.5

/**
 * A simulated process. All that it does to the outside goes through {@link call} and its clock: once it is dead nothing of it acts any
 * more, and while it is paused nothing of it moves.
 */
export class Process {
  readonly name: string
  readonly world: World
  readonly deferred: Entry[] = []
  readonly clock: Clock
  readonly cut = new Set<Link>()
  /** Called with the next page that the process has put, before it hears so. */
  hasPut: (() => void) | undefined
  /** Called when the process can hear of the ledger again. */
  readonly onReconnect: (() => void)[] = []
  dead = false
  paused = false
  /** Its wall clock minus the true time, milliseconds. */
  offsetMs = 0
  /** When it last woke from a pause, milliseconds since the Unix epoch. */
  wokeAt = -Infinity

  constructor(world: World, name: string) {
    this.world = world
    this.name = name
    this.clock = {
      now: () => world.now + this.offsetMs,
      monotonic: () => world.elapsed,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    }
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error)
      const entry = this.world.after(
        Math.ceil(ms),
        () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
        this,
      )
      const onAbort = (): void => {
        entry.cancelled = true
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  crash(): void {
    this.dead = true
    this.world.note(this.name, 'crashes')
  }

  pause(): void {
    this.paused = true
    this.world.note(this.name, 'is paused')
  }

  resume(): void {
    if (!this.paused || this.dead) return
    this.paused = false
    this.wokeAt = this.world.now
    this.world.note(this.name, 'goes on')
    for (const { cancelled, fire } of this.deferred.splice(0)) if (!cancelled) this.world.after(0, fire, this)
  }

  isDown(link: Link): boolean {
    return this.cut.has(link) || this.world.outages.has(link)
  }

  /** Cuts a link, or mends it. */
  setCut(link: Link, cut: boolean): void {
    this.world.note(this.name, `${cut ? 'loses' : 'has again'} the ${link}`)
    if (cut) this.cut.add(link)
    else this.cut.delete(link)
    if (!cut && link === 'ledger')
      for (const reconnect of this.onReconnect) this.world.after(this.world.chance.between(1, 500), reconnect, this)
  }

  /**
   * Asks another party: the effect happens there some time later, and its answer arrives some time after that, or an error in place of
   * either. The signal ends the wait at once; whether the effect still happens then is left to chance.
   */
  call<T>(link: Link, what: string, effect: () => T, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error)
      const { world } = this
      const { chance, weather } = world
      let over = false
      const onAbort = (): void => {
        over = true
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const answer = (ms: number, give: () => void): void => {
        world.after(
          ms,
          () => {
            if (over) return
            signal?.removeEventListener('abort', onAbort)
            give()
          },
          this,
        )
      }
      const fail = (): void => {
        const late = chance.is(0.3) ? chance.below(hangMs) : chance.between(1, 50)
        answer(late, () => reject(new WeaverError(codes[link], `the ${link} did not answer`)))
      }
      world.after(this.#latency(), () => {
        if ((this.dead || over) && !chance.is(arrivesAfterDeath)) return
        if (this.isDown(link) || chance.is(weather.failsBefore)) return fail()
        let given: () => void
        try {
          const value = effect()
          given = () => resolve(value)
        } catch (error) {
          given = () => reject(error)
        }
        world.note(this.name, what)
        if (this.isDown(link) || chance.is(weather.failsAfter)) fail()
        else answer(this.#latency(), given)
      })
    })
  }

  #latency(): number {
    const { chance, weather } = this.world
    return chance.is(weather.slow) ? chance.between(1, weather.slowMs) : chance.between(1, weather.latencyMs)
  }
}
