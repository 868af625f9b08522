import Type, { type Static } from 'typebox'
import { RunError } from './run.ts'
import { CatchUp, AutoPause, overlapModes, RetryPolicy, Schedule } from './stream.ts'

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
    adapter: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    pool: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
    desired: Type.Optional(Type.Enum(['started', 'paused', 'stopped'])),
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
  },
  { $id: 'ActionPreview' },
)
export type ActionPreview = Static<typeof ActionPreview>

const time = Type.String({ format: 'date-time' })

export const Operation = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    action: Type.Enum([...streamActions, 'interrupt', 'drainWorker']),
    scope: Type.Object(
      {
        stream: Type.Optional(Type.String()),
        run: Type.Optional(Type.String()),
        worker: Type.Optional(Type.String()),
        filter: Type.Optional(StreamFilter),
      },
      { description: 'What it is about.' },
    ),
    mode: Type.Union([Type.Enum([...stopModes]), Type.Null()]),
    state: Type.Enum(['applying', 'waiting', 'completed', 'failed'], {
      description:
        'applying: being written to the streams. waiting: in force, not yet acknowledged by all workers. completed: nothing is left to do.',
    }),
    streams: Type.Object({
      matched: Type.Integer(),
      done: Type.Integer({ description: 'Streams it has been applied to.' }),
    }),
    runs: Type.Object({
      told: Type.Integer({ description: 'Runs and deliveries in progress that were told.' }),
      acknowledged: Type.Integer({ description: 'Of these, ended, or their worker’s lease was over.' }),
    }),
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
