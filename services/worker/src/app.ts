import type { Clock, Log, ObjectStore, Settings, Sink, SinkEntry } from '@data-weaver/contracts'
import type { Egress } from '@data-weaver/egress'
import type { Ledger, Listener, WorkerRegistration } from '@data-weaver/ledger'
import type { WeaverQueue } from '@data-weaver/queue'
import { sinkKind } from '@data-weaver/sinks'
import type { Vault } from '@data-weaver/vault'
import { fetchHandler, handover } from './fetch.ts'
import { HeldRuns } from './held-runs.ts'
import { PageCache } from './page-cache.ts'
import { sinkHandler } from './sink.ts'
import { StreamSpecs } from './stream-specs.ts'

export interface WorkerParts {
  readonly ledger: Ledger
  readonly listener: Listener
  readonly queue: WeaverQueue
  readonly store: ObjectStore
  readonly egress: Egress
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
  readonly registration: Omit<WorkerRegistration, 'draining'>
}

/** Raw pages kept in memory for the sink jobs that follow, bytes. */
const pageCacheBytes = 64 * 2 ** 20
/** How long a leaving worker waits for what it has under way, milliseconds; then it hands its runs on. */
const drainMs = 4000

export interface RunningWorker {
  readonly id: string
  /** Takes nothing new, finishes or hands on what is under way, and leaves the list of workers. */
  close(): Promise<void>
}

/** Brings a worker up: registers it, consumes the fetch and sink queues of its pools, and says that it is available. */
export async function startWorker(settings: Settings<'worker'>, parts: WorkerParts): Promise<RunningWorker> {
  const { ledger, listener, queue, clock, log, registration } = parts
  const leaseMs = settings.WEAVER_LEASE_MS
  const { id, pools } = registration
  let draining = false
  const held = new HeldRuns({ ledger, clock, log, leaseMs, registration: () => ({ ...registration, draining }) })
  const specs = new StreamSpecs(ledger, parts.vault)
  const pages = new PageCache(pageCacheBytes)
  const letGo = new AbortController()
  const sinks = openSinks(settings, parts)
  const fetch = fetchHandler(id, leaseMs, { ...parts, specs, held, pages })
  const deliver = sinkHandler({ ...parts, specs, pages, sink: sinks.open, signal: letGo.signal })

  await held.start()
  listener.on('weaver_stop', (streamId) => held.checkSoon(streamId))
  const consumers = await Promise.all(
    pools.flatMap((pool) => [
      queue.onFetch(pool, settings.WEAVER_FETCH_SLOTS, fetch),
      queue.onDeliveries(pool, settings.WEAVER_SINK_SLOTS, deliver),
    ]),
  )
  await ledger.announceAvailable({ worker: id, host: registration.host, pools })
  log.info({ workerId: id, pools }, 'worker up')

  return {
    id,
    async close() {
      draining = true
      const drained = Promise.all(consumers.map((consumer) => consumer.close(drainMs)))
      const waited = new AbortController()
      await Promise.race([drained, clock.sleep(drainMs / 2, waited.signal).catch(() => {})])
      waited.abort()
      held.abortAll(handover)
      letGo.abort(handover)
      await drained
      await held.close()
      await ledger.leaveWorkers(id).catch((error: unknown) => log.warn({ err: error }, 'worker could not leave the list'))
      await sinks.close()
      log.info({ workerId: id }, 'worker down')
    },
  }
}

/** Sinks are opened when first used and shared by all streams with the same entry. */
function openSinks(
  settings: Settings<'worker'>,
  { clock, random }: WorkerParts,
): { open(entry: SinkEntry): Promise<Sink>; close(): Promise<void> } {
  const { WEAVER_LEDGER_URL: ledgerUrl, WEAVER_VESPA_URL: vespaUrl } = settings
  const environment = { ledgerUrl, clock, random, ...(vespaUrl === undefined ? {} : { vespaUrl }) }
  const opened = new Map<string, Promise<Sink>>()
  return {
    async open(entry) {
      const key = JSON.stringify(entry)
      const known = opened.get(key)
      if (known !== undefined) return await known
      const { type, ...options } = entry
      const sink = sinkKind(type).open(environment, options as never)
      opened.set(key, sink)
      sink.catch(() => opened.delete(key))
      return await sink
    },
    async close() {
      await Promise.allSettled([...opened.values()].map(async (sink) => await (await sink).close()))
    },
  }
}
