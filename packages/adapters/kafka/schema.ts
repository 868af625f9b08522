import Type, { type Static } from 'typebox'
import { deletedByValue, primaryKeyField, reconnectField, recordsPathField, segmentField } from '../src/live/fields.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

export const defaults = { start: 'earliest', value: 'json', openMs: 10_000, requestMs: 30_000 } as const

const Sasl = Type.Object(
  {
    mechanism: Type.Enum(['plain', 'scram-sha-256', 'scram-sha-512'], {
      description: 'How the password is shown. `plain` only with `tls`.',
    }),
    username: Type.String({
      minLength: 1,
      maxLength: 500,
      description: 'Name of the user; the password is the secret `password`.',
      examples: ['weaver'],
    }),
  },
  { ...strict, description: 'Credentials. Absent: none are asked for.' },
)

export const KafkaConfig = Type.Object(
  {
    brokers: Type.Array(
      Type.String({ minLength: 3, maxLength: 300, description: 'Host and port of a broker.', examples: ['kafka-1.example.com:9092'] }),
      {
        minItems: 1,
        maxItems: 20,
        uniqueItems: true,
        description: 'Brokers that are asked for the others, in this order.',
        examples: [['kafka-1.example.com:9092', 'kafka-2.example.com:9092']],
      },
    ),
    topics: Type.Array(Type.String({ pattern: '^[A-Za-z0-9._-]{1,249}$', description: 'Name of a topic.', examples: ['orders'] }), {
      minItems: 1,
      maxItems: 20,
      uniqueItems: true,
      description: 'Topics that are read, all of their partitions.',
      examples: [['orders']],
    }),
    tls: Optional(Type.Boolean({ default: false, description: 'Whether connections are encrypted.' })),
    sasl: Optional(Sasl),
    start: Optional(
      Type.Union(
        [
          Type.Enum(['earliest', 'latest'], { description: 'The oldest messages that there are, or those that come from now on.' }),
          Type.String({
            format: 'date-time',
            description: 'The first messages at or after this time.',
            examples: ['2026-01-01T00:00:00Z'],
          }),
        ],
        {
          default: defaults.start,
          description: 'Where a stream begins that has no checkpoint. Partitions that are added later are read from their beginning.',
        },
      ),
    ),
    value: Optional(
      Type.Enum(['json', 'text', 'base64'], {
        default: defaults.value,
        description: 'What values are: JSON, text that becomes a record `{"text"}`, or bytes that become a record `{"base64"}`.',
      }),
    ),
    records: recordsPathField('the whole value', 'after', 'a value of JSON'),
    primaryKey: primaryKeyField(
      'the key of the message, or its partition and offset when it has none; with the topic before it where there are several.',
    ),
    deletedWhen: Optional(
      deletedByValue(
        'op',
        'd',
        'Which records delete their document instead of writing it, besides messages without a value. Absent: none.',
      ),
    ),
    tombstones: Optional(
      Type.Enum(['delete', 'ignore'], {
        default: 'delete',
        description:
          'What a message without a value means: its document is deleted, or nothing. Where `primaryKey` is given its key has to be a JSON object with those fields, or `primaryKey` names `messageField`.',
      }),
    ),
    messageField: Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Name of a field that each record gets, with what came around it: `{"topic", "partition", "offset", "timestamp", "key", "headers"}`. Absent: none.',
        examples: ['_message'],
      }),
    ),
    openMs: Optional(
      Type.Integer({
        minimum: 100,
        maximum: 600_000,
        default: defaults.openMs,
        description: 'Longest time until the brokers have said where messages are, in milliseconds.',
      }),
    ),
    requestMs: Optional(
      Type.Integer({
        minimum: 2000,
        maximum: 600_000,
        default: defaults.requestMs,
        description: 'Longest time for an answer of a broker, in milliseconds.',
      }),
    ),
    segment: segmentField,
    reconnect: reconnectField,
  },
  { additionalProperties: false, description: 'What to read, and how messages become records.' },
)
export type KafkaConfig = Static<typeof KafkaConfig>

export const KafkaSecrets = Type.Object(
  {
    password: Type.Optional(Type.String({ description: 'Password of the user. Needed with `sasl`.' })),
    certificate: Type.Optional(
      Type.String({
        description:
          'Certificate for brokers that ask for one, with those that lead to its authority, as PEM. Needs `tls` and `private_key`.',
      }),
    ),
    private_key: Type.Optional(Type.String({ description: 'Private key of `certificate`, as PEM, without a passphrase.' })),
  },
  { additionalProperties: false },
)
