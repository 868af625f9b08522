import Type, { type Static } from 'typebox'
import { authField, connectionFields, headersField, liveSecrets, reconnectField, segmentField } from '../src/live/fields.ts'
import { DeletedByEvent, DeletedByValue, recordFields } from '../src/live/records-field.ts'

const { Optional } = Type

export const defaults = { openMs: 30_000, idleMs: 120_000, maxMessageBytes: 1024 * 1024, errorEvents: ['error'] } as const

const eventName = (description: string) => Type.String({ minLength: 1, maxLength: 200, description })

export const SseConfig = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'Address of the stream, http or https.',
      examples: ['https://api.example.com/v1/events'],
    }),
    headers: headersField,
    auth: authField,
    events: Optional(
      Type.Array(eventName('Name of an event; `message` are those without one.'), {
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
        description: 'Events that are kept. Absent: all.',
        examples: [['update', 'delete']],
      }),
    ),
    errorEvents: Optional(
      Type.Array(eventName('Name of an event.'), {
        maxItems: 20,
        uniqueItems: true,
        default: [...defaults.errorEvents],
        description: 'Events by which the source says that something is wrong: the connection is made again.',
      }),
    ),
    resume: Optional(
      Type.Boolean({
        default: true,
        description:
          'Whether the source goes on behind `Last-Event-ID`. Set it to false for one that sends ids but does not: then what is missing after a lost connection is recorded.',
      }),
    ),
    ...connectionFields({
      defaults,
      open: 'the stream begins',
      idle: {
        minimum: 100,
        maximum: 86_400_000,
        description: 'Longest silence, comments and heartbeats included, before the connection is taken for lost, in milliseconds.',
      },
      message: 'event',
    }),
    ...recordFields,
    deletedWhen: Optional(
      Type.Union([DeletedByValue, DeletedByEvent], {
        description:
          'Which records delete their document instead of writing it: by a value in them, or by the name of the event. Absent: none.',
      }),
    ),
    segment: segmentField,
    reconnect: reconnectField,
  },
  { additionalProperties: false, description: 'What to listen to, and how its events are read.' },
)
export type SseConfig = Static<typeof SseConfig>

export const SseSecrets = liveSecrets
