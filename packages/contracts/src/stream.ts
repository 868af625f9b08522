import Type, { type Static, type TSchema } from 'typebox'
import { BudgetSpec } from './budget.ts'
import { errorCodes } from './error.ts'
import { RunError, runStates } from './run.ts'
import { Transform } from './transform.ts'

const strict = { additionalProperties: false } as const
const day = 86_400_000

/** Names of streams. A document's id starts with it, so it never changes. */
export const StreamName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$',
  description: 'Letters, digits, `_` and `-`, 1-63 characters, unique, never changed: document ids start with it.',
  examples: ['madrid-air'],
})

const time = (description: string) => Type.String({ format: 'date-time', description, examples: ['2027-01-31T08:00:00Z'] })

/** What schedules with many ticks have in common. */
const recurring = {
  jitter: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: day,
      description:
        'Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.',
      examples: [60_000],
    }),
  ),
  startAt: Type.Optional(time('No tick before this time.')),
  endAt: Type.Optional(time('No tick after this time.')),
}

export const Schedule = Type.Union(
  [
    Type.Object(
      {
        every: Type.Integer({
          minimum: 100,
          maximum: 366 * day,
          description: 'Milliseconds from one tick to the next, at least 100.',
          examples: [300_000],
        }),
        ...recurring,
      },
      strict,
    ),
    Type.Object(
      {
        cron: Type.String({
          minLength: 9,
          maxLength: 256,
          description: 'Cron expression of 5 fields, or 6 with seconds first.',
          examples: ['*/5 * * * *'],
        }),
        timezone: Type.Optional(
          Type.String({ maxLength: 64, description: 'IANA time zone, UTC by default.', examples: ['Europe/Madrid'] }),
        ),
        ...recurring,
      },
      strict,
    ),
    Type.Object({ at: time('Runs once, at this time.') }, strict),
    Type.Object(
      {
        continuous: Type.Literal(true, {
          description: 'Runs without end: for adapters that hold a live connection. A run that ends is followed by the next.',
        }),
      },
      strict,
    ),
    Type.Object({ manual: Type.Literal(true, { description: 'Runs only when triggered.' }) }, strict),
  ],
  { description: 'When the stream runs.', examples: [{ every: 300_000 }] },
)
export type Schedule = Static<typeof Schedule>

export const SinkEntry = Type.Object(
  { type: Type.String({ minLength: 1, maxLength: 64, description: 'Kind of sink.', examples: ['postgres'] }) },
  { additionalProperties: true, description: 'A sink and its options.' },
)
export type SinkEntry = Static<typeof SinkEntry>

export const RetryPolicy = Type.Object(
  {
    attempts: Type.Integer({ minimum: 1, maximum: 100, description: 'Attempts of one run, the first included.' }),
    delay: Type.Integer({
      minimum: 10,
      maximum: day,
      description: 'Milliseconds before the second attempt; doubles from there, with full jitter.',
    }),
    maxDelay: Type.Integer({ minimum: 10, maximum: day, description: 'Longest wait between attempts, milliseconds.' }),
    codes: Type.Optional(
      Type.Array(Type.Enum([...errorCodes]), {
        minItems: 1,
        maxItems: errorCodes.length,
        uniqueItems: true,
        description: 'Error codes after which another attempt is made. Default: those that a retry may mend.',
        examples: [['source_unavailable', 'source_timeout']],
      }),
    ),
  },
  { ...strict, description: 'What happens after a retryable error.' },
)
export type RetryPolicy = Static<typeof RetryPolicy>
export const defaultRetry: RetryPolicy = { attempts: 3, delay: 1000, maxDelay: 60_000 }

export const overlapModes = ['skip', 'buffer', 'interruptRunning', 'allow'] as const
export type OverlapMode = (typeof overlapModes)[number]

const Overlap = Type.Enum([...overlapModes], {
  description:
    'What becomes of a tick that comes while a run is in progress. skip: it is skipped. buffer: it waits, at most 100 of them. interruptRunning: the run in ' +
    'progress is interrupted. allow: both run; only one of them moves the cursor.',
  default: 'skip',
})

export const CatchUp = Type.Object(
  {
    window: Type.Integer({
      minimum: 1000,
      maximum: 31 * day,
      description: 'Missed ticks younger than this are run after an outage, milliseconds.',
    }),
    runs: Type.Enum(['all', 'latest'], { description: 'All of them, or only the latest.' }),
  },
  { ...strict, examples: [{ window: 3_600_000, runs: 'latest' }] },
)
export type CatchUp = Static<typeof CatchUp>

export const AutoPause = Type.Object(
  {
    failures: Type.Integer({ minimum: 1, maximum: 1000, description: 'Failed runs in a row after which the stream is paused.' }),
    probe: Type.Integer({
      minimum: 1000,
      maximum: 31 * day,
      description:
        'Milliseconds after which one run probes the source; when it succeeds the stream goes on, else it stays paused until the next probe.',
    }),
  },
  { ...strict, examples: [{ failures: 10, probe: 900_000 }] },
)
export type AutoPause = Static<typeof AutoPause>

