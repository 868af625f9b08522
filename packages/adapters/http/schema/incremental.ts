import Type, { type Static } from 'typebox'
import { into, parameter, path, strict } from './field.ts'

const { Optional } = Type

export const orders = ['number', 'text', 'time', 'epochSeconds', 'epochMillis'] as const
export type Order = (typeof orders)[number]

export const timeFormats = ['iso', 'date', 'epochSeconds', 'epochMillis'] as const
export type TimeFormat = (typeof timeFormats)[number]

const order = (description: string) => Type.Enum([...orders], { description })

export const Incremental = Type.Object(
  {
    path: path('Where the cursor value is in a record.', 'updated_at'),
    parameter: Optional(
      parameter('Parameter that the largest value so far is sent as. Absent: it goes where `{{cursor}}` or a window says.', 'since'),
    ),
    into,
    order: order(
      'How values are compared: as numbers, as text by code unit, or as times: `time` is ISO 8601 (any offset and precision), `epochSeconds` and `epochMillis` are numbers.',
    ),
    start: Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Number()], {
        description: 'Value sent while there is none yet. Absent: the parameter is not sent then.',
        examples: ['2024-01-01T00:00:00Z'],
      }),
    ),
    format: Optional(
      Type.Enum([...timeFormats], { description: 'How a time is written when it is sent. Absent: as the source wrote it.' }),
    ),
    lookback: Optional(
      Type.Number({
        minimum: 0,
        description:
          'How far before the largest value to ask again, for records that come late: milliseconds for times, the difference for numbers. Absent: not at all.',
        examples: [3_600_000],
      }),
    ),
    ahead: Optional(
      Type.Integer({
        minimum: 0,
        maximum: 31_536_000_000_000,
        description:
          'How far ahead of now a time may lie and still be the largest value, in milliseconds. A record that lies further ahead becomes a document and does not move the value: one wrong year would hide all that comes after it. Raise it for sources that tell of the future. Absent: 86400000 (a day).',
        examples: [1_209_600_000],
      }),
    ),
    until: Optional(
      parameter('Query parameter for the end of what is asked for: the time at which the round began. Absent: it is not sent.', 'until'),
    ),
    sorted: Optional(
      Type.Enum(['ascending', 'descending'], {
        description:
          'The order in which the source lists records by this value. `ascending`: the value moves with each page. `descending`: the first page that reaches what is known is the last. Absent: unknown, and the value moves when all pages are there.',
      }),
    ),
    scope: Optional(
      Type.Enum(['partition', 'stream'], {
        description:
          'Whether each partition has a largest value of its own, for up to 1000 of them, or all have one together. Absent: each has its own. Windows always have one together.',
      }),
    ),
  },
  {
    ...strict,
    description: 'Fetch only what is new: the largest cursor value of the records is sent with the next run. Absent: each run fetches all.',
  },
)
export type Incremental = Static<typeof Incremental>

export const VersionField = Type.Object(
  {
    path: path('Where a record says how new it is.', 'version'),
    order: order('How versions are compared, as in `incremental`.'),
  },
  {
    ...strict,
    description:
      'Which of several records of a page with the same key is taken: the one with the largest version. Absent: all, and the last one wins.',
  },
)
export type VersionField = Static<typeof VersionField>
