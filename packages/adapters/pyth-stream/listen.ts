import { type AdapterContext, type HttpResponse, type Json, type SourceGap, WeaverError } from '@data-weaver/contracts'
import { failureOf, unknownFeeds } from '../pyth/failure.ts'
import { feedId } from '../pyth/feed-id.ts'
import { defaultEndpoint } from '../pyth/schema.ts'
import { type AnswerReading, answerJson } from '../src/answer.ts'
import { credentialHeader } from '../src/credential-header.ts'
import { below } from '../src/endpoint.ts'
import { streamError } from '../src/live/connecting.ts'
import { serverSentEvents, type StreamState } from '../src/live/events.ts'
import type { FilledPage, LiveConnection } from '../src/live/pages.ts'
import type { LiveMessage } from '../src/live/segment.ts'
import { lookup } from '../src/path.ts'
import { excerpt, redaction, shortLine } from '../src/redaction.ts'
import { Latest, said } from './price.ts'
import { defaults, type PythStreamConfig } from './schema.ts'

/** The latest prices of so many feeds are fetched in a request. */
const feedsAtOnce = 50
/** Of an answer with them, bytes. */
const maxBytes = 16 * 1024 * 1024

type Heard = Pick<LiveConnection, 'facts' | 'messages' | 'heardAt' | 'retryMs' | 'close'>

/** Listens to Hermes on one connection. */
export class Listener {
  readonly #context: AdapterContext<PythStreamConfig>
  readonly #ids: readonly string[]
  readonly #latest: Latest
  readonly #headers: Readonly<Record<string, string>>
  readonly #reading: AnswerReading
  #gapReason: SourceGap['reason'] | undefined

  /** @param position when the latest price of each feed was published */
  constructor(context: AdapterContext<PythStreamConfig>, position: Json | undefined) {
    const key = context.secret('key')
    this.#context = context
    this.#ids = [...new Set(context.config.ids.map(feedId))]
    this.#headers = { authorization: credentialHeader(`Bearer ${key}`, 'key') }
    this.#reading = { clock: context.clock, redact: redaction([key]) }
    this.#latest = new Latest(this.#ids)
    this.#latest.take(position)
  }

