import Type, { type Static } from 'typebox'
import { RunError } from './run.ts'
import { CatchUp, AutoPause, overlapModes, RetryPolicy, Schedule, StreamConditionName } from './stream.ts'

const strict = { additionalProperties: false } as const

export const stopModes = ['interrupt', 'drain'] as const
export type StopMode = (typeof stopModes)[number]

export const streamActions = ['start', 'stop', 'pause', 'resume', 'trigger', 'change', 'delete'] as const
export type StreamAction = (typeof streamActions)[number]

/** Which streams; all conditions together. An empty filter means all streams. */
export const StreamFilter = Type.Object(
  {
    names: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 63 }), { minItems: 1, maxItems: 10_000, description: 'Names or ids.' }),
    ),
    prefix: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Beginning of the name.' })),
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Part of the name, in any case.' })),
    adapter: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    pool: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
    desired: Type.Optional(Type.Enum(['started', 'paused', 'stopped'])),
    condition: Type.Optional(StreamConditionName),
  },
  { ...strict, description: 'Which streams; all conditions together, {} for all.', examples: [{ adapter: 'iqair' }] },
)
export type StreamFilter = Static<typeof StreamFilter>

const stopFields = {
  mode: Type.Optional(
    Type.Enum([...stopModes], {
      description:
        'interrupt: what runs is aborted, and what is on its way to a sink is held. drain: what runs comes to its end, and so does its delivery; after the ' +
        'deadline it is interrupted. Default: interrupt; for live adapters drain.',
    }),
  ),
  deadline: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 86_400_000,
      description: 'Milliseconds a drain may take. Default: 5000 for live adapters, else 60000.',
    }),
  ),
}

export const StopOptions = Type.Object(stopFields, { ...strict, examples: [{ mode: 'drain', deadline: 30_000 }] })
export type StopOptions = Static<typeof StopOptions>

/** What `change` sets on many streams at once: what does not depend on the adapter. */
export const BulkChange = Type.Object(
  {
    schedule: Type.Optional(Schedule),
    timeout: Type.Optional(Type.Integer({ minimum: 100, maximum: 604_800_000 })),
    retry: Type.Optional(RetryPolicy),
    pool: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' })),
    overlap: Type.Optional(Type.Enum([...overlapModes])),
    catchUp: Type.Optional(Type.Union([CatchUp, Type.Null()])),
    autoPause: Type.Optional(Type.Union([AutoPause, Type.Null()])),
    freshWithin: Type.Optional(Type.Union([Type.Integer({ minimum: 1000 }), Type.Null()])),
  },
  { ...strict, minProperties: 1, description: 'For `change`: the fields to set.' },
)
export type BulkChange = Static<typeof BulkChange>

export const StreamsAction = Type.Object(
  {
    action: Type.Enum([...streamActions]),
    filter: StreamFilter,
    change: Type.Optional(BulkChange),
    ...stopFields,
    purge: Type.Optional(
      Type.Boolean({
        description: 'For `delete`: stored results, their bodies and the documents in the sinks go as well. Default: they stay.',
      }),
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Only count what it would do.' })),
  },
  { ...strict, examples: [{ action: 'stop', filter: { adapter: 'iqair' }, mode: 'drain' }] },
)
export type StreamsAction = Static<typeof StreamsAction>

/** What an action would touch now. */
export const ActionPreview = Type.Object(
  {
    streams: Type.Integer({ description: 'Streams it would change.' }),
    matched: Type.Integer({ description: 'Streams the filter finds.' }),
    running: Type.Integer({ description: 'Runs in progress of these streams.' }),
    workers: Type.Integer({ description: 'Workers that run them.' }),
    purged: Type.Optional(
      Type.Object(
        { results: Type.Integer({ description: 'Results that were stored.' }), bytes: Type.Integer({ description: 'Raw bytes of them.' }) },
        { description: 'With `purge`: what goes.' },
      ),
    ),
  },
  { $id: 'ActionPreview' },
)
export type ActionPreview = Static<typeof ActionPreview>

const time = Type.String({ format: 'date-time' })

/** What carries results to sinks again, or says that they need not be. */
export const redeliveryActions = ['reparse', 'redrive', 'discard'] as const
export type RedeliveryAction = (typeof redeliveryActions)[number]

const dryRun = Type.Optional(Type.Boolean({ description: 'Only count what it would do.' }))

/** Which stored results are read again, for which sinks. */
export const ReparseRequest = Type.Object(
  {
    since: Type.Optional(Type.String({ format: 'date-time', description: 'No result that was committed earlier.' })),
    until: Type.Optional(Type.String({ format: 'date-time', description: 'No result that was committed later.' })),
    results: Type.Optional(
      Type.Array(Type.String({ format: 'uuid' }), { minItems: 1, maxItems: 10_000, description: 'Only these results of the stream.' }),
    ),
    run: Type.Optional(Type.String({ format: 'uuid', description: 'Only results of this run of the stream: a replay.' })),
    sinks: Type.Optional(
      Type.Array(Type.Union([Type.Integer({ minimum: 0, maximum: 15 }), Type.String({ minLength: 1, maxLength: 64 })]), {
        minItems: 1,
        maxItems: 16,
        description: 'Only these sinks of the current version: places in its `sinks`, from 0, or types. Default: all.',
      }),
    ),
    dryRun,
  },
  { additionalProperties: false, examples: [{ since: '2027-01-01T00:00:00Z' }] },
)
export type ReparseRequest = Static<typeof ReparseRequest>

export const DeadLetterFilter = Type.Object(
  {
    stream: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Id or name of the stream.' })),
    code: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Code of the error.' })),
    sink: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Type of the sink.' })),
  },
  { additionalProperties: false, description: 'Which open dead letters; all conditions together, {} for all.' },
)
export type DeadLetterFilter = Static<typeof DeadLetterFilter>

/** Which dead letters: either by id or by filter. */
export const DeadLetterAction = Type.Object(
  {
    ids: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9]{1,15}$' }), { minItems: 1, maxItems: 10_000, description: 'Ids of dead letters.' }),
    ),
    filter: Type.Optional(DeadLetterFilter),
    dryRun,
  },
  {
    additionalProperties: false,
    description: 'Either `ids` or `filter`. Only open dead letters are concerned.',
    examples: [{ filter: { stream: 'madrid-air', code: 'transform_failed' } }],
  },
)
export type DeadLetterAction = Static<typeof DeadLetterAction>

