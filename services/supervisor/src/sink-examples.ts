import type { Audit, SinkState, VespaSchemaProposal } from '@data-weaver/contracts'

const statistics = {
  documents: 128_400,
  documentsPerSecond: 2140.5,
  rejected: 3,
  window: 64,
  inFlight: 51,
  overloads: 12,
  retries: 0,
  latencyMs: { p50: 4.2, p90: 9.7, p99: 31.5 },
}

export const sinkState: SinkState = {
  sink: 'vespa',
  target: 'weaver/earthquake',
  ...statistics,
  workers: [{ worker: 'worker-1', ...statistics }],
}

export const audit: Audit = {
  id: '0193a6f3-2b6e-7d2b-9d7a-5f1f0c8d2e11',
  trigger: 'user',
  documentType: null,
  since: null,
  repair: true,
  state: 'completed',
  targets: [
    {
      namespace: 'weaver',
      documentType: 'earthquake',
      results: 8640,
      unreadable: 0,
      expected: 12_400,
      found: 12_399,
      tombstones: 12,
      collected: 2,
      missing: 1,
      stale: 0,
      altered: 0,
      unknown: 0,
      foreign: 0,
      examples: [{ finding: 'missing', id: 'earthquakes:ci38457511', resultId: '5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11' }],
      repairs: ['0193a6f3-3c1d-7c7e-8a35-0d9d4a1f5b6e'],
      unrepairable: 0,
    },
  ],
  error: null,
  createdAt: '2026-03-05T16:00:00.000Z',
  startedAt: '2026-03-05T16:00:00.100Z',
  finishedAt: '2026-03-05T16:00:09.700Z',
}

export const vespaSchemaProposal: VespaSchemaProposal = {
  documentType: 'madrid_air',
  schema:
    'schema madrid_air {\n\n    document madrid_air inherits weaver {\n\n        field aqi type long {\n            indexing: summary | attribute\n        }\n    }\n}\n',
  service: '<document type="madrid_air" mode="index"/>',
  sink: { type: 'vespa', documentType: 'madrid_air', fields: { aqi: { from: 'aqi', type: 'long' } } },
  notes: [],
  results: 20,
  documents: 20,
}
