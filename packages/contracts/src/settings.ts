import Type, { type Static, type TObject } from 'typebox'
import { type FieldProblem, WeaverError } from './error.ts'
import { fieldProblems, summary, validator, wireAjv } from './validation.ts'

/** Exit status for settings that are not valid (`EX_CONFIG` of sysexits.h). */
export const exitInvalidSettings = 78

const text = (description: string, example: string, more: object = {}) =>
  Type.String({ minLength: 1, description, examples: [example], ...more })
const count = (description: string, example: number, minimum: number, maximum: number, more: object = {}) =>
  Type.Integer({ description, examples: [example], minimum, maximum, ...more })

/** What a header can carry: printable ASCII, no space at the ends. Another token could be set, and never be sent. */
const sendable = '^[!-~]([ -~]*[!-~])?$'

/** Every environment variable, declared once: types, checks, `--help` and the reference page come from here. */
const variables = {
  WEAVER_HOST: text('Address the supervisor listens on.', '127.0.0.1', { default: '127.0.0.1' }),
  WEAVER_PORT: count('Port the supervisor listens on; 0 takes a free one.', 3000, 0, 65_535, { default: 3000 }),
  WEAVER_TRUSTED_PROXIES: Type.String({
    pattern: '^([0-9a-fA-F.:/]+|loopback|linklocal|uniquelocal)(,([0-9a-fA-F.:/]+|loopback|linklocal|uniquelocal))*$',
    description:
      'Proxies whose `X-Forwarded-*` headers the supervisor believes: addresses, networks, `loopback`, `uniquelocal`, separated by commas. Default: none.',
    examples: ['10.1.2.0/24'],
  }),
  WEAVER_DATA_DIR: text('Folder of the embedded default: database, raw responses, keys, logs.', '.weaver', { default: '.weaver' }),
  WEAVER_LEDGER_URL: text('PostgreSQL (15 or newer) that holds the truth.', 'postgres://weaver:secret@db:5432/weaver', {
    pattern: '^postgres(ql)?://',
  }),
  WEAVER_WORKER_ROLE: text(
    'Role of the ledger that workers connect as, when it is another than that of supervisors: they give it what workers need, and no more.',
    'weaver_worker',
    { pattern: '^[a-z_][a-z0-9_]{0,62}$' },
  ),
  WEAVER_QUEUE_URL: text(
    'Queue: Redis (7 or newer), one or with Sentinels or as a cluster, `rediss…` for TLS; or PostgreSQL. Default: the ledger.',
    'redis://redis:6379',
    { pattern: '^(rediss?(\\+(sentinel|cluster))?|postgres(ql)?)://' },
  ),
  WEAVER_STORE_URL: text(
    'Object store for raw responses: a folder or S3; its parameters are described in `docs/production.md`.',
    'file:///var/lib/weaver/objects',
    { pattern: '^(file|s3):' },
  ),
  WEAVER_VESPA_URL: text('Vespa that the `vespa` sink feeds: its container, for supervisors and workers alike.', 'http://vespa:8080', {
    pattern: '^https?://[^/?#@]+/?$',
  }),
  WEAVER_VESPA_TOKEN: text('Token for Vespa, which every worker sends to it: a token of Vespa Cloud.', 'vespa_cloud_…'),
  WEAVER_VESPA_CERT_FILE: text(
    'PEM file with the certificate that workers show to Vespa; with WEAVER_VESPA_KEY_FILE.',
    '/run/secrets/data-plane-public-cert.pem',
  ),
  WEAVER_VESPA_KEY_FILE: text('PEM file with the key of that certificate.', '/run/secrets/data-plane-private-key.pem'),
  WEAVER_VESPA_APPLICATION: text(
    'Folder with the application package that is deployed in Vespa: types of fields are taken from its schemas, and a stream that does not fit them is refused.',
    '/etc/weaver/vespa',
  ),
  WEAVER_AUDIT_MS: count(
    'How often a supervisor compares Vespa with the ledger, milliseconds; 0: only when asked to.',
    86_400_000,
    0,
    31 * 86_400_000,
    { default: 86_400_000 },
  ),
  WEAVER_EMBEDDING_URL: text(
    'Endpoint that embeds texts for `vespa` sinks, with the interface of `/v1/embeddings`: the whole address, for supervisors and workers alike.',
    'https://api.openai.com/v1/embeddings',
    { pattern: '^https?://[^/?#@]+/[^#]*$' },
  ),
  WEAVER_EMBEDDING_TOKEN: text('Bearer token for that endpoint, which every worker sends to it.', 'a long random text'),
  WEAVER_SECRET_KEY: text(
    'Key that seals the secrets of streams: 32 bytes in base64, or several `id:base64`, the first seals.',
    'base64 of 32 random bytes',
  ),
  WEAVER_ADMIN_TOKEN: text('Bearer token of the API, at least 16 characters.', 'a long random text', {
    minLength: 16,
    pattern: sendable,
  }),
  WEAVER_URL: text('Where the API is, for the command `weaver`. Default: this machine, at WEAVER_PORT.', 'https://weaver.example.com', {
    pattern: '^https?://[^\\s?#@]+$',
  }),
  WEAVER_TOKEN: text(
    'Bearer token that the command `weaver` sends. Default: the admin token in the data folder, when the API is on this machine.',
    'a long random text',
    { pattern: sendable },
  ),
  WEAVER_EGRESS_ALLOW: Type.String({
    description: 'Hosts and networks that adapters may reach although they are private, separated by commas.',
    examples: ['10.1.0.0/16,metrics.internal:9090'],
    default: '',
  }),
  WEAVER_CA_FILE: text('PEM file with certificate authorities to trust besides the usual ones.', '/etc/ssl/company.pem'),
  WEAVER_ADAPTERS: Type.String({
    description: 'Adapters from outside for supervisors and workers alike: npm packages or absolute folders, separated by commas.',
    examples: ['weaver-adapter-weather,/srv/adapters/tides'],
    default: '',
  }),
  WEAVER_DEMO: Type.Enum(['0', '1'], { description: 'Whether an empty data folder gets the demo stream.', examples: ['0'], default: '1' }),
  WEAVER_POOLS: Type.String({
    pattern: '^[a-z0-9][a-z0-9-]{0,31}(,[a-z0-9][a-z0-9-]{0,31})*$',
    description: 'Pools that a worker serves, separated by commas.',
    examples: ['default,slow'],
    default: 'default',
  }),
  WEAVER_WORKER_ID: text('Name of the worker. Default: host, process id and a random part.', 'worker-7', {
    pattern: '^[A-Za-z0-9._-]{1,100}$',
  }),
  WEAVER_FETCH_SLOTS: count('Runs a worker executes at once.', 64, 1, 4096, { default: 64 }),
  WEAVER_SINK_SLOTS: count('Sink jobs a worker executes at once.', 16, 1, 4096, { default: 16 }),
  WEAVER_LIVE_SLOTS: count('Live connections a worker holds at once, besides the runs that come and go.', 1000, 0, 100_000, {
    default: 1000,
  }),
  WEAVER_LEASE_MS: count(
    'How long a worker holds a run without renewing, milliseconds. A killed worker is replaced after that.',
    15_000,
    1000,
    600_000,
    {
      default: 15_000,
    },
  ),
  WEAVER_RECONCILE_MS: count('How often the reconciler looks, milliseconds.', 2000, 50, 600_000, { default: 2000 }),
  WEAVER_FAILPOINTS: text(
    'For tests only: where a worker fails on purpose, `name=kill|stop|error|delay:ms[*count][@probability]`, separated by commas.',
    'fetch.committed=kill@0.5',
  ),
  WEAVER_FAILPOINTS_ALLOWED: Type.Enum(['0', '1'], {
    description: 'For tests only: whether failpoints may be armed.',
    examples: ['0'],
    default: '0',
  }),
  WEAVER_LOG_LEVEL: Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
    description: 'Least log level.',
    examples: ['info'],
    default: 'info',
  }),
} as const

