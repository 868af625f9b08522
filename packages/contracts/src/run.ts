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

export const runTriggers = ['schedule', 'manual', 'catchUp', 'probe', 'canary', 'push', 'backfill'] as const
export type RunTrigger = (typeof runTriggers)[number]

/** Why a tick did not run, or a run waits. */
export const tickReasons = [
  'overlap',
  'bufferFull',
  'superseded',
  'paused',
  'budget',
  'noWorker',
  'notInTime',
  'outage',
  'stopped',
  'scheduleChanged',
] as const
export type TickReason = (typeof tickReasons)[number]

export const RunError = Type.Object({
  code: Type.Enum([...errorCodes]),
  origin: Type.String(),
  message: Type.String(),
  upstreamCode: Type.Optional(Type.String({ description: 'What the source called it.' })),
})
export type RunError = Static<typeof RunError>

const time = Type.String({ format: 'date-time' })
const count = (description: string) => Type.Integer({ minimum: 0, description })

/** A run beside the others of its stream, with a checkpoint of its own. */
export const RunBackfill = Type.Object({
  since: Type.Union([time, Type.Null()], { description: 'Beginning of the stretch of time; null: it was given as a cursor.' }),
  until: Type.Union([time, Type.Null()], { description: 'End of the stretch of time; null: it has none.' }),
  from: Type.Unknown({ description: 'The cursor it begins with.' }),
  checkpoint: Type.Unknown({ description: 'How far it is. The cursor of the stream is another.' }),
})
export type RunBackfill = Static<typeof RunBackfill>

export const Run = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    streamId: Type.String({ format: 'uuid' }),
    stream: Type.String({ description: 'Name of the stream.' }),
    streamVersion: Type.Union([Type.Integer(), Type.Null()], { description: 'Version the run is pinned to; null until it was claimed.' }),
    trigger: Type.Enum([...runTriggers]),
    tick: Type.Union([time, Type.Null()], {
      description: 'Nominal time; null for a run that has none: one by hand, or one that was pushed.',
    }),
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
    pendingDeliveries: count('Results still on their way to a sink, held ones included.'),
    heldDeliveries: count('Results held back because the run was interrupted; POST /v1/runs/{id}/release sends them on.'),
    canary: Type.Boolean({ description: 'Whether it tried a version before it was current.' }),
    backfill: Type.Union([RunBackfill, Type.Null()], { description: 'What a backfill fetches again; null for all other runs.' }),
  },
  { $id: 'Run' },
)
export type Run = Static<typeof Run>

export const runLogLevels = ['info', 'warn', 'error'] as const
export type RunLogLevel = (typeof runLogLevels)[number]

/** What was worth saying while a run was under way. */
export const RunLogLine = Type.Object(
  {
    id: Type.String(),
    at: time,
    level: Type.Enum([...runLogLevels]),
    attempt: count('Attempt of the run.'),
    workerId: Type.String(),
    message: Type.String({ description: 'A constant sentence.' }),
    fields: Type.Record(Type.String(), Type.Unknown(), { description: 'What it is about; secrets redacted.' }),
  },
  { $id: 'RunLogLine' },
)
export type RunLogLine = Static<typeof RunLogLine>

/** How a nominal time is accounted for. */
export const tickOutcomes = ['ran', 'inProgress', 'skipped', 'missed'] as const
export type TickOutcome = (typeof tickOutcomes)[number]

export const Tick = Type.Object(
  {
    tick: Type.String({ format: 'date-time', description: 'Nominal time; the first of a stretch.' }),
    until: Type.String({ format: 'date-time', description: 'The last nominal time of the stretch.' }),
    ticks: Type.Integer({ minimum: 1, description: 'Nominal times this entry stands for.' }),
    outcome: Type.Enum([...tickOutcomes]),
    reason: Type.Union([Type.Enum([...tickReasons]), Type.Null()], { description: 'Why it was skipped or missed.' }),
    latenessMs: Type.Union([Type.Integer(), Type.Null()], { description: 'From the nominal time to the start of the run.' }),
    trigger: Type.Enum([...runTriggers], { description: 'catchUp: it was missed or skipped first, and run later.' }),
    runId: Type.String({ format: 'uuid' }),
    state: Type.Enum([...runStates], { description: 'Of the run.' }),
  },
  { $id: 'Tick' },
)
export type Tick = Static<typeof Tick>

/** Ticks that one call runs at most. */
export const mostTicksRun = 1000

const dryRun = Type.Optional(Type.Boolean({ description: 'Only answer what would be run.' }))