  /** Opens the connection first and fetches the latest prices then: those that come meanwhile wait, and older ones are known as such. */
  async connect(): Promise<LiveConnection> {
    const { messages, ...heard } = await (this.#context.config.transport === 'websocket' ? this.#webSocket() : this.#events())
    return {
      ...heard,
      messages: this.#placed(messages),
      // There is no way to ask for the prices in between.
      resumed: false,
      fill: this.#fill(),
      gapReason: () => this.#gapReason,
    }
  }

  async #events(): Promise<Heard> {
    const { config, http } = this.#context
    const url = this.#url('v2/updates/price/stream', this.#ids)
    const stream = await http.stream({
      url,
      headers: { ...this.#headers, accept: 'text/event-stream', 'cache-control': 'no-store', 'accept-encoding': 'identity' },
      headersTimeoutMs: config.openMs ?? defaults.openMs,
      idleTimeoutMs: config.idleMs ?? defaults.idleMs,
    })
    const error = await streamError(stream, 'text/event-stream', this.#reading, (response, reading) =>
      failureOf(response, reading, config.ids),
    )
    if (error !== undefined) throw error
    const state: StreamState = { heardAt: undefined, retryMs: undefined, lastId: undefined }
    const events = serverSentEvents(stream.body, state, {
      ...this.#reading,
      maxMessageBytes: config.maxMessageBytes ?? defaults.maxMessageBytes,
      events: undefined,
      errorEvents: new Set(),
      resume: false,
    })
    const messages = this.#withoutErrors(events)
    return { facts: stream.facts, messages, heardAt: () => state.heardAt, retryMs: () => state.retryMs, close: () => stream.close() }
  }

  /** By an `error` event Hermes says why it ends a stream: it is a day old, or we are too slow for it. */
  async *#withoutErrors(events: AsyncIterable<LiveMessage>): AsyncGenerator<LiveMessage> {
    for await (const event of events) {
      if (event.event === 'error') {
        const text = excerpt(Buffer.from(event.data as string), this.#reading.redact)
        if (/slow consumer/i.test(text)) this.#gapReason = 'slowConsumer'
        throw new WeaverError('source_unavailable', `Hermes ended the stream: ${text}`)
      }
      if (event.event === undefined) yield event
    }
  }

  async #webSocket(): Promise<Heard> {
    const { config, http } = this.#context
    const { openMs, idleMs, maxMessageBytes } = { ...defaults, ...config }
    const url = below(config.endpoint ?? defaultEndpoint, 'ws')
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const connection = await http.websocket({
      url,
      headers: this.#headers,
      openTimeoutMs: openMs,
      idleTimeoutMs: idleMs,
      pingMs: Math.floor(idleMs / 3),
      maxMessageBytes,
    })
    const wanted = { verbose: true, binary: false, allow_out_of_order: false, ignore_invalid_price_ids: false }
    try {
      await connection.send(JSON.stringify({ type: 'subscribe', ids: this.#ids, ...wanted }))
    } catch (error) {
      connection.close()
      throw error
    }
    return { facts: connection.facts, messages: this.#timed(connection.messages), close: () => connection.close() }
  }

  async *#timed(messages: AsyncIterable<string | Uint8Array>): AsyncGenerator<LiveMessage> {
    for await (const data of messages) yield { at: this.#context.clock.now(), data }
  }

  /** Messages with prices, with those that are not the latest named; without messages in which none is. */
  async *#placed(messages: AsyncIterable<LiveMessage>): AsyncGenerator<LiveMessage> {
    for await (const message of messages) {
      const found = said(message.data)
      if (found === undefined) continue
      if ('refusal' in found) throw this.#refusal(found.refusal, found.isResponse)
      const prices = 'prices' in found ? found.prices : []
      const { stale, news } = this.#latest.compare(prices)
      if (!news) continue
      this.#latest.move(prices)
      yield { ...message, ...(stale.length === 0 ? {} : { stale }), position: this.#latest.toJson() }
    }
  }

  /** An error in the response to a subscription is about its ids; the only other one is about the pace. */
  #refusal(error: Json, isResponse: boolean): WeaverError {
    const text = typeof error === 'string' ? error : JSON.stringify(error)
    const message = `Hermes refused: ${shortLine(text, this.#reading.redact)}`
    if (!isResponse) return new WeaverError('rate_limited', message)
    return unknownFeeds('Hermes refused the subscription', text, this.#context.config.ids) ?? new WeaverError('source_rejected', message)
  }

  /** The latest price of each feed, once. Without it the stream's own next price of a feed is the first. */
  async *#fill(): AsyncGenerator<FilledPage> {
    const { signal, log } = this.#context
    for (let at = 0; at < this.#ids.length; at += feedsAtOnce) {
      try {
        const { response, prices } = await this.#ask(this.#ids.slice(at, at + feedsAtOnce))
        const { news, older } = this.#latest.compare(prices)
        // A server that is behind another one has nothing to add.
        if (prices.length === 0 || !news || older) continue
        this.#latest.move(prices)
        yield { body: response.body, ...response.facts, position: this.#latest.toJson() }
      } catch (error) {
        if (signal.aborted || !(error instanceof WeaverError)) throw error
        log.warn({ code: error.code }, 'the latest prices cannot be fetched')
        return
      }
    }
  }

  async #ask(ids: readonly string[]): Promise<{ readonly response: HttpResponse; readonly prices: readonly Json[] }> {
    const { http, config } = this.#context
    const url = this.#url('v2/updates/price/latest', ids)
    const response = await http.request({ url, headers: { ...this.#headers, accept: 'application/json' }, maxBytes })
    const failure = failureOf(response, this.#reading, config.ids)
    if (failure !== undefined) throw failure
    const prices = lookup(answerJson(response, this.#reading), ['parsed'])
    if (!Array.isArray(prices)) throw new WeaverError('source_malformed', 'The answer has no list `parsed`.')
    return { response, prices: prices as readonly Json[] }
  }

  #url(path: string, ids: readonly string[]): URL {
    const url = below(this.#context.config.endpoint ?? defaultEndpoint, path)
    for (const id of ids) url.searchParams.append('ids[]', id)
    url.searchParams.set('parsed', 'true')
    return url
  }
}
