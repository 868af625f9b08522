import {
  type Budget,
  type DeadLetter,
  type DeadLetterGroup,
  type Document,
  type Operation,
  type Problem,
  type Result,
  type ResultEvent,
  type Run,
  type RunLogLine,
  type Stream,
  type StreamVersion,
  type Tick,
  type Worker,
  type WorkerAvailableEvent,
  specDefaults,
} from '@data-weaver/contracts'
import type { Static } from 'typebox'
import type { CheckAnswer } from './check-answer.ts'
import { audit, sinkState, vespaSchemaProposal } from './sink-examples.ts'

/** One life, told in the examples of the API's description: a stream, its run, the result, the document. A test holds them to their schemas. */

const streamId = '0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11'
const runId = '0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e'
const resultId = '5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11'
const createdAt = '2026-03-05T15:56:20.000Z'

const spec = {
  config: { resource: 'nearest_city', lat: 40.4, lon: -3.7 },
  schedule: { every: 300_000 },
  timeout: 180_000,
  bucket: 'results',
  transform: { fields: { city: 'city', aqi: 'current.pollution.aqius' } },
  sinks: [{ type: 'postgres' }],
  pool: 'default',
  retry: { attempts: 3, delay: 1000, maxDelay: 60_000 },
  ...specDefaults,
}

const stream: Stream = {
  id: streamId,
  name: 'madrid-air',
  adapter: 'iqair',
  version: 1,
  transformVersion: 1,
  desired: 'started',
  ...spec,
  secretNames: ['key'],
  cursor: null,
  nextTickAt: '2026-03-05T16:01:20.000Z',
  pausedBy: null,
  probeAt: null,
  failures: 0,
  freshness: { goodAt: '2026-03-05T15:56:20.310Z', ageMs: 21_000, stale: false },
  late: false,
  canary: null,
  createdAt,
  updatedAt: createdAt,
}

const version: StreamVersion = { version: 1, transformVersion: 1, ...spec, createdAt }

const run: Run = {
  id: runId,
  streamId,
  stream: 'madrid-air',
  streamVersion: 1,
  trigger: 'schedule',
  tick: createdAt,
  ticks: 1,
  state: 'succeeded',
  reason: null,
  attempt: 1,
  epoch: 1,
  workerId: 'host-4711-8c1f',
  createdAt,
  startedAt: createdAt,
  fetchedAt: '2026-03-05T15:56:20.310Z',
  finishedAt: '2026-03-05T15:56:20.342Z',
  nextAttemptAt: null,
  error: null,
  pages: 1,
  bytes: 412,
  records: 1,
  documents: 1,
  deadLetters: 0,
  pendingDeliveries: 0,
  heldDeliveries: 0,
  canary: false,
  backfill: null,
}

const result: Result = {
  id: resultId,
  runId,
  streamId,
  stream: 'madrid-air',
  streamVersion: 1,
  seq: 1042,
  part: 0,
  key: `results/${runId}/${resultId}.json`,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  size: 412,
  contentType: 'application/json; charset=utf-8',
  expired: false,
  request: {
    method: 'GET',
    url: 'https://api.airvisual.com/v2/nearest_city?lat=40.4&lon=-3.7&key=***',
    headers: { accept: 'application/json' },
  },
  response: {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    receivedAt: '2026-03-05T15:56:20.301Z',
    durationMs: 281.4,
  },
  gap: null,
  createdAt: '2026-03-05T15:56:20.310Z',
  deliveries: [
    {
      sink: 'postgres',
      position: 0,
      streamVersion: 1,
      state: 'done',
      attempts: 1,
      records: 1,
      documents: 1,
      deadLetters: 0,
      error: null,
      createdAt: '2026-03-05T15:56:20.310Z',
      finishedAt: '2026-03-05T15:56:20.324Z',
      transformMs: 0.4,
    },
  ],
}