const specFields = {
  config: Type.Record(Type.String(), Type.Unknown(), { description: 'Configuration of the adapter, by its schema.' }),
  schedule: Schedule,
  timeout: Type.Integer({
    minimum: 100,
    maximum: 7 * day,
    description: 'Longest time a run may take, milliseconds. Default: the interval, or 300000 without one.',
  }),
  bucket: Type.String({
    pattern: '^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$',
    description: 'Bucket of the object store for raw responses.',
    default: 'results',
  }),
  transform: Type.Union([Transform, Type.Null()], { description: 'Mapping from record to document; null: the record as it is.' }),
  sinks: Type.Array(SinkEntry, { minItems: 0, maxItems: 16, description: 'Where documents go.', default: [{ type: 'postgres' }] }),
  pool: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$', description: 'Pool of workers that runs it.', default: 'default' }),
  retry: RetryPolicy,
  overlap: Overlap,
  catchUp: Type.Union([CatchUp, Type.Null()], { description: 'Which missed ticks are run later; null: none.' }),
  autoPause: Type.Union([AutoPause, Type.Null()], { description: 'When failures pause the stream; null: never.' }),
  freshWithin: Type.Union([Type.Integer({ minimum: 1000, maximum: 366 * day }), Type.Null()], {
    description: 'Milliseconds after which the last good data count as stale; null: never.',
  }),
  retainFor: Type.Union([Type.Integer({ minimum: 3_600_000, maximum: 36_600 * day }), Type.Null()], {
    description:
      'Milliseconds that raw responses are kept after their commit, an hour at least; null: for ever. Documents and all that is known about the response stay.',
  }),
  budget: Type.Union([BudgetSpec, Type.Null()], {
    description: 'Rate limits of the source that the stream knows; null: those that the source tells.',
  }),
}

/** What specs have that were stored before these fields existed, and streams that do not say. */
export const specDefaults = { overlap: 'skip', catchUp: null, autoPause: null, freshWithin: null, retainFor: null, budget: null } as const

/** The versioned part of a stream. */
export const StreamSpec = Type.Object(specFields, strict)
export type StreamSpec = Static<typeof StreamSpec>

const SecretName = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' })
const SecretValue = Type.String({ minLength: 1, maxLength: 16_384, description: 'Text of 1 to 16,384 characters.' })

export const Secrets = Type.Record(SecretName, SecretValue, {
  ...strict,
  description: 'Secrets by name (letters, digits and `_`, beginning with a letter). They are sealed and never come back.',
})
export type Secrets = Static<typeof Secrets>

const { config, schedule, ...defaulted } = specFields

export const StreamCreate = Type.Object(
  {
    name: StreamName,
    adapter: Type.String({ minLength: 1, maxLength: 64, description: 'Id of the adapter.', examples: ['iqair'] }),
    config,
    schedule,
    secrets: Type.Optional(Secrets),
    ...Type.Partial(Type.Object(defaulted)).properties,
  },
  {
    ...strict,
    examples: [
      {
        name: 'madrid-air',
        adapter: 'iqair',
        config: { resource: 'nearest_city', lat: 40.4, lon: -3.7 },
        secrets: { key: '…' },
        schedule: { every: 300_000 },
        timeout: 180_000,
        bucket: 'results',
        transform: { fields: { city: 'city', aqi: 'current.pollution.aqius' } },
        sinks: [{ type: 'postgres' }],
        pool: 'default',
      },
    ],
  },
)
export type StreamCreate = Static<typeof StreamCreate>

/** A patch has no defaults: validation would fill them in, and so reset what the patch does not mention. */
const { bucket, sinks, pool, overlap, ...undefaulted } = specFields
const withoutDefault = <S extends TSchema>(schema: S): S => {
  const { default: _, ...rest } = schema as S & { default?: unknown }
  return rest as unknown as S
}

export const StreamPatch = Type.Object(
  {
    ...Type.Partial(
      Type.Object({
        ...undefaulted,
        bucket: withoutDefault(bucket),
        sinks: withoutDefault(sinks),
        pool: withoutDefault(pool),
        overlap: withoutDefault(overlap),
      }),
    ).properties,
    secrets: Type.Optional(
      Type.Record(SecretName, Type.Union([SecretValue, Type.Null()]), {
        ...strict,
        description: 'Secrets to set, or to remove with null. Others stay.',
      }),
    ),
  },
  {
    ...strict,
    minProperties: 1,
    description:
      'What is to change: each field given replaces the whole field, others stay. Takes effect at the end of the current interval.',
    examples: [{ schedule: { every: 600_000 }, secrets: { key: '…' } }],
  },
)
export type StreamPatch = Static<typeof StreamPatch>

