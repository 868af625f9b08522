import type { Log, ObjectStore, Settings, Sink, SinkKind } from '@data-weaver/contracts'
import type { Ledger, Listener } from '@data-weaver/ledger'
import type { WeaverQueue } from '@data-weaver/queue'
import { sinks } from '@data-weaver/sinks'
import { type RunningWorker, startWorker, type WorkerParts } from '@data-weaver/worker/app'
import type { Process } from '../world/process.ts'
import type { SimulatedSource } from './source.ts'

/** A worker finds its sink by the URL of its ledger, which names its process. */
const sinkOf = new Map<string, Sink>()
const urlOf = (process: Process): string => `simulated://${process.name}`

export const sinkType = 'simulated'
const kind = {
  id: sinkType,
  summary: 'A sink that is simulated',
  options: {},
  example: {},
  open: ({ ledgerUrl }: { ledgerUrl: string }) => Promise.resolve(sinkOf.get(ledgerUrl) as Sink),
}

/** Makes the kind of the simulated sink known to this thread. */
export function registerSink(): void {
  ;(sinks as SinkKind[]).push(kind as unknown as SinkKind)
}

/** Forgets the sinks of the processes of the last story. */
export function forgetSinks(): void {
  sinkOf.clear()
}

export interface WorkerDependencies {
  readonly process: Process
  readonly id: string
  readonly ledger: Ledger
  readonly listener: Listener
  readonly queue: WeaverQueue
  readonly store: ObjectStore
  readonly sink: Sink
  readonly source: SimulatedSource
  readonly log: Log
  readonly slots: { readonly fetch: number; readonly sink: number }
  readonly leaseMs: number
}

/** The real worker on simulated parts. */
export function bootWorker({
  process,
  id,
  ledger,
  listener,
  queue,
  store,
  sink,
  source,
  log,
  slots,
  leaseMs,
}: WorkerDependencies): Promise<RunningWorker> {
  sinkOf.set(urlOf(process), sink)
  const settings = {
    WEAVER_LEDGER_URL: urlOf(process),
    WEAVER_LEASE_MS: leaseMs,
    WEAVER_FETCH_SLOTS: slots.fetch,
    WEAVER_SINK_SLOTS: slots.sink,
    WEAVER_LIVE_SLOTS: 10,
  } as Settings<'worker'>
  return startWorker(settings, {
    ledger,
    listener,
    queue,
    store,
    egress: { http: ({ signal }) => source.http(process, signal), close: () => Promise.resolve() },
    vault: {} as WorkerParts['vault'],
    clock: process.clock,
    log,
    random: () => process.world.chance.next(),
    memoryBytes: () => 0,
    registration: { id, host: 'simulated', pid: 1, version: '0', pools: ['default'], slots: slots.fetch },
  })
}
