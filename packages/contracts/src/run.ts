import Type, { type Static } from 'typebox'
import { errorCodes } from './error.ts'

export const runStates = [
  'queued',
  'running',
  'waiting',
  'stopping',
  'delivering',
  'succeeded',
  'partial',
  'failed',
  'interrupted',
  'timedOut',
  'skipped',
  'missed',
] as const
export type RunState = (typeof runStates)[number]

export const runTriggers = ['schedule', 'manual'] as const
export type RunTrigger = (typeof runTriggers)[number]

export const RunError = Type.Object({
  code: Type.Enum([...errorCodes]),
  origin: Type.String(),
  message: Type.String(),
  upstreamCode: Type.Optional(Type.String({ description: 'What the source called it.' })),
})
export type RunError = Static<typeof RunError>

const time = Type.String({ format: 'date-time' })
const count = (description: string) => Type.Integer({ minimum: 0, description })

export const Run = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    streamId: Type.String({ format: 'uuid' }),
    stream: Type.String({ description: 'Name of the stream.' }),
    streamVersion: Type.Union([Type.Integer(), Type.Null()], { description: 'Version the run is pinned to; null until it was claimed.' }),
    trigger: Type.Enum([...runTriggers]),
    tick: Type.Union([time, Type.Null()], { description: 'Nominal time; null for a manual run.' }),
    ticks: count('Nominal times this row stands for: 1, or more in one missed stretch.'),
    state: Type.Enum([...runStates]),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Why a tick was skipped or missed.' }),
    attempt: count('Attempts begun.'),
    epoch: count('Fencing token: how often the run was claimed.'),
    workerId: Type.Union([Type.String(), Type.Null()]),
    createdAt: time,
    startedAt: Type.Union([time, Type.Null()]),
    fetchedAt: Type.Union([time, Type.Null()], { description: 'When the last page was committed.' }),
    finishedAt: Type.Union([time, Type.Null()]),
    nextAttemptAt: Type.Union([time, Type.Null()]),
    error: Type.Union([RunError, Type.Null()]),
    pages: count('Pages committed.'),
    bytes: count('Raw bytes committed.'),
    records: count('Records read from the pages by the sink jobs, over all sinks.'),
    documents: count('Documents acknowledged by sinks.'),
    deadLetters: count('Records or results refused.'),
    pendingDeliveries: count('Results still on their way to a sink.'),
  },
  { $id: 'Run' },
)
export type Run = Static<typeof Run>

export const deliveryStates = ['pending', 'done', 'dead'] as const
export type DeliveryState = (typeof deliveryStates)[number]

export const Delivery = Type.Object({
  sink: Type.String(),
  state: Type.Enum([...deliveryStates]),
  attempts: count('Attempts begun.'),
  records: count('Records read.'),
  documents: count('Documents acknowledged.'),
  deadLetters: count('Records refused.'),
  error: Type.Union([RunError, Type.Null()]),
})
export type Delivery = Static<typeof Delivery>

const facts = { method: Type.String(), url: Type.String(), headers: Type.Record(Type.String(), Type.String()) }

export const Result = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    runId: Type.String({ format: 'uuid' }),
    streamId: Type.String({ format: 'uuid' }),
    stream: Type.String(),
    streamVersion: Type.Integer(),
    seq: Type.Integer({ description: 'Grows with each committed result; documents carry it.' }),
    part: count('Index of the page in its run.'),
    key: Type.String({ description: 'Key in the object store.' }),
    sha256: Type.String({ description: 'Of the raw bytes, hexadecimal.' }),
    size: count('Raw bytes.'),
    contentType: Type.String(),
    request: Type.Object(facts, { description: 'Secrets redacted.' }),
    response: Type.Object({
      status: Type.Integer(),
      headers: Type.Record(Type.String(), Type.String()),
      receivedAt: time,
      durationMs: Type.Number(),
    }),
    createdAt: time,
    deliveries: Type.Optional(Type.Array(Delivery)),
  },
  { $id: 'Result' },
)
export type Result = Static<typeof Result>

export const DeadLetter = Type.Object(
  {
    id: Type.String(),
    streamId: Type.String({ format: 'uuid' }),
    stream: Type.String(),
    runId: Type.String({ format: 'uuid' }),
    resultId: Type.String({ format: 'uuid' }),
    sink: Type.String(),
    record: Type.Union([Type.Integer(), Type.Null()], { description: 'Index of the record; null: the whole result.' }),
    error: RunError,
    createdAt: time,
  },
  { $id: 'DeadLetter' },
)
export type DeadLetter = Static<typeof DeadLetter>
