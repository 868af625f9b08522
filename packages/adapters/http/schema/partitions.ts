import Type, { type Static } from 'typebox'
import { path, scalar, strict, valueNamePattern } from './field.ts'
import { timeFormats } from './incremental.ts'
import { Pagination } from './pagination.ts'
import { Records } from './records.ts'
import { PartitionRequest } from './request.ts'

const { Optional } = Type

const record = Optional(
  Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'Field that each record gets with the values of its partition, for keys and documents. Absent: none.',
    examples: ['partition'],
  }),
)

const ListPartitions = Type.Object(
  {
    type: Type.Literal('list', { description: 'The partitions are these.' }),
    values: Type.Array(
      Type.Record(Type.String({ pattern: valueNamePattern }), scalar, {
        ...strict,
        minProperties: 1,
        maxProperties: 20,
        description: 'The values of a partition by name: `{{partition.name}}`. All partitions have the same names.',
      }),
      {
        minItems: 1,
        maxItems: 1000,
        uniqueItems: true,
        description: 'The partitions, in the order in which they are fetched.',
        examples: [[{ city: 'Madrid' }, { city: 'Paris' }]],
      },
    ),
    record,
  },
  strict,
)
export type ListPartitions = Static<typeof ListPartitions>

const RequestPartitions = Type.Object(
  {
    type: Type.Literal('request', { description: 'Another request finds the partitions. Its answers are not stored.' }),
    request: PartitionRequest,
    records: Optional(Records),
    pagination: Optional(Pagination),
    values: Type.Record(Type.String({ pattern: valueNamePattern }), path('Where the value is in a record of that request.', 'id'), {
      ...strict,
      minProperties: 1,
      maxProperties: 20,
      description: 'The values of a partition by name: `{{partition.name}}`. A record without one of them is passed over.',
      examples: [{ id: 'id' }],
    }),
    record,
  },
  strict,
)
export type RequestPartitions = Static<typeof RequestPartitions>

const WindowPartitions = Type.Object(
  {
    type: Type.Literal('window', {
      description:
        'Stretches of time, oldest first: `{{partition.from}}` and `{{partition.to}}`. With `incremental` a round begins at its largest value.',
    }),
    start: Type.String({
      minLength: 4,
      maxLength: 40,
      description: 'Where the first window begins, ISO 8601.',
      examples: ['2024-01-01T00:00:00Z'],
    }),
    end: Optional(
      Type.String({ minLength: 4, maxLength: 40, description: 'Where the last window ends, ISO 8601. Absent: when the round begins.' }),
    ),
    step: Type.Integer({
      minimum: 1000,
      maximum: 3660 * 86_400_000,
      description: 'Length of a window, in milliseconds.',
      examples: [86_400_000],
    }),
    format: Optional(Type.Enum([...timeFormats], { description: 'How times are written. Absent: `iso`.' })),
    inclusive: Optional(
      Type.Boolean({
        description:
          'Whether the source counts `to` into the window. Then it is one unit of the format earlier than the next `from`. Absent: it does not.',
      }),
    ),
    record,
  },
  strict,
)
export type WindowPartitions = Static<typeof WindowPartitions>

export const Partitions = Type.Union([ListPartitions, RequestPartitions, WindowPartitions], {
  description: 'Parts that the source is fetched in, one after the other, each with all its pages. Absent: there is one.',
})
export type Partitions = Static<typeof Partitions>
