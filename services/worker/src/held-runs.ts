import { type Clock, type Log, WeaverError } from '@data-weaver/contracts'
import {
  type CarriedDelivery,
  deliveryProofMs,
  type Heartbeat,
  type HeldRun,
  type Ledger,
  type WorkerRegistration,
} from '@data-weaver/ledger'

/** Something in hand. */
interface Hand {
  readonly abort: AbortController
  /** How long what the ledger said is good for, milliseconds. */
  readonly goodForMs: number
  /** When the ledger was last asked and said that it is ours; monotonic milliseconds. */
  provenAt: number
}

interface Held extends HeldRun, Hand {
  readonly streamId: string
  readonly drain: AbortController
}

/** Deliveries that this worker carries to a sink together. */
interface Carried extends Hand {
  readonly deliveries: readonly CarriedDelivery[]
  readonly streamIds: ReadonlySet<string>
}

/** A hold on a run or on deliveries. */
export interface Hold {
  /** Aborts when the work must stop here. */
  readonly signal: AbortSignal
  /**
   * To be asked before something reaches a source, the store or a sink: a process that was stopped and goes on finds what it had in hand
   * lost before any timer or any answer tells it. @throws WeaverError `lease_lost`.
   */
  readonly demandFresh: () => void
  readonly release: () => void
}

/** A hold on a run. */
export interface RunHold extends Hold {
  /** Aborts when the run should come to an end. */
  readonly drain: AbortSignal
  readonly abort: (reason: WeaverError) => void
}

export interface HeldRunsOptions {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
  readonly workerId: string
  readonly leaseMs: number
  readonly registration: () => WorkerRegistration
  /** Called with each heartbeat's answer. */
  readonly onHeartbeat: (heartbeat: Heartbeat) => void
}

/** Three renewals fit into a lease, so that one lost round trip loses nothing. */
const renewalsPerLease = 3
/** Deliveries have a patience of their own, which does not grow with the lease: their renewals come at least so often, milliseconds. */
const longestPauseMs = 2500
/** Deliveries that are carried for longer, or for longer than a renewal takes to come, are renewed, milliseconds. */
const longCarryMs = 1500

const interrupted = (): WeaverError => new WeaverError('interrupted', 'the run was stopped')

/**
 * What this worker has in its hands: the runs it holds a lease on, and the deliveries it carries. Renewing is also the heartbeat, and how
 * a worker learns that something is to stop: a notification only makes it look sooner. A worker that cannot renew in time lets go
 * by itself before somebody else may take over.
 */
export class HeldRuns {
  readonly #options: HeldRunsOptions
  readonly #held = new Map<string, Held>()
  readonly #carried = new Set<Carried>()
  readonly #closing = new AbortController()
  #renewedAt: number
  /** The next renewal looks at all deliveries: one of their streams was stopped. */
  #lookAtAll = false
  #wake = Promise.withResolvers<void>()
  #ended: Promise<void> | undefined

  constructor(options: HeldRunsOptions) {
    this.#options = options
    this.#renewedAt = options.clock.monotonic()
  }

  /** Registers the worker and begins to renew. */
  async start(): Promise<void> {
    await this.#renew()
    this.#ended = this.#forever()
  }

  /** Runs and loads of deliveries in hand. */
  get size(): number {
    return this.#held.size + this.#carried.size
  }

  get runs(): number {
    return this.#held.size
  }

  /** Keeps the lease of a run, which was claimed at `askedAt` or later (monotonic milliseconds), until `release`. */
  hold(run: HeldRun & { readonly streamId: string }, askedAt: number): RunHold {
    const held: Held = {
      runId: run.runId,
      epoch: run.epoch,
      streamId: run.streamId,
      abort: new AbortController(),
      goodForMs: this.#options.leaseMs,
      drain: new AbortController(),
      provenAt: askedAt,
    }
    const key = `${run.runId} ${run.epoch}`
    this.#held.set(key, held)
    return {
      signal: held.abort.signal,
      drain: held.drain.signal,
      abort: (reason) => held.abort.abort(reason),
      demandFresh: () => this.#demandFresh(held),
      release: () => void this.#held.delete(key),
    }
  }

