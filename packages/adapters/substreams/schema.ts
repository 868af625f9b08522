import Type, { type Static } from 'typebox'
import { liveLimits } from '../src/live/connecting.ts'
import { reconnectField } from '../src/live/fields.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

/** Largest package that is fetched, in bytes. Packages with several modules of WebAssembly have 1 to 20 MB. */
export const maxPackageBytes = 64 * 1024 * 1024

const moduleName = { minLength: 1, maxLength: 256, pattern: '^[A-Za-z][A-Za-z0-9_.:-]*$' } as const

/** Names of protobuf fields with dots between them. */
const fieldPath = (description: string, example: string) =>
  Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*$', maxLength: 512, description, examples: [example] })

const PackageSource = Type.Union(
  [
    Type.Object(
      {
        from: Type.Literal('url', { description: 'The package is fetched when a run begins.' }),
        url: Type.String({
          pattern: '^https?://[^\\s#]+$',
          maxLength: 2048,
          description: `Address of the .spkg file, http or https, at most ${maxPackageBytes / 1024 / 1024} MiB.`,
          examples: ['https://packages.example.com/erc20-transfers-v0.1.0.spkg'],
        }),
        sha256: Optional(
          Type.String({
            pattern: '^[0-9a-fA-F]{64}$',
            description: 'SHA-256 of the file in hexadecimal. Another file is refused, and one that is known by it is not fetched again.',
          }),
        ),
      },
      strict,
    ),
    Type.Object(
      {
        from: Type.Literal('inline', { description: 'The package is part of the configuration.' }),
        base64: Type.String({
          minLength: 4,
          maxLength: 1_400_000,
          pattern: '^[A-Za-z0-9+/]+={0,2}$',
          description: 'The .spkg file in base64, at most 1 MB of it.',
        }),
      },
      strict,
    ),
  ],
  { description: 'The Substreams package (.spkg) with the modules and with the descriptors of what they give.' },
)

const Segment = Type.Object(
  {
    blocks: Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, default: 1000, description: 'Most blocks with output in a stored segment.' }),
    ),
    bytes: Optional(
      Type.Integer({
        minimum: 1024,
        maximum: 64 * 1024 * 1024,
        default: 4 * 1024 * 1024,
        description: 'Size from which on a segment is stored, in bytes.',
      }),
    ),
    ms: Optional(
      Type.Integer({
        minimum: 50,
        maximum: 600_000,
        default: 5000,
        description:
          'Longest time that a block waits for its segment to be stored, in milliseconds. The first of a run waits a second at most.',
      }),
    ),
  },
  { ...strict, default: {}, description: 'When what was received is stored: at the first of these limits.' },
)

const Undo = Type.Object(
  {
    maxBytes: Optional(
      Type.Integer({
        minimum: 1024,
        maximum: 16 * 1024 * 1024,
        default: 1024 * 1024,
        description:
          'Most output of blocks that are not final which the checkpoint keeps, in bytes. What does not fit waits until older blocks are final.',
      }),
    ),
    restoreBytes: Optional(
      Type.Integer({
        minimum: 0,
        maximum: 16 * 1024 * 1024,
        default: 64 * 1024,
        description: 'Output of final blocks that the checkpoint keeps to restore documents from, in bytes.',
      }),
    ),
  },
  { ...strict, default: {}, description: 'What is kept to take back the documents of blocks that the chain forgets.' },
)

const Deleted = Type.Object(
  {
    path: fieldPath('Path of the field to look at.', 'operation'),
    equals: Type.Union([Type.String({ maxLength: 1024 }), Type.Number(), Type.Boolean()], {
      description: 'The value by which the record says that it is gone.',
    }),
  },
  { ...strict, description: 'When a record says that its document is to be deleted.' },
)

