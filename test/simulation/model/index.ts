import { type StreamSpec, WeaverError } from '@data-weaver/contracts'
import type {
  BulkRequest,
  CarriedDelivery,
  ClaimRequest,
  DeliveryEnd,
  FetchEnd,
  HeldRun,
  PageCommit,
  ScheduledStream,
  StopRequest,
  WorkerRegistration,
} from '@data-weaver/ledger'
import { claim } from './claim.ts'
import { createStream, pause, resume, start, trigger } from './control.ts'
import { acknowledge, beginDeliveries, renewDeliveries } from './deliveries.ts'
import { applyNext, begin, drainWorker, findStream, interruptRun, look, releaseRun, stopStream } from './operations.ts'
import {
  account,
  continueStreams,
  endLost,
  hurryLost,
  poolsServed,
  probeStreams,
  takeDueDeliveries,
  takeDueRuns,
  tickingStreams,
} from './reconcile.ts'
import { type ModelOptions, Tables } from './rows.ts'
import { commitPage, endFetch, renewLeases } from './write.ts'

export type ModelLedger = ReturnType<typeof modelLedger>

/**
 * The ledger as an executable specification: what each of its transactions does, in memory, one at a time. One version of each stream, one
 * tenant, no versions on trial. A suite compares it with the real one, command by command.
 */
export function modelLedger(options: ModelOptions) {
  const tables = new Tables(options)
  return {
    tables,
    create: (stream: { id: string; name: string; adapter: string; spec: StreamSpec }) => createStream(tables, stream),
    start: (id: string) => start(tables, findStream(tables, id)),
    pause: (id: string) => pause(tables, findStream(tables, id)),
    resume: (id: string) => resume(tables, findStream(tables, id)),
    trigger: (id: string) => trigger(tables, findStream(tables, id)),
    spec(id: string): { spec: StreamSpec; transformVersion: number } {
      const stream = tables.streams.get(id)
      if (stream === undefined) throw new WeaverError('not_found', `there is no stream ${id}`)
      return { spec: stream.spec, transformVersion: 1 }
    },
    claim: (workerId: string, leaseMs: number, request: ClaimRequest) => claim(tables, workerId, leaseMs, request),
    commitPage: (page: PageCommit) => commitPage(tables, page),
    endFetch: (end: FetchEnd) => endFetch(tables, end),
    beginDeliveries: (workerId: string, ids: readonly string[]) => beginDeliveries(tables, workerId, ids),
    renewDeliveries: (workerId: string, carried: readonly CarriedDelivery[]) => renewDeliveries(tables, workerId, carried),
    acknowledge: (end: DeliveryEnd) => acknowledge(tables, end),
    renewLeases: (worker: WorkerRegistration, held: readonly HeldRun[], leaseMs: number) => renewLeases(tables, worker, held, leaseMs),
    leaveWorkers: (workerId: string) => void tables.workers.delete(workerId),
    stopStream: (id: string, request: StopRequest = {}) => stopStream(tables, id, request),
    interruptRun: (runId: string) => interruptRun(tables, runId),
    releaseRun: (runId: string) => releaseRun(tables, runId),
    drainWorker: (workerId: string, deadlineMs?: number) => drainWorker(tables, workerId, deadlineMs),
    begin: ({ action, filter, mode }: Pick<BulkRequest, 'action' | 'filter' | 'mode'>) =>
      begin(tables, { action, filter, ...(mode === undefined ? {} : { mode }) }),
    applyNext: () => applyNext(tables),
    look: (id?: string | null) => look(tables, id),
    takeDueRuns: (limit: number) => takeDueRuns(tables, limit),
    takeDueDeliveries: (limit: number) => takeDueDeliveries(tables, limit),
    endLost: (limit: number, leaseMs: number) => endLost(tables, limit, leaseMs),
    hurryLost: (limit: number, leaseMs: number, known: readonly string[]) => hurryLost(tables, limit, leaseMs, known),
    continueStreams: (most: number) => continueStreams(tables, most),
    probeStreams: (most: number) => probeStreams(tables, most),
    poolsServed: () => poolsServed(tables),
    tickingStreams: () => tickingStreams(tables),
    account: (streams: readonly ScheduledStream[], what: Parameters<typeof account>[2]) => account(tables, streams, what),
  }
}
