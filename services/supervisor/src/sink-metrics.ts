import type { Audit, SinkStatistics } from '@data-weaver/contracts'
import { Gauge, type Registry } from 'prom-client'
import type { SinkStates } from './sink-states.ts'

const labelNames = ['worker', 'sink', 'target'] as const

type Value = (state: SinkStatistics) => number | undefined

/** Gauges, counts among them: a worker that comes back counts from 0, and one that has gone is not here any more. */
const described: readonly (readonly [name: string, help: string, value: Value])[] = [
  ['weaver_sink_documents', 'Documents that a sink took since the worker opened it.', ({ documents }) => documents],
  ['weaver_sink_documents_per_second', 'Documents a second, of the last ten seconds.', ({ documentsPerSecond }) => documentsPerSecond],
  ['weaver_sink_rejected', 'Documents that a sink refused for good since the worker opened it.', ({ rejected }) => rejected],
  ['weaver_sink_window', 'Operations that may be under way at once.', ({ window }) => window],
  ['weaver_sink_in_flight', 'Operations under way.', ({ inFlight }) => inFlight],
  ['weaver_sink_overloads', 'Answers that it is too much (429) since the worker opened the sink.', ({ overloads }) => overloads],
  ['weaver_sink_retries', 'Operations sent again for another reason since the worker opened the sink.', ({ retries }) => retries],
  ['weaver_embedding_requests', 'Requests to the endpoint that embeds texts.', ({ embedding }) => embedding?.requests],
  ['weaver_embedding_texts', 'Texts that were embedded.', ({ embedding }) => embedding?.texts],
  ['weaver_embedding_reused', 'Texts whose vector was there already.', ({ embedding }) => embedding?.reused],
  ['weaver_embedding_overloads', 'Answers of the endpoint that it is too much (429).', ({ embedding }) => embedding?.overloads],
]

/** Metrics of the sinks that workers feed, and of the last audit that was about everything; the answer brings them up to date. */
export function measureSinks(registry: Registry, states: Pick<SinkStates, 'byWorker'>): (audit: Audit | undefined) => void {
  const [askWorkers, noteAudit] = [measureWorkers(registry, states), measureAudits(registry)]
  return (audit) => {
    askWorkers()
    noteAudit(audit)
  }
}

function measureWorkers(registry: Registry, states: Pick<SinkStates, 'byWorker'>): () => void {
  const registers = [registry]
  const gauges = described.map(([name, help, value]) => ({ gauge: new Gauge({ name, help, labelNames, registers }), value }))
  const latency = new Gauge({
    name: 'weaver_sink_latency_seconds',
    help: 'Time to an answer, of the last 1,024 of them.',
    labelNames: [...labelNames, 'quantile'],
    registers,
  })
  return () => {
    for (const { gauge } of gauges) gauge.reset()
    latency.reset()
    for (const { worker, sink, target, ...state } of states.byWorker()) {
      for (const { gauge, value } of gauges) {
        const now = value(state)
        if (now !== undefined) gauge.set({ worker, sink, target }, now)
      }
      const { p50, p90, p99 } = state.latencyMs
      for (const [quantile, ms] of [
        ['0.5', p50],
        ['0.9', p90],
        ['0.99', p99],
      ] as const)
        latency.set({ worker, sink, target, quantile }, ms / 1000)
    }
  }
}

function measureAudits(registry: Registry): (audit: Audit | undefined) => void {
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['target', 'finding'], registers })
  const documents = gauge('weaver_audit_documents', 'What the last comparison of Vespa with the ledger found, by finding.')
  const finished = new Gauge({ name: 'weaver_audit_finished_timestamp_seconds', help: 'When that comparison ended.', registers })
  return (audit) => {
    documents.reset()
    finished.reset()
    if (audit === undefined) return
    finished.set(Date.parse(audit.finishedAt ?? audit.createdAt) / 1000)
    for (const { namespace, documentType, ...counts } of audit.targets) {
      const target = `${namespace}/${documentType}`
      for (const finding of ['expected', 'found', 'missing', 'stale', 'altered', 'unknown', 'unreadable'] as const)
        documents.set({ target, finding }, counts[finding])
    }
  }
}
