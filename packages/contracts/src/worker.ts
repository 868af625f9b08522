import Type, { type Static } from 'typebox'
import { StreamName } from './stream.ts'

export const Worker = Type.Object(
  {
    id: Type.String(),
    host: Type.String(),
    pid: Type.Integer(),
    version: Type.String(),
    pools: Type.Array(Type.String()),
    slots: Type.Integer({ description: 'Runs it executes at once.' }),
    running: Type.Integer({ description: 'Runs it holds a lease on.' }),
    clockDifferenceMs: Type.Integer({ description: 'Its clock minus the database’s, milliseconds.' }),
    memoryBytes: Type.Integer({ description: 'Resident memory.' }),
    state: Type.Enum(['up', 'draining', 'lost']),
    startedAt: Type.String({ format: 'date-time' }),
    heartbeatAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Worker' },
)
export type Worker = Static<typeof Worker>

/** The short message that makes a stream and starts it. Its shape is fixed. */
export const StartMessage = Type.Object(
  {
    adapter: StreamName,
    endpoint: Type.String({ minLength: 1, maxLength: 2048, description: 'URL to fetch.' }),
    secret_key: Type.Optional(Type.String({ minLength: 1, maxLength: 16_384 })),
    interval: Type.Integer({ minimum: 100, description: 'Milliseconds between ticks.' }),
    timeout: Type.Optional(Type.Integer({ minimum: 100, description: 'Milliseconds; default: the interval.' })),
    bucket_name: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$' })),
    type: Type.Optional(Type.String({ description: 'Adapter, where the name does not begin with it.' })),
  },
  {
    additionalProperties: false,
    $id: 'StartMessage',
    examples: [
      {
        adapter: 'IQAIR_DAILY',
        endpoint: 'http://api.airvisual.com/v2/nearest_city',
        secret_key: 'mykey',
        interval: 300_000,
        timeout: 180_000,
        bucket_name: 'results',
      },
    ],
  },
)
export type StartMessage = Static<typeof StartMessage>

export const StopMessage = Type.Object(
  { adapter: StreamName },
  { additionalProperties: false, $id: 'StopMessage', examples: [{ adapter: 'IQAIR_DAILY' }] },
)
export type StopMessage = Static<typeof StopMessage>

export const MessageAnswer = Type.Object(
  { success: Type.Boolean(), message: Type.String() },
  { $id: 'MessageAnswer', examples: [{ success: true, message: 'Started fetching from adapter IQAIR_DAILY.' }] },
)
