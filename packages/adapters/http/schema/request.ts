import Type, { type Static } from 'typebox'
import { scalar, strict } from './field.ts'

const { Optional } = Type

const asked = {
  url: Optional(
    Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'Address to fetch, http or https. A query in it is kept; `query` and `pagination` add to it. Or give `base` and `path`.',
      examples: ['https://api.example.com/v1/items'],
    }),
  ),
  base: Optional(
    Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'Address that `path` is put behind, in place of `url`.',
      examples: ['https://api.example.com/v1'],
    }),
  ),
  path: Optional(
    Type.String({
      maxLength: 4096,
      description: 'What comes behind `base`. What placeholders stand for is percent-encoded here, slashes included.',
      examples: ['cities/{{partition.city}}/weather'],
    }),
  ),
  method: Optional(
    Type.Enum(['GET', 'POST', 'PUT', 'PATCH'], {
      default: 'GET',
      description: 'Method of each request. Without a body only GET and POST make sense.',
    }),
  ),
  query: Optional(
    Type.Record(Type.String(), scalar, {
      maxProperties: 100,
      description:
        'Query parameters by name. They are sent with the first request of a `next` pagination, and with all of the other paginations. One whose value is `{{cursor}}` is left out while there is no cursor.',
      examples: [{ status: 'open' }],
    }),
  ),
  headers: Optional(
    Type.Record(Type.String(), Type.String({ maxLength: 8192, description: 'Value of the header, ASCII without line breaks.' }), {
      maxProperties: 100,
      description: 'Headers by name. Credentials do not belong here but into `auth`. `accept` goes by `records.decoder` unless it is set.',
      examples: [{ 'accept-language': 'en' }],
    }),
  ),
  body: Optional(Type.Unknown({ description: 'Body, sent as JSON.', examples: [{ filter: { kind: 'order' } }] })),
  form: Optional(
    Type.Record(Type.String(), scalar, {
      maxProperties: 100,
      description: 'Body, sent as a form (`application/x-www-form-urlencoded`), in place of `body`.',
      examples: [{ kind: 'order' }],
    }),
  ),
  text: Optional(
    Type.String({
      maxLength: 1_000_000,
      description: 'Body, sent as it is, in place of `body`. Its `content-type` is `text/plain; charset=utf-8` unless `headers` has one.',
      examples: ['fields id,name; limit 100;'],
    }),
  ),
  maxBytes: Optional(
    Type.Integer({
      minimum: 1,
      maximum: 68_719_476_736,
      description:
        'Largest answer accepted, in bytes after decompression. Absent: 67108864 (64 MiB). Above that, up to 64 GiB, answers of more than 2 MiB are stored and read piece by piece: JSON, NDJSON and CSV, as they are or as a gzip file, without `pagination` and `incremental`. A request that finds partitions is always held.',
    }),
  ),
  timeout: Optional(
    Type.Integer({
      minimum: 100,
      maximum: 3_600_000,
      description:
        'Longest time from a request to the last byte of its answer, in milliseconds. Default: 60000; for answers that are read piece by piece as long as the run may take.',
    }),
  ),
}

const conditions = ['etag', 'lastModified', 'hash'] as const

export const Request = Type.Object(
  {
    ...asked,
    conditional: Optional(
      Type.Array(
        Type.Enum([...conditions], {
          description:
            '`etag` sends `If-None-Match`, `lastModified` sends `If-Modified-Since`, `hash` compares the body with the one before.',
        }),
        {
          minItems: 1,
          maxItems: conditions.length,
          uniqueItems: true,
          description:
            'How an answer that did not change is known. It makes no page, so nothing is stored and delivered. For requests without `pagination`, one or a list of them. Absent: each answer makes a page.',
          examples: [['etag', 'hash']],
        },
      ),
    ),
  },
  { ...strict, description: 'What to ask for.' },
)
export type Request = Static<typeof Request>

/** A request that finds partitions: all but the conditions, because its answers are not stored. */
export const PartitionRequest = Type.Object(asked, { ...strict, description: 'What to ask for to find the partitions.' })
export type PartitionRequest = Static<typeof PartitionRequest>