/** What of the endpoint is asked. */
const asked = {
  endpoint: Type.String({
    pattern: '^https?://[^\\s?#]+$',
    maxLength: 2048,
    description: 'Address of the endpoint. `https://host:443`, or `http://` for one without TLS.',
    examples: ['https://mainnet.eth.streamingfast.io'],
  }),
  protocol: Optional(
    Type.Enum(['auto', 'v2', 'v3', 'v4'], {
      default: 'auto',
      description: 'Version of the protocol. `auto`: the newest that the endpoint has.',
    }),
  ),
  package: PackageSource,
  module: Type.String({ ...moduleName, description: 'Name of the output module, a map.', examples: ['map_transfers'] }),
  params: Optional(
    Type.Record(Type.String(moduleName), Type.String({ maxLength: 65_536, description: 'Parameters of the module, as it reads them.' }), {
      maxProperties: 100,
      additionalProperties: false,
      description: 'Parameters by name of the module; they replace those of the package.',
      examples: [{ map_transfers: 'contract=0xdac17f958d2ee523a2206206994597c13d831ec7' }],
    }),
  ),
  network: Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'Network whose parameters and initial blocks of the package are to be used.',
    }),
  ),
  startBlock: Optional(
    Type.Integer({
      minimum: -1_000_000_000,
      maximum: Number.MAX_SAFE_INTEGER,
      description:
        'First block. Negative: counted back from the head of the chain as it is when the stream is first started. Default: the initial block of the module.',
    }),
  ),
  stopBlock: Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'The first block that is not fetched any more. Default: no end.',
    }),
  ),
  productionMode: Optional(
    Type.Boolean({ default: true, description: 'Whether the endpoint works ahead in parallel, and sends the output module only.' }),
  ),
  finalBlocksOnly: Optional(
    Type.Boolean({ default: false, description: 'Whether only blocks are fetched that can never be undone. They come minutes later.' }),
  ),
}

/** How documents are made of what comes. */
const read = {
  records: Optional(
    fieldPath(
      'Path to the records in the output: names of fields, each a message or a list of messages. Default: the output is one record.',
      'transfers',
    ),
  ),
  primaryKey: Type.Array(fieldPath('Path to a value in the record, or `_block.number`, `_block.id`, `_index`.', 'trx_hash'), {
    minItems: 1,
    maxItems: 8,
    description: 'Fields whose values tell records apart. They make the id of the document.',
    examples: [['trx_hash', 'log_index']],
  }),
  deletedWhen: Optional(Deleted),
  bytes: Optional(
    Type.Enum(['hex', '0x', 'base64'], {
      default: 'hex',
      description: 'How bytes are written as text; `0x` is hexadecimal with that prefix.',
    }),
  ),
}

export const SubstreamsConfig = Type.Object(
  {
    ...asked,
    ...read,
    idleMs: Optional(
      Type.Integer({
        minimum: 100,
        maximum: 3_600_000,
        default: 300_000,
        description:
          'Longest silence of the endpoint before the connection is made anew, in milliseconds. More than the time between two blocks.',
      }),
    ),
    reconnect: reconnectField,
    segment: Optional(Segment),
    undo: Optional(Undo),
  },
  strict,
)
export type SubstreamsConfig = Static<typeof SubstreamsConfig>

export const SubstreamsSecrets = Type.Object(
  {
    token: Optional(Type.String({ description: 'Access token, sent as `Authorization: Bearer`.' })),
    apiKey: Optional(Type.String({ description: 'API key, sent as `x-api-key`.' })),
  },
  strict,
)

/** The limits of a configuration, with those that it leaves out. */
export const limitsOf = ({ segment, undo, idleMs, reconnect }: SubstreamsConfig) => ({
  segment: { blocks: segment?.blocks ?? 1000, bytes: segment?.bytes ?? 4 * 1024 * 1024, ms: segment?.ms ?? 5000 },
  undo: { maxBytes: undo?.maxBytes ?? 1024 * 1024, restoreBytes: undo?.restoreBytes ?? 64 * 1024 },
  idleMs: idleMs ?? 300_000,
  reconnect: liveLimits({ reconnect }).reconnect,
})
