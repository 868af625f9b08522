import Type, { type Static } from 'typebox'
import { path, strict } from './field.ts'
import { Predicate } from './predicate.ts'

const { Optional } = Type

const character = (description: string, example: string) =>
  Optional(Type.String({ minLength: 1, maxLength: 8, description, examples: [example] }))

const CsvDecoder = Type.Object(
  {
    type: Type.Literal('csv', { description: 'Lines with separated values; all values are text.' }),
    delimiter: character('What stands between values. Absent: a comma.', ';'),
    quote: character('What stands around values. Absent: a double quote.', "'"),
    columns: Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200, description: 'Name of a column.' }), {
        minItems: 1,
        maxItems: 1000,
        uniqueItems: true,
        description: 'Names of the columns. Absent: the first line has them.',
        examples: [['id', 'name']],
      }),
    ),
    skipLines: Optional(
      Type.Integer({ minimum: 0, maximum: 1000, description: 'Lines at the beginning that are passed over. Absent: none.' }),
    ),
    comment: character('What a line begins with that is passed over. Absent: there are none.', '#'),
  },
  strict,
)
export type CsvDecoder = Static<typeof CsvDecoder>

const XmlDecoder = Type.Object(
  {
    type: Type.Literal('xml', {
      description:
        'XML: elements by name, attributes with `@` before their name, text beside them as `#text`; all values are text, and an element that comes several times is a list.',
    }),
  },
  strict,
)

const Decoder = Type.Union(
  [
    Type.Object({ type: Type.Literal('json', { description: 'One JSON.' }) }, strict),
    Type.Object({ type: Type.Literal('ndjson', { description: 'A JSON on each line.' }) }, strict),
    CsvDecoder,
    XmlDecoder,
    Type.Object(
      {
        type: Type.Literal('feed', {
          description:
            'RSS or Atom. Records have `id`, `title`, `link`, `summary`, `content`, `author`, `categories`, `published` and `updated` (ISO 8601), as far as the feed has them.',
        }),
      },
      strict,
    ),
  ],
  { description: 'What the body is written in. Absent: JSON.' },
)
export type Decoder = Static<typeof Decoder>

const unpackedBytes = Optional(
  Type.Integer({
    minimum: 1,
    maximum: 68_719_476_736,
    description:
      'Largest size when unpacked, in bytes. Absent: 67108864 (64 MiB). An answer that is held is unpacked in memory: no more than 1 GiB then.',
    examples: [67_108_864],
  }),
)
const Compression = Type.Union(
  [
    Type.Object({ type: Type.Literal('gzip', { description: 'The body is a gzip file.' }), maxBytes: unpackedBytes }, strict),
    Type.Object(
      {
        type: Type.Literal('zip', { description: 'The body is a zip archive.' }),
        entry: Optional(
          Type.String({
            minLength: 1,
            maxLength: 1000,
            description: 'Name of the file in the archive. Absent: all files, in the order of the archive.',
            examples: ['data.csv'],
          }),
        ),
        maxBytes: unpackedBytes,
      },
      strict,
    ),
  ],
  {
    description:
      'How the body is packed, where it is a file that is packed. What `content-encoding` says is undone anyway. Absent: it is not packed.',
  },
)
export type Compression = Static<typeof Compression>

export const Records = Type.Object(
  {
    path: Optional(
      path(
        'Where the records are: an array, or a single object. Absent: the whole body, each line, or each entry of a feed.',
        'data.items',
      ),
    ),
    decoder: Optional(Decoder),
    compression: Optional(Compression),
    encoding: Optional(
      Type.String({
        minLength: 1,
        maxLength: 40,
        description: 'Character encoding, whatever the answer says of it. Absent: what the answer says, else UTF-8.',
        examples: ['windows-1252'],
      }),
    ),
    filter: Optional(
      Type.Array(Predicate, { minItems: 1, maxItems: 50, description: 'What must hold of a record, all of it. Others are left out.' }),
    ),
  },
  { ...strict, description: 'Where the records are in an answer.' },
)
export type Records = Static<typeof Records>

export const DeletedWhen = Type.Object(
  {
    path: path('Where a record says that it is gone.', 'status'),
    equals: Type.Union([Type.Union([Type.String({ maxLength: 8192 }), Type.Number(), Type.Boolean()]), Type.Null()], {
      description: 'The value with which it says so.',
      examples: ['deleted'],
    }),
  },
  { ...strict, description: 'Which records delete their document instead of writing it. Absent: none.' },
)

const fieldTypes = ['text', 'number', 'integer', 'boolean', 'object', 'array', 'any'] as const

export const RecordSchema = Type.Object(
  {
    mode: Type.Enum(['evolve', 'freeze', 'discard'], {
      description:
        'What becomes of records that differ from `fields`. `evolve` takes them as they are, and the log of the run names what differs; `freeze` refuses them, so they become dead letters that say what differs; `discard` takes them without the fields that are not known, which the log names, and refuses what is missing or of another type.',
    }),
    fields: Type.Record(
      Type.String({ minLength: 1, maxLength: 200 }),
      Type.Object(
        {
          type: Type.Enum([...fieldTypes], { description: 'Type of the value. `number` takes integers too.' }),
          optional: Optional(Type.Boolean({ description: 'Whether the field may be absent. Absent: it may not.' })),
          nullable: Optional(Type.Boolean({ description: 'Whether the value may be null. Absent: it may not.' })),
        },
        { ...strict, description: 'A field of the records, at their first level.' },
      ),
      {
        minProperties: 1,
        maxProperties: 1000,
        description: 'The fields that records have, by name.',
        examples: [{ id: { type: 'integer' }, name: { type: 'text', nullable: true } }],
      },
    ),
  },
  { ...strict, description: 'What records look like, and what becomes of those that look otherwise. Absent: all are taken as they are.' },
)
export type RecordSchema = Static<typeof RecordSchema>
