import { type Adapter, type AdapterContext, type FieldProblem, type Json, type Page, WeaverError } from '@data-weaver/contracts'
import { invalidConfig, missingSecrets } from '../src/config.ts'
import { fingerprintOf } from '../src/fingerprint.ts'
import { authorise, withParameter } from '../src/live/auth.ts'
import { liveLimits, placeholdersIn } from '../src/live/connecting.ts'
import { type LiveConnection, livePages, ResumeRefused } from '../src/live/pages.ts'
import { liveRecords } from '../src/live/records.ts'
import { connectionProblems } from '../src/live/validate.ts'
import { Conversation, type Cursor } from './conversation.ts'
import { defaults, WebSocketConfig, WebSocketSecrets } from './schema.ts'

export const websocket: Adapter<typeof WebSocketConfig, typeof WebSocketSecrets> = {
  id: 'websocket',
  summary: 'Any WebSocket, described by configuration: what is said to it at the beginning, how it goes on, how messages become records.',
  mode: 'live',
  config: WebSocketConfig,
  secrets: WebSocketSecrets,
  example: {
    url: 'wss://api.example.com/v1/live',
    auth: { type: 'bearer', secret: 'key' },
    open: [{ send: { op: 'subscribe', channel: 'orders', from: '{{cursor}}' } }],
    resume: { path: 'seq', start: 0 },
    ignore: [{ path: 'type', equals: 'heartbeat' }],
    records: { path: 'orders' },
    primaryKey: ['id'],
    deletedWhen: { path: 'state', equals: 'removed' },
  },
  startMessage: {
    secret: 'key',
    config: (endpoint, secret) => ({
      url: endpoint.replace(/^http(?=s?:)/i, 'ws'),
      ...(secret ? { auth: { type: 'bearer', secret: 'key' } } : {}),
    }),
  },
  validate,
  pages,
  records: liveRecords,
}

function validate(config: WebSocketConfig, secretNames: readonly string[]): void {
  const problems: FieldProblem[] = [
    ...connectionProblems(config, ['wss:', 'ws:'], 'wss://api.example.com/v1/live'),
    ...placeholderProblems(config),
  ]
  const { pingMs = defaults.pingMs, idleMs = defaults.idleMs, heartbeat } = config
  const signs = [pingMs, heartbeat?.everyMs ?? 0].filter((ms) => ms > 0)
  if (signs.length > 0 && Math.min(...signs) >= idleMs) {
    const hint = 'Otherwise a source that has nothing to say is taken for lost. To rely on its own messages alone, set `pingMs` to 0.'
    problems.push({ field: 'config.idleMs', problem: 'is not longer than `config.pingMs`', hint })
  }
  if (problems.length > 0) throw invalidConfig(problems)
  const missing = [...new Set(mentioned(config))].filter((name) => !secretNames.includes(name))
  if (missing.length > 0) throw missingSecrets(missing, () => 'Mentioned by `config`.')
}

/** Everything that is sent, by the field it stands in. */
function templates({ open = [], replies = [], heartbeat }: WebSocketConfig): (readonly [field: string, template: Json])[] {
  return [
    ...open.map(({ send }, index) => [`config.open.${index}.send`, send as Json] as const),
    ...replies.map(({ send }, index) => [`config.replies.${index}.send`, send as Json] as const),
    ...(heartbeat === undefined ? [] : [['config.heartbeat.send', heartbeat.send as Json] as const]),
  ]
}

const secretName = (placeholder: string): string | undefined => /^secret\.([A-Za-z][A-Za-z0-9_]{0,63})$/.exec(placeholder)?.[1]

function mentioned(config: WebSocketConfig): string[] {
  const inMessages = templates(config).flatMap(([, template]) => placeholdersIn(template).map(secretName))
  return [config.auth?.secret, ...inMessages].filter((name) => name !== undefined)
}

function* placeholderProblems(config: WebSocketConfig): Generator<FieldProblem> {
  for (const [field, template] of templates(config)) {
    for (const name of placeholdersIn(template)) {
      const shown = `{{${name}}}`
      if (name === 'cursor' && field.startsWith('config.open.')) {
        if (config.resume === undefined)
          yield { field, problem: `has ${shown}, but there is no \`config.resume\` that says where it comes from` }
      } else if (secretName(name) === undefined) {
        const hint = field.startsWith('config.open.') ? 'There are {{cursor}} and {{secret.<name>}}.' : 'There is {{secret.<name>}}.'
        yield { field, problem: `has ${shown}, which is not known here`, hint }
      }
    }
  }
}

function pages(context: AdapterContext<WebSocketConfig>): AsyncIterable<Page> {
  const { url, open, resume, protocols } = context.config
  return livePages(context, {
    of: fingerprintOf({ url, open, resume, protocols }),
    ...liveLimits(context.config),
    connect: (position) => connect(context, position),
  })
}

async function connect(context: AdapterContext<WebSocketConfig>, position: Json | undefined): Promise<LiveConnection> {
  const { config, http } = context
  const { resume, openMs, pingMs, idleMs, maxMessageBytes } = { ...defaults, ...config }
  const known: Cursor | undefined =
    resume !== undefined && (typeof position === 'string' || typeof position === 'number') ? position : undefined
  const cursor = known ?? resume?.start
  // Asked for before anything is opened: those in messages would be missed only then.
  for (const name of mentioned(config)) context.secret(name)
  const { url: address, headers } = authorise(config.auth, new URL(config.url), config.headers, (name) => context.secret(name))
  const url = resume?.parameter === undefined || cursor === undefined ? address : withParameter(address, resume.parameter, String(cursor))
  const opening = http.websocket({
    url,
    headers,
    ...(config.protocols === undefined ? {} : { protocols: config.protocols }),
    openTimeoutMs: openMs,
    idleTimeoutMs: idleMs,
    ...(pingMs === 0 ? {} : { pingMs }),
    maxMessageBytes,
  })
  const resumed = known !== undefined
  const connection = await opening.catch((error: unknown) => {
    throw resumed && isRefusal(error) ? new ResumeRefused() : error
  })
  const conversation = new Conversation(context, connection, cursor, resumed)
  try {
    await conversation.begin()
  } catch (error) {
    conversation.end()
    throw error
  }
  return { facts: connection.facts, messages: conversation.messages(resumed), resumed, position: cursor, close: () => conversation.end() }
}

/** A source that does not know a cursor in its address may say so by refusing the connection. */
const isRefusal = (error: unknown): boolean =>
  error instanceof WeaverError && (error.code === 'source_rejected' || error.code === 'source_not_found')