  /** Keeps deliveries, which were begun at `askedAt` or later (monotonic milliseconds), until `release`. */
  carry(deliveries: readonly CarriedDelivery[], streamIds: ReadonlySet<string>, askedAt: number): Hold {
    const goodForMs = Math.min(this.#options.leaseMs, deliveryProofMs)
    const carried: Carried = { deliveries, streamIds, provenAt: askedAt, goodForMs, abort: new AbortController() }
    this.#carried.add(carried)
    return {
      signal: carried.abort.signal,
      demandFresh: () => this.#demandFresh(carried),
      release: () => void this.#carried.delete(carried),
    }
  }

  #demandFresh({ provenAt, goodForMs, abort }: Hand): void {
    if (this.#options.clock.monotonic() - provenAt < goodForMs) return
    const lost = new WeaverError('lease_lost', 'the lease is over; another worker goes on')
    abort.abort(lost)
    throw lost
  }

  /** Looks at once whether something of this stream is to stop; `''` means any stream. */
  checkSoon(streamId: string): void {
    const carries = [...this.#carried].some(({ streamIds }) => streamId === '' || streamIds.has(streamId))
    if (carries) this.#lookAtAll = true
    if (streamId === '' || carries || [...this.#held.values()].some((held) => held.streamId === streamId)) this.#wake.resolve()
  }

  /** Asks all runs for a good end, with this reason. */
  drainAll(reason: WeaverError): void {
    for (const { drain } of this.#held.values()) drain.abort(reason)
  }

  /** Aborts everything that is in hand, with this reason. */
  abortAll(reason: WeaverError): void {
    for (const { abort } of this.#held.values()) abort.abort(reason)
    for (const { abort } of this.#carried) abort.abort(reason)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#ended
  }

  async #forever(): Promise<void> {
    const { clock, log, leaseMs } = this.#options
    const everyMs = Math.min(leaseMs / renewalsPerLease, longestPauseMs)
    while (!this.#closing.signal.aborted) {
      const pause = new AbortController()
      const signal = AbortSignal.any([this.#closing.signal, pause.signal])
      await Promise.race([clock.sleep(everyMs, signal).catch(() => {}), this.#wake.promise])
      pause.abort()
      this.#wake = Promise.withResolvers<void>()
      if (this.#closing.signal.aborted) return
      try {
        await this.#renew()
      } catch (error) {
        log.warn({ err: error }, 'leases could not be renewed')
        this.#letGoInTime()
      }
    }
  }

  async #renew(): Promise<void> {
    const { ledger, clock, leaseMs, registration, onHeartbeat } = this.#options
    const held = [...this.#held.values()]
    const askedAt = clock.monotonic()
    const longMs = Math.min(longCarryMs, leaseMs / renewalsPerLease)
    const carried = [...this.#carried].filter(({ provenAt }) => this.#lookAtAll || askedAt - provenAt > longMs)
    this.#lookAtAll = false
    const answered = new AbortController()
    const heartbeat = await Promise.race([ledger.renewLeases(registration(), held, leaseMs), this.#tooLate(answered.signal)]).finally(() =>
      answered.abort(),
    )
    this.#renewedAt = askedAt
    for (const [index, state] of heartbeat.leases.entries()) this.#heed(held[index] as Held, state, askedAt)
    if (carried.length > 0) await this.#renewCarried(carried)
    onHeartbeat(heartbeat)
  }

  #heed(run: Held, state: Heartbeat['leases'][number], askedAt: number): void {
    if (state === 'held' || state === 'draining') {
      run.provenAt = askedAt
      if (state === 'draining') run.drain.abort()
      return
    }
    this.#options.log.info({ runId: run.runId, state }, 'run must stop here')
    run.abort.abort(state === 'stopping' ? interrupted() : new WeaverError('lease_lost', 'the run belongs to another worker now'))
  }

  async #renewCarried(carried: readonly Carried[]): Promise<void> {
    const { ledger, workerId, clock, log } = this.#options
    const askedAt = clock.monotonic()
    const gone = await ledger.renewDeliveries(
      workerId,
      carried.flatMap(({ deliveries }) => deliveries),
    )
    for (const load of carried) {
      if (!load.deliveries.some(({ id }) => gone.has(id))) load.provenAt = askedAt
      else if (this.#carried.has(load)) {
        log.info({ deliveries: load.deliveries.length }, 'deliveries must stop here')
        load.abort.abort(interrupted())
      }
    }
  }

  /** The database may hang instead of failing: then, too, the leases end here before they end there. */
  async #tooLate(answered: AbortSignal): Promise<never> {
    const { clock, leaseMs } = this.#options
    await clock.sleep(leaseMs / 2, AbortSignal.any([answered, this.#closing.signal])).catch(() => {})
    throw new WeaverError('ledger_unavailable', 'the ledger did not answer a renewal in time')
  }

  #letGoInTime(): void {
    const { clock, leaseMs } = this.#options
    const left = leaseMs - (clock.monotonic() - this.#renewedAt)
    if (left < leaseMs / renewalsPerLease) this.abortAll(new WeaverError('lease_lost', 'the leases could not be renewed in time'))
  }
}