const runLogLine: RunLogLine = {
  id: '88',
  at: '2026-03-05T15:56:21.120Z',
  level: 'warn',
  attempt: 1,
  workerId: 'worker-1',
  message: 'an attempt ended with an error',
  fields: { code: 'source_unavailable', detail: 'the source answered 503', outcome: 'retry', retryAfterMs: 740 },
}

const document: Document = {
  id: 'madrid-air:Spain:Madrid:Madrid',
  stream: 'madrid-air',
  seq: 1042,
  fields: { city: 'Madrid', aqi: 41 },
  lineage: { resultId, record: 0, runId, streamId, streamVersion: 1, transformVersion: 1 },
  changedAt: '2026-03-05T15:56:20.340Z',
  revision: 7,
}

const deadLetter: DeadLetter = {
  id: '17',
  streamId,
  stream: 'madrid-air',
  runId,
  resultId,
  sink: 'postgres',
  record: 3,
  error: {
    code: 'transform_failed',
    origin: 'transform',
    message: 'Field aqi: the value at "current.pollution.aqius" is "n/a", which is no number.',
  },
  createdAt,
  resolvedAt: null,
  resolution: null,
}

const deadLetterGroup: DeadLetterGroup = {
  code: 'transform_failed',
  streamId,
  stream: 'madrid-air',
  sink: 'postgres',
  count: 12,
  oldest: '2026-03-04T08:11:20.000Z',
  newest: createdAt,
  example: deadLetter,
}

const worker: Worker = {
  id: 'host-4711-8c1f',
  host: 'host',
  pid: 4711,
  version: '0.1.0',
  pools: ['default'],
  slots: 32,
  running: 1,
  clockDifferenceMs: 3,
  memoryBytes: 143_654_912,
  state: 'up',
  startedAt: createdAt,
  heartbeatAt: '2026-03-05T15:58:00.000Z',
}

const budget: Budget = {
  key: 'name:iqair-community',
  name: 'iqair-community',
  host: null,
  configured: true,
  policies: [
    { requests: 5, perMs: 60_000, remaining: 3 },
    { requests: 500, perMs: 86_400_000, remaining: 212 },
  ],
  concurrency: 2,
  running: 1,
  waiting: 0,
  blockedUntil: null,
  limit: null,
  remaining: null,
  resetAt: null,
  learnedFrom: null,
  learnedAt: null,
  streams: [{ id: streamId, name: 'madrid-air', usedAt: createdAt }],
  usedAt: createdAt,
}

const tick: Tick = {
  tick: createdAt,
  until: createdAt,
  ticks: 1,
  outcome: 'ran',
  reason: null,
  latenessMs: 12,
  trigger: 'schedule',
  runId,
  state: 'succeeded',
}

const operation: Operation = {
  id: '019cbea1-7f00-7c11-8a8e-2b6f1d1c9a10',
  action: 'stop',
  scope: { filter: { adapter: 'iqair' } },
  mode: 'interrupt',
  state: 'waiting',
  streams: { matched: 40, done: 40 },
  runs: { told: 14, acknowledged: 9 },
  workers: [
    { id: 'host-4711-8c1f', told: 9, acknowledged: 9 },
    { id: 'host-4712-03aa', told: 5, acknowledged: 0 },
  ],
  deadlineAt: null,
  error: null,
  createdAt,
  finishedAt: null,
  lastAcknowledgedAt: '2026-03-05T15:56:20.120Z',
}

const problem: Problem = {
  type: 'urn:data-weaver:error:invalid_request',
  title: 'The request is not valid',
  status: 400,
  detail: 'schedule.every must be >= 100',
  code: 'invalid_request',
  instance: 'urn:uuid:8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9',
  errors: [
    {
      field: 'schedule.every',
      problem: 'must be >= 100',
      hint: 'Milliseconds from one tick to the next, at least 100. For example 300000.',
    },
  ],
}

