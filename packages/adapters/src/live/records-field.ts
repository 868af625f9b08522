import Type, { type Static } from 'typebox'
import { livePath, scalar } from './fields.ts'
import { messagePredicate } from './predicate.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

/** Fields that say how messages become records. */
export const recordFields = {
  format: Optional(
    Type.Enum(['json', 'text'], {
      default: 'json',
      description: 'What messages are: JSON, or text, which becomes a record `{"text", "at"}`, with `event` and `id` where there are some.',
    }),
  ),
  when: Optional(
    Type.Array(messagePredicate('Messages with records.'), {
      minItems: 1,
      maxItems: 50,
      description: 'Messages with records are those that one of these holds for. Absent: all. The others are stored and have no records.',
      examples: [[{ path: 'type', equals: 'update' }]],
    }),
  ),
  records: Optional(
    Type.Object(
      { path: Optional(livePath('Where the records are: an array, or a single object. Absent: the whole message.', 'data')) },
      { ...strict, description: 'Where the records are in a message.' },
    ),
  ),
  primaryKey: Optional(
    Type.Array(livePath('A part of the key.', 'id'), {
      minItems: 1,
      maxItems: 8,
      uniqueItems: true,
      description:
        'Where the values are that tell one record from all others. They make the id of its document. Absent: the id of the message, or a hash of its content when it has none.',
      examples: [['id']],
    }),
  ),
  messageField: Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Name of a field that each record gets, with what came around it: `{"at", "event", "id"}`. Absent: none.',
      examples: ['_message'],
    }),
  ),
} as const

/** Deleted by a value of the record. */
export const DeletedByValue = Type.Object(
  {
    path: livePath('Where a record says that it is gone.', 'op'),
    equals: Type.Union([scalar, Type.Null()], { description: 'The value with which it says so.', examples: ['delete'] }),
  },
  { ...strict, description: 'Which records delete their document instead of writing it. Absent: none.' },
)

/** Deleted by the name of the event. */
export const DeletedByEvent = Type.Object(
  { event: Type.String({ minLength: 1, maxLength: 200, description: 'Name of the events whose records are gone.', examples: ['delete'] }) },
  strict,
)

const RecordsConfig = Type.Object({ ...recordFields, deletedWhen: Optional(Type.Union([DeletedByValue, DeletedByEvent])) })
/** How messages become records. */
export type RecordsConfig = Static<typeof RecordsConfig>