const schema = Type.Object(variables)
const optionalSchema: TObject = Type.Partial(schema)
type Name = keyof typeof variables
type Values = Static<typeof schema>

export type Role = 'standalone' | 'supervisor' | 'worker'

/** What must be set, by role. The standalone launcher makes what is missing. */
const required: Record<Role, readonly Name[]> = {
  standalone: [],
  supervisor: ['WEAVER_LEDGER_URL', 'WEAVER_STORE_URL', 'WEAVER_SECRET_KEY', 'WEAVER_ADMIN_TOKEN'],
  worker: ['WEAVER_LEDGER_URL', 'WEAVER_STORE_URL', 'WEAVER_SECRET_KEY'],
}

export type Settings<R extends Role = 'standalone'> = Partial<Values> &
  Pick<Values, 'WEAVER_HOST' | 'WEAVER_PORT' | 'WEAVER_DATA_DIR' | 'WEAVER_EGRESS_ALLOW' | 'WEAVER_DEMO' | 'WEAVER_POOLS'> &
  Pick<Values, 'WEAVER_ADAPTERS'> &
  Pick<
    Values,
    | 'WEAVER_FETCH_SLOTS'
    | 'WEAVER_SINK_SLOTS'
    | 'WEAVER_LIVE_SLOTS'
    | 'WEAVER_LEASE_MS'
    | 'WEAVER_RECONCILE_MS'
    | 'WEAVER_AUDIT_MS'
    | 'WEAVER_LOG_LEVEL'
  > &
  (R extends 'standalone' ? unknown : Pick<Values, 'WEAVER_LEDGER_URL' | 'WEAVER_STORE_URL' | 'WEAVER_SECRET_KEY'>) &
  (R extends 'supervisor' ? Pick<Values, 'WEAVER_ADMIN_TOKEN'> : unknown)

