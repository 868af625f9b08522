import { type Adapter, type AdapterContext, type FieldProblem, type HttpStream, type Json, type Page } from '@data-weaver/contracts'
import type { AnswerReading } from '../src/answer.ts'
import { invalidConfig, missingSecrets } from '../src/config.ts'
import { fingerprintOf } from '../src/fingerprint.ts'
import { authorise } from '../src/live/auth.ts'
import { liveLimits, refusesResume, streamError } from '../src/live/connecting.ts'
import { serverSentEvents, type StreamState } from '../src/live/events.ts'
import { type LiveConnection, livePages, ResumeRefused } from '../src/live/pages.ts'
import { liveRecords } from '../src/live/records.ts'
import { connectionProblems } from '../src/live/validate.ts'
import { redaction } from '../src/redaction.ts'
import { defaults, SseConfig, SseSecrets } from './schema.ts'

export const sse: Adapter<typeof SseConfig, typeof SseSecrets> = {
  id: 'sse',
  summary:
    'Any stream of server-sent events, described by configuration: its address and credentials, how it goes on, how events become records.',
  mode: 'live',
  config: SseConfig,
  secrets: SseSecrets,
  example: {
    url: 'https://api.example.com/v1/events',
    auth: { type: 'bearer', secret: 'key' },
    events: ['update', 'delete'],
    primaryKey: ['id'],
    deletedWhen: { event: 'delete' },
  },
  startMessage: {
    secret: 'key',
    config: (endpoint, secret) => ({ url: endpoint, ...(secret ? { auth: { type: 'bearer', secret: 'key' } } : {}) }),
  },
  validate,
  pages,
  records: liveRecords,
}

function validate(config: SseConfig, secretNames: readonly string[]): void {
  const problems: FieldProblem[] = [...connectionProblems(config, ['https:', 'http:'], 'https://api.example.com/v1/events')]
  const both = config.events?.find((name) => (config.errorEvents ?? defaults.errorEvents).includes(name as never))
  if (both !== undefined) {
    const hint = 'Name in `config.errorEvents` only those that report an error; an empty list is none.'
    problems.push({ field: 'config.events', problem: `has ${JSON.stringify(both)}, which is one of \`config.errorEvents\``, hint })
  }
  if (problems.length > 0) throw invalidConfig(problems)
  const { auth } = config
  if (auth !== undefined && !secretNames.includes(auth.secret)) throw missingSecrets([auth.secret], () => 'Named by `config.auth.secret`.')
}

function pages(context: AdapterContext<SseConfig>): AsyncIterable<Page> {
  const { config } = context
  return livePages(context, {
    of: fingerprintOf({ url: config.url }),
    ...liveLimits(config),
    connect: (position) => connect(context, position),
  })
}

async function connect(context: AdapterContext<SseConfig>, position: Json | undefined): Promise<LiveConnection> {
  const { config, http, clock } = context
  const { openMs = defaults.openMs, idleMs = defaults.idleMs, maxMessageBytes = defaults.maxMessageBytes, resume = true } = config
  const { url, headers, hidden } = authorise(config.auth, new URL(config.url), config.headers, (name) => context.secret(name))
  const reading: AnswerReading = { clock, redact: redaction(hidden) }
  const from = resume && typeof position === 'string' && position !== '' ? position : undefined
  const stream = await http.stream({
    url,
    headers: {
      accept: 'text/event-stream',
      'cache-control': 'no-store',
      // Compression holds events back in many servers, and each stream would need its memory.
      'accept-encoding': 'identity',
      ...headers,
      // Headers carry bytes; ids are UTF-8.
      ...(from === undefined ? {} : { 'last-event-id': Buffer.from(from).toString('latin1') }),
    },
    headersTimeoutMs: openMs,
    idleTimeoutMs: idleMs,
  })
  const error = await streamError(stream, 'text/event-stream', reading)
  if (error !== undefined) throw from !== undefined && refusesResume(stream.status) ? new ResumeRefused() : error
  const state: StreamState = { heardAt: undefined, retryMs: undefined, lastId: from }
  const events = serverSentEvents(stream.body, state, {
    ...reading,
    maxMessageBytes,
    events: config.events && new Set(config.events),
    errorEvents: new Set(config.errorEvents ?? defaults.errorEvents),
    resume,
  })
  return {
    facts: stream.facts,
    messages: events,
    resumed: from !== undefined,
    position: from ?? (resume ? lastIdOf(stream) : undefined),
    heardAt: () => state.heardAt,
    retryMs: () => state.retryMs,
    close: () => stream.close(),
  }
}

/** Some sources say with their answer which event was the last before it, as Mercure does. */
const lastIdOf = ({ headers }: HttpStream): string | undefined => {
  const id = headers['last-event-id']
  return id === undefined || id === '' ? undefined : Buffer.from(id, 'latin1').toString('utf8')
}
