import Type, { type Static } from 'typebox'
import { pathPattern } from '../src/path.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

/** Pages of one run when the configuration does not say otherwise. */
export const defaultMaxPages = 1000

const path = (description: string, example: string) =>
  Type.String({
    pattern: pathPattern,
    maxLength: 512,
    description: `${description} A dotted path: \`a.0.b\` indexes arrays, \`a\\.b\` is one key.`,
    examples: [example],
  })
const parameter = (description: string, example: string) => Type.String({ minLength: 1, maxLength: 200, description, examples: [example] })
const secretName = (what: string) =>
  Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$',
    description: `Name of the secret that is ${what}; its value goes into the stream's \`secrets\`.`,
    examples: ['key'],
  })

const scalar = Type.Union([Type.String({ maxLength: 8192 }), Type.Number(), Type.Boolean()], {
  description: 'Text, a number, true or false.',
})

const Request = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'Address to fetch, http or https. A query in it is kept; `query` and `pagination` add to it.',
      examples: ['https://api.example.com/v1/items'],
    }),
    method: Optional(Type.Enum(['GET', 'POST'], { default: 'GET', description: 'Method of each request.' })),
    query: Optional(
      Type.Record(Type.String(), scalar, {
        maxProperties: 100,
        description:
          'Query parameters by name. They are sent with the first request of a `next` pagination, and with all of a `page` pagination.',
        examples: [{ status: 'open' }],
      }),
    ),
    headers: Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 8192, description: 'Value of the header, ASCII without line breaks.' }), {
        maxProperties: 100,
        description: 'Headers by name. Credentials do not belong here but into `auth`. `accept` is `application/json` unless it is set.',
        examples: [{ 'accept-language': 'en' }],
      }),
    ),
    body: Optional(Type.Unknown({ description: 'Body of a POST, sent as JSON.', examples: [{ filter: { kind: 'order' } }] })),
    maxBytes: Optional(
      Type.Integer({
        minimum: 1,
        description: 'Largest answer accepted, in bytes after decompression. Default and upper limit: the limit of the worker.',
      }),
    ),
    timeout: Optional(
      Type.Integer({
        minimum: 100,
        maximum: 3_600_000,
        description: 'Longest time from a request to the last byte of its answer, in milliseconds. Default: the limit of the worker.',
      }),
    ),
  },
  { ...strict, description: 'What to ask for.' },
)

const Auth = Type.Union(
  [
    Type.Object(
      { type: Type.Literal('bearer', { description: '`Authorization: Bearer <secret>`.' }), secret: secretName('the token') },
      strict,
    ),
    Type.Object(
      {
        type: Type.Literal('header', { description: 'A header of your choice.' }),
        name: parameter('Name of the header.', 'x-api-key'),
        prefix: Optional(
          Type.String({ maxLength: 200, description: 'Put before the secret as it stands, with its space.', examples: ['Token '] }),
        ),
        secret: secretName('the value'),
      },
      strict,
    ),
    Type.Object(
      {
        type: Type.Literal('query', { description: 'A query parameter.' }),
        name: parameter('Name of the query parameter.', 'api_key'),
        secret: secretName('the value'),
      },
      strict,
    ),
    Type.Object(
      {
        type: Type.Literal('basic', { description: 'User name and password (HTTP Basic).' }),
        username: Type.String({
          maxLength: 200,
          pattern: '^[^:]*$',
          description: 'User name; it is no secret and has no colon.',
          examples: ['weaver'],
        }),
        secret: secretName('the password'),
      },
      strict,
    ),
  ],
  {
    description:
      'How requests are authorised. Credentials are sent to the origin of `request.url` only, never to another that a link leads to.',
  },
)
export type Auth = Static<typeof Auth>

const Records = Type.Object(
  {
    path: Optional(path('Where the records are: an array, or a single object. Absent: the whole body.', 'data.items')),
  },
  { ...strict, description: 'Where the records are in an answer.' },
)

const maxPages = Optional(
  Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: defaultMaxPages,
    description: 'Largest number of pages of one run. A run that reaches it ends, and the next run goes on from there.',
  }),
)

