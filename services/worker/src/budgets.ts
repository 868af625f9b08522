import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { type BudgetSpec, type Clock, type Log, WeaverError } from '@data-weaver/contracts'
import {
  type BudgetAnswer,
  type BudgetLeaseId,
  type BudgetStore,
  type BudgetUse,
  type LearnedBudget,
  type Listener,
  namedKey,
} from '@data-weaver/ledger'
import type { StatedLimits } from './rate-headers.ts'

export interface BudgetsDependencies {
  readonly budgets: BudgetStore
  readonly listener: Listener
  readonly clock: Clock
  readonly log: Log
}

/** A run, as far as its budgets need it. */
export interface BudgetedRun {
  readonly id: string
  readonly tenant: string
  readonly streamId: string
  readonly version: number
  readonly budget: BudgetSpec | null
  /** Values of the stream's secrets: streams with the same ones share a budget at a host. */
  readonly secrets: readonly string[]
}

/** A budget that a request takes from. */
export interface BudgetAddress {
  readonly tenant: string
  readonly key: string
  readonly name: string | null
  readonly host: string | null
}

/** How often a worker looks by itself for budgets to heed, milliseconds; a notification makes it look at once. */
const refreshMs = 3000
/** Least time between two looks, milliseconds. */
const pauseMs = 200
/** How long a request counts for the concurrency without a sign of life of its worker, milliseconds. */
const leaseMs = 30_000
const renewMs = leaseMs / 3
/** A stream's use of a budget is written down again after this, milliseconds. */
const useAgainMs = 600_000
/** Longest block or window that is heeded without asking the ledger, milliseconds; the ledger has the same bound. */
const longestMs = 24 * 3_600_000
/** Entries of each kind a worker remembers. */
const maxRemembered = 20_000
/** Up to so many left, or a tenth of the limit, each request is counted by the ledger. */
const fewLeft = 20

const notWritten = 'what a source said of its limits was not written down'

/**
 * What one process knows of the fleet's rate budgets. A request to a budget that nothing limits costs a look into a map; the ledger is
 * asked only for those that have limits, are blocked, or have little left.
 */
export class Budgets {
  readonly #store: BudgetStore
  readonly #listener: Listener
  readonly #clock: Clock
  readonly #log: Log
  readonly #closing = new AbortController()
  /** By tenant and key: has limits, or is to be heeded until a time of the monotonic clock. */
  readonly #alerts = new Map<string, { limited: boolean; until: number }>()
  readonly #used = new Map<string, number>()
  readonly #unsaid = new Map<string, { readonly at: number; readonly learned: LearnedBudget }>()
  readonly #learning = new Map<string, Promise<void>>()
  readonly #leases = new Map<string, BudgetLeaseId>()
  #salt = ''
  #since: Date | undefined
  #look = Promise.withResolvers<void>()
  #ended: Promise<unknown> = Promise.resolve()

  constructor({ budgets, listener, clock, log }: BudgetsDependencies) {
    this.#store = budgets
    this.#listener = listener
    this.#clock = clock
    this.#log = log
  }

  /** Learns what is in force and begins to follow it. @throws WeaverError `ledger_unavailable` */
  async start(): Promise<void> {
    this.#salt = await this.#store.salt(randomBytes(32).toString('base64'))
    const deaf = this.#listener.on('weaver_budgets', () => this.#look.resolve())
    await this.#refresh()
    this.#ended = Promise.all([this.#follow().finally(deaf), this.#renew()])
  }

  /** Says what is still unsaid. Requests that are under way free their places as they end. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#look.resolve()
    await this.#ended
    await this.#say()
  }

  /** The budget of a run's requests to a host (with its port). */
  address(run: BudgetedRun, host: string): BudgetAddress {
    const { tenant, budget } = run
    if (budget?.name !== undefined) return { tenant, key: namedKey(budget.name), name: budget.name, host: null }
    return { tenant, key: `host:${host}${this.#fingerprint(run)}`, name: null, host }
  }

  #fingerprint({ secrets }: BudgetedRun): string {
    if (secrets.length === 0) return ''
    const hmac = createHmac('sha256', this.#salt)
    for (const secret of secrets.toSorted()) hmac.update(`${Buffer.byteLength(secret)}:${secret}`)
    return `#${hmac.digest('hex').slice(0, 32)}`
  }

  /** Whether any budget is to be heeded at all. */
  get quiet(): boolean {
    return this.#alerts.size === 0
  }

