import Type from 'typebox'
import { pathPattern } from '../path.ts'

// Fields that the configurations of live sources have in common.

const strict = { additionalProperties: false } as const
const { Optional } = Type

export const livePath = (description: string, example: string) =>
  Type.String({
    pattern: pathPattern,
    maxLength: 512,
    description: `${description} A dotted path: \`a.0.b\` indexes arrays, \`a\\.b\` is one key.`,
    examples: [example],
  })

export const scalar = Type.Union([Type.String({ maxLength: 8192 }), Type.Number(), Type.Boolean()], {
  description: 'Text, a number, true or false.',
})

export const segmentDefaults = { messages: 1000, bytes: 1024 * 1024, ms: 5000 } as const

/** The field `segment`. */
export const segmentField = Optional(
  Type.Object(
    {
      messages: Optional(
        Type.Integer({ minimum: 1, maximum: 100_000, default: segmentDefaults.messages, description: 'Most messages of a segment.' }),
      ),
      bytes: Optional(
        Type.Integer({
          minimum: 1024,
          maximum: 16 * 1024 * 1024,
          default: segmentDefaults.bytes,
          description: 'Most bytes of a segment as it is stored. A single message may be larger.',
        }),
      ),
      ms: Optional(
        Type.Integer({
          minimum: 10,
          maximum: 600_000,
          default: segmentDefaults.ms,
          description: 'Longest time from the first message of a segment until it is stored, in milliseconds.',
        }),
      ),
    },
    {
      ...strict,
      description: 'When what was heard is stored: at the first of these limits. The first segment of a connection comes within a second.',
    },
  ),
)

export const reconnectDefaults = { minMs: 1000, maxMs: 30_000, maxFailures: 10 } as const

/** The field `reconnect`. */
export const reconnectField = Optional(
  Type.Object(
    {
      minMs: Optional(
        Type.Integer({
          minimum: 50,
          maximum: 600_000,
          default: reconnectDefaults.minMs,
          description: 'Limit of the first wait, in milliseconds.',
        }),
      ),
      maxMs: Optional(
        Type.Integer({ minimum: 50, maximum: 3_600_000, default: reconnectDefaults.maxMs, description: 'Longest wait, in milliseconds.' }),
      ),
      maxFailures: Optional(
        Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: reconnectDefaults.maxFailures,
          description: 'Failures in a row after which the run fails. A connection that held for a minute makes good what failed before it.',
        }),
      ),
    },
    {
      ...strict,
      description: 'How a lost connection is made again: waits are drawn by lot up to a limit that doubles with each failure in a row.',
    },
  ),
)

interface Idle {
  /** Limits of `idleMs`, milliseconds. */
  readonly minimum: number
  readonly maximum: number
  /** What silence it means. */
  readonly description: string
}

/** The field `idleMs`. @param defaultMs milliseconds */
export const idleField = (defaultMs: number, idle: Idle) => Optional(Type.Integer({ ...idle, default: defaultMs }))

/** The field `maxMessageBytes`. @param defaultBytes bytes @param message what a message is called */
export const maxMessageBytesField = (defaultBytes: number, message = 'message') =>
  Optional(Type.Integer({ minimum: 1024, maximum: 16 * 1024 * 1024, default: defaultBytes, description: `Largest ${message}, in bytes.` }))

interface ConnectionParts {
  readonly defaults: { readonly openMs: number; readonly idleMs: number; readonly maxMessageBytes: number }
  /** Until when `openMs` goes. Default: the connection is open. */
  readonly open?: string
  readonly idle: Idle
  /** What a message is called. */
  readonly message?: string
}

/** The limits that every live connection has: `openMs`, `idleMs` and `maxMessageBytes`. */
export const connectionFields = ({ defaults, open = 'the connection is open', idle, message }: ConnectionParts) => ({
  openMs: Optional(
    Type.Integer({
      minimum: 100,
      maximum: 600_000,
      default: defaults.openMs,
      description: `Longest time until ${open}, in milliseconds.`,
    }),
  ),
  idleMs: idleField(defaults.idleMs, idle),
  maxMessageBytes: maxMessageBytesField(defaults.maxMessageBytes, message),
})

/** The field `primaryKey`. @param absent what makes the id of a document where nothing is said */
export const primaryKeyField = (absent: string) =>
  Optional(
    Type.Array(livePath('A part of the key.', 'id'), {
      minItems: 1,
      maxItems: 8,
      uniqueItems: true,
      description: `Where the values are that tell one record from all others. They make the id of its document. Absent: ${absent}`,
      examples: [['id']],
    }),
  )

/** The field `records`. @param whole what is meant where nothing is said @param place what the records are in */
export const recordsPathField = (whole: string, example: string, place: string) =>
  Optional(
    Type.Object(
      { path: Optional(livePath(`Where the records are: an array, or a single object. Absent: ${whole}.`, example)) },
      { ...strict, description: `Where the records are in ${place}.` },
    ),
  )

/** What a record has in it when it is gone. */
export const deletedByValue = (path: string, equals: string, description: string) =>
  Type.Object(
    {
      path: livePath('Where a record says that it is gone.', path),
      equals: Type.Union([scalar, Type.Null()], { description: 'The value with which it says so.', examples: [equals] }),
    },
    { ...strict, description },
  )

/** The field `headers`. */
export const headersField = Optional(
  Type.Record(Type.String(), Type.String({ maxLength: 8192, description: 'Value of the header, ASCII without line breaks.' }), {
    maxProperties: 100,
    description: 'Headers by name. Credentials do not belong here but into `auth`.',
    examples: [{ 'accept-language': 'en' }],
  }),
)

const secretName = (what: string) =>
  Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$',
    description: `Name of the secret that is ${what}; its value goes into the stream's \`secrets\`.`,
    examples: ['key'],
  })
const parameter = (description: string, example: string) => Type.String({ minLength: 1, maxLength: 200, description, examples: [example] })

/** The field `auth`. */
export const authField = Optional(
  Type.Union(
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
    ],
    { description: 'How the connection is authorised.' },
  ),
)

/** The secrets are named by the configuration. */
export const liveSecrets = Type.Object(
  {},
  { additionalProperties: Type.String(), description: 'Any names; those that the configuration mentions are needed.' },
)