const Stop = Type.Union(
  [
    Type.Object({ on: Type.Literal('emptyPage', { description: 'The first page without records is the last.' }) }, strict),
    Type.Object(
      { on: Type.Literal('shortPage', { description: 'The first page with fewer records than `size.value` is the last.' }) },
      strict,
    ),
    Type.Object(
      {
        on: Type.Literal('total', { description: 'The answer says how much there is.' }),
        path: path('Where the total is in the answer.', 'meta.total_pages'),
        counts: Type.Enum(['pages', 'records'], { description: 'What the total counts. For `records`, `size` is needed.' }),
      },
      strict,
    ),
  ],
  { description: 'How the last page is known. Default: `{"on": "emptyPage"}`. Whatever it says, an empty page is the last.' },
)
export type Stop = Static<typeof Stop>

const PagePagination = Type.Object(
  {
    type: Type.Literal('page', { description: 'Pages have numbers.' }),
    parameter: parameter('Query parameter for the number of the page.', 'page'),
    start: Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 1, description: 'Number of the first page.' })),
    size: Optional(
      Type.Object(
        {
          parameter: Optional(parameter('Query parameter for the size of a page. Absent: it is not sent.', 'per_page')),
          value: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Records of a full page.', examples: [100] }),
        },
        { ...strict, description: 'How large pages are.' },
      ),
    ),
    stop: Optional(Stop),
    maxPages,
  },
  strict,
)
export type PagePagination = Static<typeof PagePagination>

const Pagination = Type.Union(
  [
    PagePagination,
    Type.Object(
      {
        type: Type.Literal('next', { description: 'Each page has a link to the next one.' }),
        in: Type.Literal('body', { description: 'The link is in the body.' }),
        path: path('Where the link is. The page where it is absent, null, false or empty is the last.', 'links.next'),
        maxPages,
      },
      strict,
    ),
    Type.Object(
      {
        type: Type.Literal('next', { description: 'Each page has a link to the next one.' }),
        in: Type.Literal('link', { description: 'The link is in the `Link` header, with `rel="next"`.' }),
        maxPages,
      },
      strict,
    ),
  ],
  { description: 'How the next page is asked for. Absent: there is one page.' },
)
export type Pagination = Static<typeof Pagination>

export const orders = ['number', 'text', 'time'] as const
export type Order = (typeof orders)[number]

const Incremental = Type.Object(
  {
    path: path('Where the cursor value is in a record.', 'updated_at'),
    parameter: parameter('Query parameter that the largest value so far is sent as.', 'since'),
    order: Type.Enum([...orders], {
      description: 'How values are compared: as numbers, as text by code unit, or as times (ISO 8601, any offset and precision).',
    }),
    start: Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Number()], {
        description: 'Value sent while there is none yet. Absent: the parameter is not sent then.',
        examples: ['2024-01-01T00:00:00Z'],
      }),
    ),
  },
  {
    ...strict,
    description: 'Fetch only what is new: the largest cursor value of the records is sent with the next run. Absent: each run fetches all.',
  },
)
export type Incremental = Static<typeof Incremental>

const DeletedWhen = Type.Object(
  {
    path: path('Where a record says that it is gone.', 'status'),
    equals: Type.Union([scalar, Type.Null()], { description: 'The value with which it says so.', examples: ['deleted'] }),
  },
  { ...strict, description: 'Which records delete their document instead of writing it. Absent: none.' },
)

export const HttpConfig = Type.Object(
  {
    request: Request,
    auth: Optional(Auth),
    records: Optional(Records),
    pagination: Optional(Pagination),
    primaryKey: Type.Array(path('A part of the key.', 'id'), {
      minItems: 1,
      maxItems: 8,
      uniqueItems: true,
      description: 'Where the values are that tell one record from all others. They make the id of its document.',
      examples: [['id']],
    }),
    incremental: Optional(Incremental),
    deletedWhen: Optional(DeletedWhen),
  },
  { ...strict, description: 'What to fetch, and how its answers are read.' },
)
export type HttpConfig = Static<typeof HttpConfig>

/** The names are the configuration's: those that `auth` mentions. */
export const HttpSecrets = Type.Object(
  {},
  { additionalProperties: Type.String(), description: 'Any names; those that `auth` mentions are needed.' },
)