interface Variable {
  readonly description: string
  readonly examples: readonly unknown[]
  readonly default?: string | number
}

/** The declarations as plain data, for texts. */
const described = variables as unknown as Record<Name, Variable>

const secretNames: ReadonlySet<string> = new Set<Name>([
  'WEAVER_VESPA_TOKEN',
  'WEAVER_EMBEDDING_TOKEN',
  'WEAVER_SECRET_KEY',
  'WEAVER_ADMIN_TOKEN',
  'WEAVER_TOKEN',
])

/** Settings that are or may hold a secret: `<NAME>_FILE` may name a file with the value instead. Processes read the files before they parse. */
export const fileSettingNames: readonly string[] = [
  'WEAVER_LEDGER_URL',
  'WEAVER_QUEUE_URL',
  'WEAVER_STORE_URL',
  'WEAVER_VESPA_URL',
  'WEAVER_VESPA_TOKEN',
  'WEAVER_EMBEDDING_URL',
  'WEAVER_EMBEDDING_TOKEN',
  'WEAVER_SECRET_KEY',
  'WEAVER_ADMIN_TOKEN',
  'WEAVER_TOKEN',
] satisfies readonly Name[]

/** Every name that a process takes from its environment, those of files included. */
export const settingNames: readonly string[] = [...Object.keys(variables), ...fileSettingNames.map((name) => `${name}_FILE`)]

/**
 * Reads the settings of one process, once. Empty variables count as not set.
 * @throws WeaverError `invalid_settings`, one problem per variable, unknown `WEAVER_` variables included.
 */
export function parseSettings<R extends Role>(role: R, environment: Readonly<Record<string, string | undefined>>): Settings<R> {
  const given: Record<string, string> = {}
  const errors: FieldProblem[] = []
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('WEAVER_') || value === undefined || value === '') continue
    if (name in variables) given[name] = value
    else errors.push({ field: name, problem: 'is not a known setting', hint: `Known settings: ${Object.keys(variables).join(', ')}.` })
  }
  for (const name of required[role]) {
    if (given[name] === undefined) errors.push({ field: name, problem: 'is not set', hint: hint(name) })
  }
  const values: Record<string, unknown> = { ...given }
  const validate = validator(wireAjv, optionalSchema)
  if (!validate(values)) {
    for (const problem of fieldProblems(validate.errors ?? [])) errors.push({ ...problem, hint: hint(problem.field as Name) })
  }
  if (errors.length > 0) throw new WeaverError('invalid_settings', summary(errors), { errors })
  return values as Settings<R>
}

const hint = (name: Name): string => `${described[name].description} For example ${name}=${exampleOf(name)}`

const exampleOf = (name: Name): string => String(described[name].examples[0])

/** The problems of an `invalid_settings` error as lines for a terminal. */
export function settingsProblems(error: WeaverError): string {
  return error.errors.map(({ field, problem, hint: way }) => `${field} ${problem}.${way === undefined ? '' : ` ${way}`}`).join('\n')
}

/** The settings as text for `--help`. */
export function settingsHelp(): string {
  const lines = Object.entries(described).map(
    ([name, variable]) => `  ${name.padEnd(20)} ${variable.description}${defaultOf(variable, ' Default: ', '.')}`,
  )
  return [...lines, `  <NAME>_FILE          File with the value instead, for ${fileSettingNames.join(', ')}.`].join('\n')
}

/** The settings as a Markdown page. */
export function settingsReference(): string {
  const needs = (name: Name) => (['supervisor', 'worker'] as const).filter((role) => required[role].includes(name)).join(', ') || 'no'
  const rows = Object.entries(described).map(
    ([name, variable]) =>
      `| \`${name}\` | ${variable.description}${secretNames.has(name) ? ' A secret.' : ''} | ${defaultOf(variable, '`', '`')} | ${needs(name as Name)} | \`${exampleOf(name as Name)}\` |`,
  )
  return [
    '# Settings',
    '',
    'Environment variables, read once when a process starts. A wrong value names the variable, the problem and an example, and the',
    `process exits with status ${exitInvalidSettings} before it touches anything. \`npx -y pnpm@12 start\` makes what is missing.`,
    '',
    'Values that are or may hold a secret can be read from a file instead, as orchestrators hand secrets over: the same name with `_FILE`',
    `behind it and the path of the file. White space at its end does not count. These are ${fileSettingNames.map((name) => `\`${name}\``).join(', ')}.`,
    '',
    '| variable | meaning | default | required by | example |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function defaultOf({ default: value }: Variable, before: string, after: string): string {
  return value === undefined || value === '' ? '' : `${before}${String(value)}${after}`
}