/** What a re-parse, a redrive or a discarding would touch now. */
export const RedeliveryPreview = Type.Object(
  {
    results: Type.Integer({ description: 'Stored results that would be read again; none when dead letters are discarded.' }),
    deliveries: Type.Integer({ description: 'Deliveries to sinks that would be made.' }),
    deadLetters: Type.Integer({ description: 'Open dead letters it is about.' }),
  },
  { $id: 'RedeliveryPreview' },
)
export type RedeliveryPreview = Static<typeof RedeliveryPreview>

const Redelivery = Type.Object(
  {
    streamVersion: Type.Union([Type.Integer(), Type.Null()], {
      description:
        'Version that the results are read and transformed with. Null: for each stream the version that is current when its turn comes.',
    }),
    matched: Type.Integer({ description: 'Results (reparse) or dead letters (redrive, discard) that it is about.' }),
    done: Type.Integer({ description: 'Of these, taken in hand.' }),
    deliveries: Type.Integer({ description: 'Deliveries that were made.' }),
    delivered: Type.Integer({ description: 'Of these, those that have ended.' }),
    documents: Type.Integer({ description: 'Documents that sinks acknowledged.' }),
    deadLetters: Type.Integer({ description: 'Records or results that were refused again.' }),
  },
  { description: 'For `reparse`, `redrive` and `discard`: how far it is.' },
)
export type Redelivery = Static<typeof Redelivery>

/** What queues runs of one stream beside its schedule. */
export const queueingActions = ['runTicks', 'backfill'] as const
export type QueueingAction = (typeof queueingActions)[number]

const Queued = Type.Object(
  {
    runs: Type.Integer({ description: 'Runs that were queued.' }),
    ended: Type.Integer({ description: 'Of these, ended in whatever way.' }),
    succeeded: Type.Integer({ description: 'Of these, succeeded: every record is in every sink.' }),
    documents: Type.Integer({ description: 'Documents that sinks acknowledged.' }),
    deadLetters: Type.Integer({ description: 'Records or results that were refused.' }),
  },
  { description: 'For `runTicks` and `backfill`: what became of the runs.' },
)
export type Queued = Static<typeof Queued>

export const Operation = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    action: Type.Enum([...streamActions, 'interrupt', 'drainWorker', ...redeliveryActions, ...queueingActions]),
    scope: Type.Object(
      {
        stream: Type.Optional(Type.String({ description: 'Id of the stream.' })),
        streamName: Type.Optional(Type.String({ description: 'Its name.' })),
        run: Type.Optional(Type.String()),
        worker: Type.Optional(Type.String()),
        filter: Type.Optional(StreamFilter),
        purge: Type.Optional(Type.Boolean({ description: 'Results and documents go as well.' })),
        deadLetters: Type.Optional(
          Type.Object({ ids: Type.Optional(Type.Integer({ description: 'How many.' })), filter: Type.Optional(DeadLetterFilter) }),
        ),
      },
      { description: 'What it is about.' },
    ),
    mode: Type.Union([Type.Enum([...stopModes]), Type.Null()]),
    state: Type.Enum(['applying', 'waiting', 'completed', 'failed'], {
      description:
        'applying: being written to the streams, or deliveries are being made. waiting: in force, not yet acknowledged by all workers, or not all deliveries or queued runs have ended. ' +
        'completed: nothing is left to do.',
    }),
    streams: Type.Object({
      matched: Type.Integer(),
      done: Type.Integer({ description: 'Streams it has been applied to.' }),
    }),
    runs: Type.Object({
      told: Type.Integer({ description: 'Runs and deliveries in progress that were told, or runs that were queued.' }),
      acknowledged: Type.Integer({ description: 'Of these, ended, or their worker’s lease was over.' }),
    }),
    redelivery: Type.Optional(Redelivery),
    queued: Type.Optional(Queued),
    workers: Type.Array(Type.Object({ id: Type.String(), told: Type.Integer(), acknowledged: Type.Integer() })),
    deadlineAt: Type.Union([time, Type.Null()], { description: 'When a drain becomes an interruption.' }),
    error: Type.Union([RunError, Type.Null()]),
    createdAt: time,
    finishedAt: Type.Union([time, Type.Null()]),
    lastAcknowledgedAt: Type.Union([time, Type.Null()]),
  },
  { $id: 'Operation' },
)
export type Operation = Static<typeof Operation>
