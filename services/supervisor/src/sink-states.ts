import type { Clock, SinkState, SinkStatistics } from '@data-weaver/contracts'
import type { Listener, SinkReport } from '@data-weaver/ledger'
import type { FastifyInstance } from 'fastify'

/** A worker that says nothing of a sink for this long does not feed it any more, milliseconds. */
const silentAfterMs = 60_000
/** Rates and what is under way are of the moment: a report that is older says nothing of them, milliseconds. */
const presentMs = 12_000
/** Reports that are kept. */
const mostReports = 10_000

interface Heard {
  readonly report: SinkReport
  readonly at: number
}

/** Listens to what workers say, from the first request on: a probe of health, as a rule. Nothing is asked of the parts before. */
export function followSinks(app: FastifyInstance, { listener, clock }: { readonly listener: Listener; readonly clock: Clock }): SinkStates {
  const states = new SinkStates(clock)
  app.addHook('onRequest', async () => states.listen(listener))
  app.addHook('preClose', async () => states.close())
  return states
}

/** What workers said lately of the sinks that they feed. */
export class SinkStates {
  readonly #clock: Clock
  readonly #heard = new Map<string, Heard>()
  #deaf: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Listens from the first call on. */
  listen(listener: Listener): void {
    this.#deaf ??= listener.on('weaver_sinks', (payload) => {
      if (payload !== '') this.#hear(JSON.parse(payload) as SinkReport)
    })
  }

  close(): void {
    this.#deaf?.()
  }

  #hear(report: SinkReport): void {
    const now = this.#clock.monotonic()
    const key = `${report.worker} ${report.entry}`
    this.#heard.delete(key)
    this.#heard.set(key, { report, at: now })
    // In the order in which they were heard: the oldest first.
    for (const [oldest, { at }] of this.#heard) {
      if (now - at < silentAfterMs && this.#heard.size <= mostReports) break
      this.#heard.delete(oldest)
    }
  }

  /** By worker and target, the entries that feed it together. */
  byWorker(): readonly (SinkStatistics & Pick<SinkReport, 'worker' | 'sink' | 'target'>)[] {
    const now = this.#clock.monotonic()
    const fresh = [...this.#heard.values()].filter(({ at }) => now - at < silentAfterMs)
    const groups = Map.groupBy(fresh, ({ report: { worker, sink, target } }) => `${worker} ${sink} ${target}`)
    return [...groups.values()].flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { worker, sink, target } = first.report
      return [{ worker, sink, target, ...together(group.map((heard) => present(heard, now))) }]
    })
  }

  /** By target, with what each worker does. In order of name. */
  list(): readonly SinkState[] {
    const groups = Map.groupBy(this.byWorker(), ({ sink, target }) => `${sink} ${target}`)
    return [...groups]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, group]) => {
        const [first] = group
        if (first === undefined) return []
        const workers = group.map(({ sink: _, target: __, ...state }) => state).toSorted((a, b) => (a.worker < b.worker ? -1 : 1))
        return [{ sink: first.sink, target: first.target, ...together(group), workers }]
      })
  }
}

const present = ({ report: { statistics }, at }: Heard, now: number): SinkStatistics =>
  now - at < presentMs ? statistics : { ...statistics, documentsPerSecond: 0, inFlight: 0 }

/** Counts are added up; of latencies the worst counts. */
function together(all: readonly SinkStatistics[]): SinkStatistics {
  const sum = (of: (each: SinkStatistics) => number): number => all.reduce((total, each) => total + of(each), 0)
  const most = (of: (each: SinkStatistics) => number): number => Math.max(0, ...all.map(of))
  const embedding = all.flatMap((each) => (each.embedding === undefined ? [] : [each.embedding]))
  const embedded = (of: (each: (typeof embedding)[number]) => number): number => embedding.reduce((total, each) => total + of(each), 0)
  return {
    documents: sum(({ documents }) => documents),
    documentsPerSecond: sum(({ documentsPerSecond }) => documentsPerSecond),
    rejected: sum(({ rejected }) => rejected),
    window: sum(({ window }) => window),
    inFlight: sum(({ inFlight }) => inFlight),
    overloads: sum(({ overloads }) => overloads),
    retries: sum(({ retries }) => retries),
    latencyMs: {
      p50: most(({ latencyMs }) => latencyMs.p50),
      p90: most(({ latencyMs }) => latencyMs.p90),
      p99: most(({ latencyMs }) => latencyMs.p99),
    },
    ...(embedding.length === 0
      ? {}
      : {
          embedding: {
            requests: embedded(({ requests }) => requests),
            texts: embedded(({ texts }) => texts),
            reused: embedded(({ reused }) => reused),
            overloads: embedded(({ overloads }) => overloads),
            retries: embedded(({ retries }) => retries),
          },
        }),
  }
}
