import { type Clock, type Log, WeaverError } from '@data-weaver/contracts'
import type { HeldRun, Ledger, WorkerRegistration } from '@data-weaver/ledger'

interface Held extends HeldRun {
  readonly streamId: string
  readonly abort: AbortController
}

export interface HeldRunsOptions {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
  readonly leaseMs: number
  readonly registration: () => WorkerRegistration
}

/** Three renewals fit into a lease, so that one lost round trip loses nothing. */
const renewalsPerLease = 3

/**
 * The runs this worker holds a lease on. Renewing is also the heartbeat, and how a worker learns that a run is to stop: a
 * notification only makes it look sooner. A worker that cannot renew in time lets go by itself before somebody else may take over.
 */
export class HeldRuns {
  readonly #options: HeldRunsOptions
  readonly #held = new Map<string, Held>()
  readonly #closing = new AbortController()
  #renewedAt: number
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

  get size(): number {
    return this.#held.size
  }

  /** Keeps the lease of a claimed run until `release`; `signal` aborts when the run must stop here. */
  hold(run: HeldRun & { readonly streamId: string }): {
    readonly signal: AbortSignal
    readonly abort: (reason: WeaverError) => void
    release(): void
  } {
    const held: Held = { runId: run.runId, epoch: run.epoch, streamId: run.streamId, abort: new AbortController() }
    const key = `${run.runId} ${run.epoch}`
    this.#held.set(key, held)
    return {
      signal: held.abort.signal,
      abort: (reason) => held.abort.abort(reason),
      release: () => {
        this.#held.delete(key)
      },
    }
  }

  /** Looks at once whether a run of this stream is to stop; `''` means any stream. */
  checkSoon(streamId: string): void {
    if (streamId === '' || [...this.#held.values()].some((held) => held.streamId === streamId)) this.#wake.resolve()
  }

  /** Aborts everything that is held, with this reason. */
  abortAll(reason: WeaverError): void {
    for (const { abort } of this.#held.values()) abort.abort(reason)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#ended
  }

  async #forever(): Promise<void> {
    const { clock, log, leaseMs } = this.#options
    const everyMs = leaseMs / renewalsPerLease
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
    const { ledger, clock, leaseMs, registration, log } = this.#options
    const held = [...this.#held.values()]
    const askedAt = clock.monotonic()
    const answered = new AbortController()
    const answers = await Promise.race([ledger.renewLeases(registration(), held, leaseMs), this.#tooLate(answered.signal)]).finally(() =>
      answered.abort(),
    )
    this.#renewedAt = askedAt
    for (const [index, state] of answers.entries()) {
      const run = held[index]
      if (run === undefined || state === 'held') continue
      log.info({ runId: run.runId, state }, 'run must stop here')
      run.abort.abort(
        state === 'stopping'
          ? new WeaverError('interrupted', 'the run was stopped')
          : new WeaverError('lease_lost', 'the run belongs to another worker now'),
      )
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