  /** Whether a request must ask first. Costs no statement. */
  mustAsk(address: BudgetAddress): boolean {
    const id = idOf(address)
    const alert = this.#alerts.get(id)
    if (alert === undefined) return false
    if (alert.limited || alert.until > this.#clock.monotonic()) return true
    this.#alerts.delete(id)
    return false
  }

  /** Writes down that a stream uses a budget, and its limits, now and then. Resolves when its limits are in force. */
  async use(run: BudgetedRun, address: BudgetAddress): Promise<void> {
    const id = `${idOf(address)} ${run.streamId} ${run.version}`
    const now = this.#clock.monotonic()
    if ((this.#used.get(id) ?? Number.NEGATIVE_INFINITY) > now - useAgainMs) return
    const use: BudgetUse = {
      ...address,
      streamId: run.streamId,
      streamVersion: run.version,
      policies: run.budget?.policies ?? [],
      concurrency: run.budget?.concurrency ?? null,
    }
    await this.#store.use(use)
    remember(this.#used, id, now)
  }

  /** Asks for one request; `requestId` names it for {@link release} when the answer is `leased`. */
  async take(run: BudgetedRun, { tenant, key }: BudgetAddress): Promise<BudgetAnswer & { readonly requestId: string }> {
    const requestId = randomUUID()
    // What this process was told itself holds for its next request already.
    await this.#learning.get(idOf({ tenant, key }))
    const answer = await this.#store.take({ tenant, key, runId: run.id, streamId: run.streamId, requestId, leaseMs })
    if (answer.outcome === 'granted' && answer.leased) this.#leases.set(requestId, { tenant, key, requestId })
    return { ...answer, requestId }
  }

  /** Ends a request that counts for the concurrency. Never fails: a place that cannot be freed now is free when its lease is over. */
  release(requestId: string): void {
    const lease = this.#leases.get(requestId)
    if (lease === undefined) return
    this.#leases.delete(requestId)
    this.#later(this.#store.release(lease), 'a place of a rate budget was not freed')
  }

  /** Gives up the run's place in the line. */
  leave(run: BudgetedRun, { tenant, key }: BudgetAddress): void {
    this.#later(this.#store.leave(tenant, key, run.id), 'a place in the line of a rate budget was not given up')
  }

  /** Takes in what a source said. What others must heed is written down at once, the rest within some seconds. */
  learn(run: BudgetedRun, address: BudgetAddress, { blockMs, limit, remaining, resetMs, from }: StatedLimits): void {
    const learned: LearnedBudget = { ...address, blockMs, limit, remaining, resetMs, from }
    const few = remaining !== null && resetMs !== null && remaining <= Math.max(fewLeft, (limit ?? 0) / 10)
    const heedMs = Math.min(longestMs, Math.max(blockMs ?? 0, few ? (resetMs ?? 0) : 0))
    const known = this.mustAsk(address)
    if (heedMs > 0) this.#heed(address, false, heedMs)
    if (blockMs !== null || (few && !known)) this.#learn(learned)
    else remember(this.#unsaid, idOf(address), { at: this.#clock.monotonic(), learned })
    this.touch(run, address)
  }

  #learn(learned: LearnedBudget): void {
    const id = idOf(learned)
    const work = this.#store
      .learn(learned)
      .catch((error: unknown) => this.#log.debug({ err: error }, notWritten))
      .finally(() => {
        if (this.#learning.get(id) === work) this.#learning.delete(id)
      })
    this.#learning.set(id, work)
  }

  /** Writes down a use that no limits hang on, without waiting. */
  touch(run: BudgetedRun, address: BudgetAddress): void {
    this.#later(this.use(run, address), 'the use of a rate budget was not written down')
  }

  #heed(address: Pick<BudgetAddress, 'tenant' | 'key'>, limited: boolean, forMs: number): void {
    const id = idOf(address)
    const until = this.#clock.monotonic() + forMs
    const alert = this.#alerts.get(id)
    if (alert !== undefined) alert.until = Math.max(alert.until, until)
    else remember(this.#alerts, id, { limited, until })
  }

  async #refresh(): Promise<void> {
    const { at, alerts } = await this.#store.alerts(this.#since)
    this.#since = at
    for (const { tenant, key, limited, forMs } of alerts) {
      const id = idOf({ tenant, key })
      if (limited || forMs > 0) remember(this.#alerts, id, { limited, until: this.#clock.monotonic() + forMs })
      else this.#alerts.delete(id)
    }
  }

  async #follow(): Promise<void> {
    const signal = this.#closing.signal
    while (!signal.aborted) {
      const over = new AbortController()
      await Promise.race([this.#look.promise, this.#clock.sleep(refreshMs, AbortSignal.any([signal, over.signal])).catch(() => {})])
      over.abort()
      this.#look = Promise.withResolvers()
      await this.#say()
      await this.#refresh().catch((error: unknown) => this.#log.debug({ err: error }, 'rate budgets were not read'))
      await this.#clock.sleep(pauseMs, signal).catch(() => {})
    }
  }

  /** Writes down what was learned in the last seconds and nobody had to heed. */
  async #say(): Promise<void> {
    const unsaid = [...this.#unsaid.values()]
    this.#unsaid.clear()
    const now = this.#clock.monotonic()
    const fresh = unsaid.map(({ at, learned }) => ({ ...learned, resetMs: learned.resetMs === null ? null : learned.resetMs - (now - at) }))
    const said = await Promise.allSettled(
      fresh.filter(({ resetMs }) => resetMs === null || resetMs > 0).map((learned) => this.#store.learn(learned)),
    )
    for (const one of said) if (one.status === 'rejected') this.#log.debug({ err: one.reason }, notWritten)
  }

  async #renew(): Promise<void> {
    const signal = this.#closing.signal
    while (!signal.aborted) {
      await this.#clock.sleep(renewMs, signal).catch(() => {})
      if (signal.aborted) return
      await this.#store
        .renew([...this.#leases.values()], leaseMs)
        .catch((error: unknown) => this.#log.warn({ err: error }, 'places of rate budgets were not renewed'))
    }
  }

  #later(work: Promise<void>, whenItFails: string): void {
    work.catch((error: unknown) => this.#log.debug({ err: error }, whenItFails))
  }
}

const idOf = ({ tenant, key }: Pick<BudgetAddress, 'tenant' | 'key'>): string => `${tenant} ${key}`

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  const oldest = map.keys().next().value
  if (map.size >= maxRemembered && oldest !== undefined && !map.has(key)) map.delete(oldest)
  map.set(key, value)
}

/** The error of a run that has to wait for its budget; it goes on after `waitMs`, milliseconds. */
export const budgetWait = ({ key }: BudgetAddress, waitMs: number): WeaverError =>
  new WeaverError('budget_wait', `the rate budget "${key}" is used up; the run goes on in ${Math.ceil(waitMs / 1000)} s`, {
    retryAfterMs: waitMs,
  })
