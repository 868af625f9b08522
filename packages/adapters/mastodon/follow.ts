import { type AdapterContext, type ErrorCode, type Json, type WebSocketConnection, WeaverError } from '@data-weaver/contracts'
import type { AnswerReading } from '../src/answer.ts'
import { credentialHeader } from '../src/credential-header.ts'
import { parseJson } from '../src/exact-json.ts'
import { streamError } from '../src/live/connecting.ts'
import { serverSentEvents, type StreamState } from '../src/live/events.ts'
import type { LiveConnection } from '../src/live/pages.ts'
import type { LiveMessage } from '../src/live/segment.ts'
import { redaction, shortLine } from '../src/redaction.ts'
import { eventNames, idOf, type PostEvent, said } from './event.ts'
import { Fill, type Filling, latestPost } from './fill.ts'
import { Positions } from './positions.ts'
import { defaults, type MastodonConfig } from './schema.ts'
import { Seen } from './seen.ts'
import { listenUrl, type Timeline, timelineOf } from './timeline.ts'

type Heard = Pick<LiveConnection, 'facts' | 'messages' | 'heardAt' | 'retryMs' | 'close'>

/** Follows the timelines of a run, from one connection to the next. */
export class Follower {
  readonly #context: AdapterContext<MastodonConfig>
  readonly #timelines: readonly Timeline[]
  readonly #positions: Positions
  readonly #seen = new Seen()
  #isFirst = true

  constructor(context: AdapterContext<MastodonConfig>) {
    this.#context = context
    this.#timelines = context.config.streams.map(timelineOf)
    this.#positions = new Positions(this.#timelines)
  }

  /**
   * Opens a connection first and fetches what was missed then, so that nothing falls between the two: what both have is stored once.
   */
  async connect(position: Json | undefined): Promise<LiveConnection> {
    const token = this.#context.secret('token')
    const headers = { authorization: credentialHeader(`Bearer ${token}`, 'token') }
    const reading: AnswerReading = { clock: this.#context.clock, redact: redaction([token]) }
    const filling: Filling = { context: this.#context, headers, reading, positions: this.#positions, seen: this.#seen }
    this.#positions.take(position)
    const known = this.#timelines.filter((timeline) => this.#positions.of(timeline) !== undefined)
    // A timeline without a position in a checkpoint is one that was added since: of it nothing is missing.
    const resumed = known.length === this.#timelines.length || (this.#isFirst && known.length > 0)
    for (const timeline of this.#timelines) {
      if (known.includes(timeline)) continue
      const latest = await latestPost(filling, timeline)
      if (latest !== undefined) this.#positions.move(timeline.key, latest)
    }
    const overEvents = this.#context.config.transport === 'sse'
    const { messages, ...heard } = await (overEvents ? this.#events(headers, reading) : this.#webSocket(headers))
    this.#isFirst = false
    const fill = new Fill(filling, known)
    return {
      ...heard,
      messages: this.#placed(messages, overEvents, reading),
      resumed,
      position: this.#positions.toJson(),
      fill: fill.pages(),
      unfilled: () => fill.unfilled(),
    }
  }

  async #events(headers: Readonly<Record<string, string>>, reading: AnswerReading): Promise<Heard> {
    const { config, http } = this.#context
    const stream = await http.stream({
      url: listenUrl(config, this.#timelines),
      // Compression holds events back in many servers.
      headers: { ...headers, accept: 'text/event-stream', 'cache-control': 'no-store', 'accept-encoding': 'identity' },
      headersTimeoutMs: config.openMs ?? defaults.openMs,
      idleTimeoutMs: config.idleMs ?? defaults.idleMs,
    })
    const error = await streamError(stream, 'text/event-stream', reading)
    if (error !== undefined) throw error
    const state: StreamState = { heardAt: undefined, retryMs: undefined, lastId: undefined }
    const messages = serverSentEvents(stream.body, state, {
      ...reading,
      maxMessageBytes: config.maxMessageBytes ?? defaults.maxMessageBytes,
      events: new Set(eventNames),
      errorEvents: new Set(),
      resume: false,
    })
    return { facts: stream.facts, messages, heardAt: () => state.heardAt, retryMs: () => state.retryMs, close: () => stream.close() }
  }

  async #webSocket(headers: Readonly<Record<string, string>>): Promise<Heard> {
    const { config, http } = this.#context
    const { openMs, idleMs, maxMessageBytes } = { ...defaults, ...config }
    const connection = await http.websocket({
      url: listenUrl(config, this.#timelines),
      headers,
      openTimeoutMs: openMs,
      idleTimeoutMs: idleMs,
      pingMs: Math.floor(idleMs / 3),
      maxMessageBytes,
    })
    try {
      // One alone is named by the address; a server that knows no subscriptions can follow it as well.
      const subscriptions = this.#timelines.length === 1 ? [] : this.#timelines.map(({ subscription }) => subscription)
      for (const subscription of subscriptions) await connection.send(JSON.stringify({ type: 'subscribe', ...subscription }))
    } catch (error) {
      connection.close()
      throw error
    }
    return { facts: connection.facts, messages: this.#timed(connection), close: () => connection.close() }
  }

  async *#timed({ messages }: WebSocketConnection): AsyncGenerator<LiveMessage> {
    for await (const data of messages) yield { at: this.#context.clock.now(), data }
  }

  /** Messages about posts, with where one goes on behind them; without posts that are stored already. */
  async *#placed(messages: AsyncIterable<LiveMessage>, overEvents: boolean, reading: AnswerReading): AsyncGenerator<LiveMessage> {
    for await (const message of messages) {
      const found = said(message, overEvents)
      if (found === undefined) continue
      if ('error' in found) throw refusal(found.error, found.status, reading)
      if ('post' in found && this.#isKnown(found.post)) continue
      yield { ...message, position: this.#positions.toJson() }
    }
  }

  /** Whether it is a post that is stored already. Moves on to it. */
  #isKnown({ event, payload, timeline }: PostEvent): boolean {
    const id = event === 'update' ? idOf(jsonOf(payload)) : undefined
    if (id === undefined) return false
    const [first, ...others] = this.#timelines
    this.#positions.move((others.length === 0 ? first?.key : timeline) ?? '', id)
    const known = this.#seen.has(id)
    this.#seen.add(id)
    return known
  }
}

/** What is no JSON has no id; whoever reads the record later says so. */
function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof WeaverError) return undefined
    throw error
  }
}

/** What a server says over a WebSocket in the place of a subscription. */
function refusal(error: Json, status: Json | undefined, { redact }: AnswerReading): WeaverError {
  const message = `The server refused a stream: ${shortLine(typeof error === 'string' ? error : JSON.stringify(error), redact)}`
  return new WeaverError(typeof status === 'number' ? codeOf(status) : 'source_unavailable', message)
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'auth_failed'
  if (status === 404 || status === 410) return 'source_not_found'
  if (status === 429) return 'rate_limited'
  return status >= 400 && status < 500 ? 'source_rejected' : 'source_unavailable'
}