const check: Static<typeof CheckAnswer> = {
  request: { ...result.request },
  response: { ...result.response },
  bytes: 412,
  page: {
    contentType: 'application/json; charset=utf-8',
    text: '{"status":"success","data":{"city":"Madrid","current":{"pollution":{"aqius":41}}}}',
    truncated: false,
  },
  recordCount: 1,
  records: [{ key: ['Spain', 'Madrid', 'Madrid'], fields: { city: 'Madrid', current: { pollution: { aqius: 41 } } }, deleted: false }],
  documents: [{ id: 'madrid-air:Spain:Madrid:Madrid', fields: { city: 'Madrid', aqi: 41 } }],
  problems: [],
}

const adapter = {
  id: 'iqair',
  summary: 'Air quality and weather of a city, from the AirVisual API of IQAir.',
  mode: 'poll',
  pushed: false,
  config: { type: 'object', properties: { resource: { const: 'nearest_city' }, lat: { type: 'number' }, lon: { type: 'number' } } },
  secrets: { type: 'object', properties: { key: { type: 'string' } }, required: ['key'] },
  example: { resource: 'nearest_city', lat: 40.4, lon: -3.7 },
  startMessage: true,
  origin: { kind: 'builtIn' },
}

const resultEvent: ResultEvent = { adapter: 'madrid-air', payload: { id: resultId, filename: result.key }, timestamp: '1772726180' }
const workerEvent: WorkerAvailableEvent = { worker: worker.id, host: worker.host, pools: [...worker.pools], timestamp: '1772726100' }

/** Examples by the names of their schemas. */
export const examples: Readonly<Record<string, unknown>> = {
  Session: { via: 'session', expiresAt: '2026-03-06T03:56:20.000Z' },
  LiveDocument: { ...document, fieldsOmitted: false },
  LiveDeletion: { id: document.id, stream: document.stream, seq: document.seq, changedAt: document.changedAt },
  Stream: stream,
  StreamVersion: version,
  Run: run,
  RunLogLine: runLogLine,
  Tick: tick,
  Backfill: {
    runs: [{ id: runId, since: '2026-01-01T00:00:00.000Z', until: '2026-02-01T00:00:00.000Z', cursor: { version: 1 } }],
    operation: operation.id,
    bounded: true,
  },
  TickRuns: {
    ...{ ticks: 24, already: 0, more: false, first: '2026-03-05T12:00:00.000Z', last: '2026-03-05T13:55:00.000Z' },
    operation: operation.id,
  },
  Operation: operation,
  ActionPreview: { streams: 38, matched: 40, running: 14, workers: 5 },
  VersionDiff: { from: 1, to: 2, changes: [{ path: 'schedule.every', before: 300_000, after: 600_000 }] },
  Result: result,
  Document: document,
  DeadLetter: deadLetter,
  DeadLetterGroup: deadLetterGroup,
  RedeliveryPreview: { results: 8640, deliveries: 17_280, deadLetters: 12 },
  Worker: worker,
  SinkState: sinkState,
  Audit: audit,
  VespaSchemaProposal: vespaSchemaProposal,
  Budget: budget,
  Overview: {
    streams: { total: 40, started: 36, paused: 1, stopped: 3, late: 2, failing: 1, waiting: 4 },
    workers: { up: 3, draining: 0, lost: 0, slots: 48, running: 14 },
    deliveries: { pending: 3, held: 0 },
    deadLetters: 12,
    operations: 0,
    perMinute: { runs: 38, documents: 1240 },
  },
  SinkLag: {
    ...{ sink: 'vespa', position: 1, pending: 3, held: 0, oldestAt: '2026-03-05T15:56:02.310Z', lagMs: 18_000 },
    error: { code: 'sink_unavailable', origin: 'sink', message: 'the sink answered 503' },
  },
  Problem: problem,
  CheckAnswer: check,
  Adapter: adapter,
  ResultEvent: resultEvent,
  WorkerAvailableEvent: workerEvent,
}
