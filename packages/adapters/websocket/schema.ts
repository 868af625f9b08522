import Type, { type Static } from 'typebox'
import { authField, connectionFields, headersField, livePath, liveSecrets, reconnectField, segmentField } from '../src/live/fields.ts'
import { messagePredicate } from '../src/live/predicate.ts'
import { DeletedByValue, recordFields } from '../src/live/records-field.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

export const defaults = { openMs: 30_000, pingMs: 30_000, idleMs: 90_000, maxMessageBytes: 1024 * 1024 } as const

const sent = (description: string, example: unknown) =>
  Type.Unknown({
    description: `${description} Text is sent as it is, anything else as JSON. \`{{cursor}}\` and \`{{secret.<name>}}\` are filled in.`,
    examples: [example],
  })

const OpeningMessage = Type.Object(
  {
    send: sent('What to send.', { op: 'subscribe', channel: 'prices', from: '{{cursor}}' }),
    when: Optional(
      Type.Enum(['always', 'start', 'resume'], {
        default: 'always',
        description: 'Whether it is sent always, only when there is no cursor yet, or only when there is one.',
      }),
    ),
    after: Optional(messagePredicate('The message of the source that is waited for first. Absent: none.')),
  },
  strict,
)

const Reply = Type.Object(
  { to: messagePredicate('The messages that are answered.'), send: sent('What to answer.', { op: 'pong' }) },
  strict,
)

const Resume = Type.Object(
  {
    path: livePath('Where the cursor is in a message: text or a number. The last one is where the source goes on.', 'seq'),
    parameter: Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Query parameter that the cursor is sent in. Absent: it is sent by an opening message.',
        examples: ['since'],
      }),
    ),
    start: Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Number()], {
        description: 'The cursor while there is none yet.',
        examples: ['0'],
      }),
    ),
    refusedWhen: Optional(messagePredicate('The message by which the source says that it does not know the cursor. Absent: none.')),
  },
  {
    ...strict,
    description:
      'How the source goes on behind what was heard. `refusedWhen` is the message by which it says that it cannot: then the stream begins anew, and what is missing is recorded. Absent: the source cannot go on, and what is missing after a lost connection is recorded.',
  },
)

export const WebSocketConfig = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 4096, description: 'Address, ws or wss.', examples: ['wss://api.example.com/v1/live'] }),
    headers: headersField,
    auth: authField,
    protocols: Optional(
      Type.Array(
        Type.String({ minLength: 1, maxLength: 200, pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", description: 'Name of a subprotocol.' }),
        { minItems: 1, maxItems: 20, uniqueItems: true, description: 'Subprotocols to offer, the best first.', examples: [['v2.json']] },
      ),
    ),
    open: Optional(
      Type.Array(OpeningMessage, {
        maxItems: 100,
        description:
          'What is sent when the connection is open, in order. `after` waits for a message first. One with `{{cursor}}` in it is left out while there is no cursor.',
        examples: [[{ send: { op: 'subscribe', channel: 'prices' } }]],
      }),
    ),
    heartbeat: Optional(
      Type.Object(
        {
          send: sent('What to send.', { op: 'ping' }),
          everyMs: Type.Integer({ minimum: 100, maximum: 3_600_000, description: 'How often, in milliseconds.', examples: [30_000] }),
        },
        { ...strict, description: 'A message that the source wants to see from time to time. Absent: none; see `pingMs`.' },
      ),
    ),
    replies: Optional(
      Type.Array(Reply, { maxItems: 20, description: 'Answers to messages of the source, such as heartbeats that it wants back.' }),
    ),
    ignore: Optional(
      Type.Array(messagePredicate('Messages that are not stored.'), {
        maxItems: 50,
        description: 'Messages that are not even stored: heartbeats and acknowledgements. Absent: none.',
        examples: [[{ path: 'type', equals: 'heartbeat' }, { text: 'pong' }]],
      }),
    ),
    resume: Optional(Resume),
    ...connectionFields({
      defaults,
      idle: {
        minimum: 100,
        maximum: 86_400_000,
        description: 'Longest silence, answers to pings included, before the connection is taken for lost, in milliseconds.',
      },
    }),
    pingMs: Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3_600_000,
        default: defaults.pingMs,
        description: 'How often to ping, in milliseconds; 0: never. Pings are part of WebSockets and cost the source nothing to answer.',
      }),
    ),
    ...recordFields,
    deletedWhen: Optional(DeletedByValue),
    segment: segmentField,
    reconnect: reconnectField,
  },
  { additionalProperties: false, description: 'What to listen to, what to say to it, and how its messages are read.' },
)
export type WebSocketConfig = Static<typeof WebSocketConfig>

export const WebSocketSecrets = liveSecrets
