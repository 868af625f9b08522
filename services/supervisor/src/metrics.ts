import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { EventFeed } from './event-feed.ts'
import type { LiveFeed } from './live/feed.ts'
import { type SupervisorParts, tenant } from './parts.ts'
import { measureSinks } from './sink-metrics.ts'
import type { SinkStates } from './sink-states.ts'
import type { KnownLanes } from './lanes.ts'

/** Seconds; a stop may take as long as a lease. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30]
/** Requests that last as long as the client likes say nothing about the server. */
const endless = new Set(['/v1/events', '/v1/live'])

type MetricParts = Pick<SupervisorParts, 'ledger' | 'queue' | 'version' | 'log'>

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
}

/** Counts requests, and asks ledger and queue for what there is when somebody looks. A part that is down leaves a gap, not an error. */
export function measure(
  app: FastifyInstance,
  { ledger, queue, version, log }: MetricParts,
  lanes: KnownLanes,
  { feed, live, sinks }: { feed: EventFeed; live: LiveFeed; sinks: SinkStates },
): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  new Gauge({ name: 'weaver_build_info', help: 'Version of the supervisor.', labelNames: ['version'], registers }).set({ version }, 1)
  const streams = new Gauge({ name: 'weaver_streams', help: 'Streams by desired state.', labelNames: ['state'], registers })
  const runs = new Gauge({ name: 'weaver_runs', help: 'Runs that have not ended, by state.', labelNames: ['state'], registers })
  const deliveries = new Gauge({
    name: 'weaver_deliveries',
    help: 'Deliveries that are not done, by state.',
    labelNames: ['state'],
    registers,
  })
  const workers = new Gauge({ name: 'weaver_workers', help: 'Workers by state.', labelNames: ['state'], registers })
  const jobs = new Gauge({ name: 'weaver_queue_jobs', help: 'Jobs by queue and state.', labelNames: ['queue', 'state'], registers })
  const up = new Gauge({ name: 'weaver_part_up', help: 'Whether a part answered this scrape.', labelNames: ['part'], registers })
  const clients = new Gauge({ name: 'weaver_event_clients', help: 'Clients that follow events.', registers })
  const liveClients = new Gauge({ name: 'weaver_live_clients', help: 'Clients that follow documents.', registers })
  const requests = new Histogram({
    name: 'weaver_http_request_duration_seconds',
    help: 'Time to answer a request.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers,
  })
  const askSinks = measureSinks(registry, sinks)
  const gauges = { stream: streams, run: runs, delivery: deliveries, worker: workers }

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    if (endless.has(route)) return
    requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })

  const ask = async (part: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      up.set({ part }, 1)
    } catch (error) {
      log.warn({ err: error, part }, 'part could not be measured')
      up.set({ part }, 0)
    }
  }
  const askLedger = async (): Promise<void> => {
    for (const gauge of Object.values(gauges)) gauge.reset()
    for (const { what, state, n } of await ledger.census()) gauges[what].set({ state }, n)
    askSinks(await ledger.audits.latest(tenant))
  }
  const askQueue = async (): Promise<void> => {
    jobs.reset()
    for (const [name, counts] of Object.entries(await queue.counts(await lanes.list()))) {
      for (const [state, count] of Object.entries(counts)) jobs.set({ queue: name, state }, count)
    }
  }

  return {
    contentType: registry.contentType,
    async text() {
      clients.set(feed.size)
      liveClients.set(live.size)
      await Promise.all([ask('ledger', askLedger), ask('queue', askQueue)])
      return await registry.metrics()
    },
  }
}
