import Type, { type Static } from 'typebox'
import { deletedByValue, primaryKeyField, recordsPathField } from '../src/live/fields.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

export const defaults = {
  format: 'json',
  maxBytes: 1024 * 1024,
  maxPending: 10_000,
  idempotencyHeader: 'idempotency-key',
  toleranceSeconds: 300,
} as const

/** Largest body that a stream may take, bytes. */
export const mostBytes = 16 * 1024 * 1024

const headerName = (description: string, example: string) =>
  Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", description: `${description} Any case.`, examples: [example] })

const tolerance = Optional(
  Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: defaults.toleranceSeconds,
    description: 'How far the time of a request may be from ours, in seconds. What is older may be a copy that somebody sends again.',
  }),
)

const Hmac = Type.Object(
  {
    type: Type.Literal('hmac', { description: 'A keyed hash of the body in a header.' }),
    header: headerName('Header with the signature.', 'x-signature'),
    algorithm: Optional(
      Type.Enum(['sha256', 'sha512', 'sha1'], { default: 'sha256', description: 'The hash. SHA-1 only where the sender has no other.' }),
    ),
    encoding: Optional(Type.Enum(['hex', 'base64', 'base64url'], { default: 'hex', description: 'How the signature is written.' })),
    prefix: Optional(Type.String({ minLength: 1, maxLength: 40, description: 'What stands before the signature.', examples: ['sha256='] })),
    timestamp: Optional(
      Type.Object(
        {
          header: headerName('Header with the time of the request, in seconds since 1970.', 'x-timestamp'),
          toleranceSeconds: tolerance,
          before: Optional(Type.String({ minLength: 1, maxLength: 40, description: 'Signed before the time.', examples: ['v0:'] })),
          separator: Optional(
            Type.String({ maxLength: 10, default: '.', description: 'Signed between the time and the body.', examples: [':'] }),
          ),
        },
        {
          ...strict,
          description:
            'The time is signed with the body: `<before><time><separator><body>`. Absent: the body alone, and a copy sent again is valid.',
        },
      ),
    ),
  },
  strict,
)

const Token = Type.Object(
  {
    type: Type.Literal('token', { description: 'The signing key itself in a header, for senders that cannot sign.' }),
    header: headerName('Header with the token.', 'x-api-key'),
    prefix: Optional(Type.String({ minLength: 1, maxLength: 40, description: 'What stands before the token.', examples: ['Bearer '] })),
  },
  strict,
)

export const PushAuth = Type.Union(
  [
    Hmac,
    Type.Object(
      { type: Type.Literal('github', { description: 'As GitHub signs: `X-Hub-Signature-256: sha256=<hex>` of the body.' }) },
      strict,
    ),
    Type.Object(
      {
        type: Type.Literal('stripe', { description: 'As Stripe signs: `Stripe-Signature: t=<seconds>,v1=<hex>` of `<seconds>.<body>`.' }),
        toleranceSeconds: tolerance,
      },
      strict,
    ),
    Type.Object(
      {
        type: Type.Literal('standardWebhooks', {
          description:
            'As Standard Webhooks signs: `Webhook-Signature: v1,<base64>` of `<webhook-id>.<webhook-timestamp>.<body>`; the key may begin with `whsec_`.',
        }),
        toleranceSeconds: tolerance,
      },
      strict,
    ),
    Token,
  ],
  {
    description:
      'How the sender shows that it may send, with the secret `signing_key`. Absent: it sends the bearer token of the API, which is always possible.',
  },
)
export type PushAuth = Static<typeof PushAuth>

export const PushConfig = Type.Object(
  {
    format: Optional(
      Type.Enum(['json', 'ndjson', 'text', 'binary'], {
        default: defaults.format,
        description:
          'How a body is read. `json`: one JSON. `ndjson`: a JSON on each line. `text`: one record `{"text"}`. `binary`: one record `{"base64"}`.',
      }),
    ),
    contentTypes: Optional(
      Type.Array(
        Type.String({
          pattern: '^[a-z0-9!#$&^_.+-]+/(?:\\*|[a-z0-9!#$&^_.+-]+)$',
          maxLength: 200,
          description: 'A media type without parameters; `image/*` are all below.',
        }),
        {
          minItems: 1,
          maxItems: 20,
          uniqueItems: true,
          description: 'Media types that are accepted; others are answered 415. Absent: all, also none: `format` says how they are read.',
          examples: [['application/json']],
        },
      ),
    ),
    records: recordsPathField('the whole body, or each line', 'items', 'a body of JSON'),
    primaryKey: primaryKeyField('a hash of the record, so the same record sent twice is one document.'),
    deletedWhen: Optional(deletedByValue('action', 'deleted', 'Which records delete their document instead of writing it. Absent: none.')),
    keepHeaders: Optional(
      Type.Array(headerName('Name of a header.', 'x-github-event'), {
        minItems: 1,
        maxItems: 20,
        description: 'Headers of the request that are stored with the result. `content-type` and `user-agent` always are.',
        examples: [['x-github-event', 'x-github-delivery']],
      }),
    ),
    headersField: Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Name of a field that each record gets, with the headers of `keepHeaders` in lower case. Keys and deletions may use it. Absent: none.',
        examples: ['_headers'],
      }),
    ),
    auth: Optional(PushAuth),
    idempotencyHeader: Optional(
      headerName(
        `Header whose value makes a request one of a kind: sent again it has the same answer and is stored once. Default: ${defaults.idempotencyHeader}.`,
        'x-github-delivery',
      ),
    ),
    maxBytes: Optional(
      Type.Integer({
        minimum: 1,
        maximum: mostBytes,
        default: defaults.maxBytes,
        description: 'Largest body, unpacked, in bytes; a larger one is answered 413.',
      }),
    ),
    maxPending: Optional(
      Type.Integer({
        minimum: 1,
        maximum: 50_000,
        default: defaults.maxPending,
        description: 'Deliveries of the stream that may wait for their sinks; beyond them requests are answered 429.',
      }),
    ),
  },
  { additionalProperties: false, description: 'What is accepted, from whom, and how it is read.' },
)
export type PushConfig = Static<typeof PushConfig>

export const PushSecrets = Type.Object(
  {
    signing_key: Type.Optional(Type.String({ description: 'The key that the sender signs with, or its token. Needed with `auth`.' })),
    previous_signing_key: Type.Optional(Type.String({ description: 'The key before, accepted as well while senders change over.' })),
  },
  { additionalProperties: false },
)