/** Which ticks are to be run after all. */
export const RunTicks = Type.Union(
  [
    Type.Object(
      {
        ticks: Type.Array(Type.String({ format: 'date-time' }), {
          minItems: 1,
          maxItems: mostTicksRun,
          description: 'Nominal times that were missed or skipped. Those that have a run already are left alone.',
        }),
        dryRun,
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        since: Type.String({ format: 'date-time', description: 'No earlier tick.' }),
        until: Type.String({ format: 'date-time', description: 'No later tick.' }),
        outcomes: Type.Optional(
          Type.Array(Type.Enum(['missed', 'skipped']), {
            minItems: 1,
            maxItems: 2,
            uniqueItems: true,
            description: 'Which of them. Default: those that were missed.',
          }),
        ),
        dryRun,
      },
      { additionalProperties: false },
    ),
  ],
  {
    description: 'Ticks by their nominal times, or all of a window.',
    examples: [{ since: '2026-03-05T12:00:00.000Z', until: '2026-03-05T14:00:00.000Z', dryRun: true }],
  },
)
export type RunTicks = Static<typeof RunTicks>

export const TickRuns = Type.Object(
  {
    ticks: count('Ticks that are queued to be run, or would be.'),
    already: count('Ticks of those named that have a run already.'),
    more: Type.Boolean({ description: `The window has more: one call runs ${mostTicksRun}, the oldest first. Ask again for the rest.` }),
    first: Type.Union([time, Type.Null()], { description: 'The first of the ticks to run.' }),
    last: Type.Union([time, Type.Null()], { description: 'The last of them.' }),
    operation: Type.Union([Type.String({ format: 'uuid' }), Type.Null()], {
      description: 'The operation that tells how far they are; null where nothing is queued.',
    }),
  },
  { $id: 'TickRuns' },
)
export type TickRuns = Static<typeof TickRuns>

/** `holding`: told to stop while a worker carries it; `held`: stopped, sent on when it is released. */
export const deliveryStates = ['pending', 'holding', 'held', 'done', 'dead'] as const
export type DeliveryState = (typeof deliveryStates)[number]

export const Delivery = Type.Object({
  sink: Type.String(),
  position: Type.Integer({ description: 'Place of the sink in the `sinks` of the version, from 0.' }),
  streamVersion: Type.Integer({
    description: 'Version that reads and transforms the page: the one it was fetched with, or that of a re-parse or redrive.',
  }),
  state: Type.Enum([...deliveryStates]),
  attempts: count('Attempts begun.'),
  records: count('Records read.'),
  documents: count('Documents acknowledged.'),
  deadLetters: count('Records refused.'),
  error: Type.Union([RunError, Type.Null()]),
  createdAt: time,
  finishedAt: Type.Union([time, Type.Null()], { description: 'When the sink had acknowledged it, or it was given up.' }),
  transformMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'How long its last attempt took to read the records of the page and to transform them, milliseconds; null until then.',
  }),
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
    expired: Type.Boolean({ description: 'The raw bytes were deleted: the stream keeps them for a while only (`retainFor`).' }),
    request: Type.Object(facts, { description: 'Secrets redacted.' }),
    response: Type.Object({
      status: Type.Integer(),
      headers: Type.Record(Type.String(), Type.String()),
      receivedAt: time,
      durationMs: Type.Number(),
    }),
    gap: Type.Union(
      [
        Type.Object({
          since: time,
          until: time,
          reason: Type.Enum(['reconnect', 'resumeRefused', 'slowConsumer', 'start']),
        }),
        Type.Null(),
      ],
      { description: 'What a live source could not send again before this page.' },
    ),
    createdAt: time,
    deliveries: Type.Optional(Type.Array(Delivery)),
  },
  { $id: 'Result' },
)
export type Result = Static<typeof Result>

export const deadLetterStates = ['open', 'resolved'] as const
export type DeadLetterState = (typeof deadLetterStates)[number]

export const deadLetterResolutions = ['redriven', 'reparsed', 'discarded'] as const
export type DeadLetterResolution = (typeof deadLetterResolutions)[number]

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
    resolvedAt: Type.Union([time, Type.Null()], { description: 'Null: it is open.' }),
    resolution: Type.Union([Type.Enum([...deadLetterResolutions]), Type.Null()], {
      description:
        'redriven: delivered again on demand. reparsed: its result was read again by a re-parse. What was refused again is a new dead letter. discarded: it is to stay out.',
    }),
  },
  { $id: 'DeadLetter' },
)
export type DeadLetter = Static<typeof DeadLetter>

/** Dead letters of one cause. */
export const DeadLetterGroup = Type.Object(
  {
    code: Type.Enum([...errorCodes]),
    streamId: Type.String({ format: 'uuid' }),
    stream: Type.String(),
    sink: Type.String(),
    count: count('Dead letters of this cause.'),
    oldest: time,
    newest: time,
    example: DeadLetter,
  },
  { $id: 'DeadLetterGroup' },
)
export type DeadLetterGroup = Static<typeof DeadLetterGroup>
