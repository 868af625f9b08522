import Type, { type Static } from 'typebox'
import { deletedByValue, primaryKeyField, recordsPathField } from './fields.ts'
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
  records: recordsPathField('the whole message', 'data', 'a message'),
  primaryKey: primaryKeyField('the id of the message, or a hash of its content when it has none.'),
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
export const DeletedByValue = deletedByValue('op', 'delete', 'Which records delete their document instead of writing it. Absent: none.')

/** Deleted by the name of the event. */
export const DeletedByEvent = Type.Object(
  { event: Type.String({ minLength: 1, maxLength: 200, description: 'Name of the events whose records are gone.', examples: ['delete'] }) },
  strict,
)

const RecordsConfig = Type.Object({ ...recordFields, deletedWhen: Optional(Type.Union([DeletedByValue, DeletedByEvent])) })
/** How messages become records. */
export type RecordsConfig = Static<typeof RecordsConfig>
