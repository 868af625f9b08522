import Type, { type Static, type TSchema } from 'typebox'
import { Transform } from './transform.ts'

const strict = { additionalProperties: false } as const
const day = 86_400_000

/** Names of streams. A document's id starts with it, so it never changes. */
export const StreamName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$',
  description: 'Letters, digits, `_` and `-`, 1-63 characters, unique, never changed: document ids start with it.',
  examples: ['madrid-air'],
})

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
  },
  { ...strict, description: 'What happens after a retryable error.' },
)
export type RetryPolicy = Static<typeof RetryPolicy>
export const defaultRetry: RetryPolicy = { attempts: 3, delay: 1000, maxDelay: 60_000 }

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
}

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
const { bucket, sinks, pool, ...undefaulted } = specFields
const withoutDefault = <S extends TSchema>(schema: S): S => {
  const { default: _, ...rest } = schema as S & { default?: unknown }
  return rest as unknown as S
}

export const StreamPatch = Type.Object(
  {
    ...Type.Partial(
      Type.Object({ ...undefaulted, bucket: withoutDefault(bucket), sinks: withoutDefault(sinks), pool: withoutDefault(pool) }),
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

export const Stream = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: StreamName,
    adapter: Type.String(),
    version: Type.Integer({ minimum: 1, description: 'Version of the configuration; each change makes a new one.' }),
    transformVersion: Type.Integer({ minimum: 1, description: 'Version of the transform; grows when the transform changes.' }),
    desired: Type.Enum([...desiredStates]),
    ...specFields,
    secretNames: Type.Array(Type.String(), { description: 'Names of the secrets that are set. Values never come back.' }),
    cursor: Type.Unknown({ description: 'Checkpoint of the last committed page, null when there is none.' }),
    nextTickAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description: 'The next nominal time.' }),
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