export const desiredStates = ['started', 'paused', 'stopped'] as const
export type DesiredState = (typeof desiredStates)[number]

export const pauseReasons = ['user', 'failures'] as const
export type PauseReason = (typeof pauseReasons)[number]

const timeOrNull = (description: string) => Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description })

/** How old the data are that all sinks have. */
export const Freshness = Type.Object({
  goodAt: timeOrNull('When the newest data that every sink has were fetched; null: never yet.'),
  ageMs: Type.Union([Type.Integer(), Type.Null()], { description: 'How long ago that was, milliseconds.' }),
  stale: Type.Boolean({ description: 'Older than `freshWithin`.' }),
})
export type Freshness = Static<typeof Freshness>

/** What may be amiss with a stream. */
export const streamConditions = ['late', 'failing', 'waiting'] as const
export type StreamCondition = (typeof streamConditions)[number]

export const StreamConditionName = Type.Enum([...streamConditions], {
  description: 'late: started and behind. failing: its last run failed. waiting: a run of it waits for a rate budget.',
})

/** Orders of a list of streams; with `-` the other way round. */
export const streamOrders = ['name', '-name', 'nextTick', '-nextTick', 'goodData', '-goodData', 'changed', '-changed'] as const
export type StreamOrder = (typeof streamOrders)[number]

/** A run in a few words, for a strip of them. */
export const RunStub = Type.Object({
  id: Type.String({ format: 'uuid' }),
  state: Type.Enum([...runStates]),
  at: Type.String({ format: 'date-time', description: 'Nominal time, or when it was asked for.' }),
  code: Type.Union([Type.String(), Type.Null()], { description: 'Code of its error.' }),
})
export type RunStub = Static<typeof RunStub>

/** How far a sink of a stream is behind. */
export const SinkLag = Type.Object(
  {
    sink: Type.String({ description: 'Kind of sink.' }),
    position: Type.Integer({ minimum: 0, description: 'Place of the sink in the `sinks` of the current version, from 0.' }),
    pending: Type.Integer({ minimum: 0, description: 'Results on their way to it.' }),
    held: Type.Integer({ minimum: 0, description: 'Results held back because the stream or their run was stopped.' }),
    oldestAt: timeOrNull('When the oldest of these was committed; null: the sink has everything.'),
    lagMs: Type.Integer({ minimum: 0, description: 'How long ago that was, milliseconds; 0: the sink has everything.' }),
    error: Type.Union([RunError, Type.Null()], { description: 'Why the latest attempt failed for one that is on its way.' }),
  },
  { $id: 'SinkLag' },
)
export type SinkLag = Static<typeof SinkLag>

export const canaryModes = ['instead', 'beside'] as const
export type CanaryMode = (typeof canaryModes)[number]

export const Canary = Type.Object({
  version: Type.Integer({ description: 'The version on trial.' }),
  mode: Type.Enum([...canaryModes]),
  ticksLeft: Type.Integer({ description: 'Good runs it still needs to become current.' }),
})
export type Canary = Static<typeof Canary>

export const Stream = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: StreamName,
    adapter: Type.String(),
    version: Type.Integer({ minimum: 1, description: 'Version of the configuration; each change makes a new one.' }),
    transformVersion: Type.Integer({
      minimum: 1,
      description: 'Version of what makes documents of pages; grows when the transform or the configuration of the adapter changes.',
    }),
    desired: Type.Enum([...desiredStates]),
    ...specFields,
    secretNames: Type.Array(Type.String(), { description: 'Names of the secrets that are set. Values never come back.' }),
    cursor: Type.Unknown({ description: 'The checkpoint that was committed last, null when there is none.' }),
    nextTickAt: timeOrNull('The next nominal time.'),
    pausedBy: Type.Union([Type.Enum([...pauseReasons]), Type.Null()], { description: 'Who paused it; null when it is not paused.' }),
    probeAt: timeOrNull('When a run probes the source of a stream that failures paused.'),
    failures: Type.Integer({ minimum: 0, description: 'Failed runs in a row.' }),
    freshness: Freshness,
    late: Type.Boolean({
      description:
        'Started, and its data are older than `freshWithin`, or a tick waits longer than 5 s for a worker, or ticks are being missed.',
    }),
    lastRuns: Type.Optional(Type.Array(RunStub, { description: 'In lists that ask for `runs`: the newest runs, the newest first.' })),
    canary: Type.Union([Canary, Type.Null()], { description: 'A version on trial.' }),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Stream' },
)
export type Stream = Static<typeof Stream>

export const StreamVersion = Type.Object(
  {
    version: Type.Integer(),
    transformVersion: Type.Integer(),
    ...specFields,
    createdAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'StreamVersion' },
)
export type StreamVersion = Static<typeof StreamVersion>
