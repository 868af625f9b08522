import { rootCertificates } from 'node:tls'
import { type Clock, type EmbeddingAccess, WeaverError } from '@data-weaver/contracts'
import { Pool } from 'undici'
import { type Batch, type BatchAnswer, readAnswer, readReset, unavailable } from './answer.ts'

export interface EmbeddingLimits {
  /** Texts in one request at most, and their characters. */
  readonly texts: number
  readonly characters: number
  /** Requests under way at once. */
  readonly requests: number
  /** Longest wait for an answer, milliseconds. */
  readonly answerMs: number
  /** Times that one request is sent although the connection broke or the endpoint failed (5xx). */
  readonly attempts: number
  /** Longest time that a request is tried again after 429, milliseconds. */
  readonly patienceMs: number
  readonly firstBackoffMs: number
  readonly longestBackoffMs: number
}

export const defaultEmbeddingLimits: EmbeddingLimits = {
  texts: 64,
  characters: 250_000,
  requests: 4,
  answerMs: 30_000,
  attempts: 5,
  patienceMs: 45_000,
  firstBackoffMs: 250,
  longestBackoffMs: 10_000,
}

/** Longest answer, bytes: 2,048 vectors of 1,536 numbers fit in. */
const mostBytes = 96 * 2 ** 20
/** How long nothing is asked after the quota of the account was used up, milliseconds. */
const quotaPauseMs = 300_000

export interface EndpointParts {
  readonly access: EmbeddingAccess
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly limits: EmbeddingLimits
}

export interface EndpointCounts {
  requests: number
  texts: number
  overloads: number
  retries: number
}

/**
 * An endpoint with the interface of OpenAI's `/v1/embeddings`. It heeds what the endpoint says of its limits: `retry-after`, and the headers by which it says that no
 * request is left for now; then nobody in this process asks until that is over.
 */
export class EmbeddingEndpoint {
  readonly #parts: EndpointParts
  readonly #pool: Pool
  readonly #path: string
  readonly counts: EndpointCounts = { requests: 0, texts: 0, overloads: 0, retries: 0 }
  /** Nothing is asked before this, by the monotonic clock. */
  #pausedUntil = Number.NEGATIVE_INFINITY

  constructor(parts: EndpointParts) {
    this.#parts = parts
    const { url, caCertificates } = parts.access
    const { origin, pathname, search } = new URL(url)
    this.#path = `${pathname}${search}`
    this.#pool = new Pool(origin, {
      connections: parts.limits.requests,
      pipelining: 1,
      allowH2: false,
      connect: { timeout: 10_000, ...(caCertificates === undefined ? {} : { ca: [...rootCertificates, caCertificates] }) },
    })
  }

  /**
   * The vectors of texts, in their order; for a text that the model never takes, why. A refusal of several texts is narrowed down to the one at fault.
   * @throws WeaverError `sink_unavailable`, or the signal's reason
   */
  async embed(batch: Batch, signal: AbortSignal): Promise<BatchAnswer> {
    const answer = await this.#persist(batch, signal)
    if (!('refused' in answer)) {
      this.counts.texts += batch.texts.length
      return answer.vectors
    }
    if (batch.texts.length === 1) return [{ refused: answer.refused }]
    const middle = Math.ceil(batch.texts.length / 2)
    const first = await this.embed({ ...batch, texts: batch.texts.slice(0, middle) }, signal)
    return [...first, ...(await this.embed({ ...batch, texts: batch.texts.slice(middle) }, signal))]
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  /** Sends until there is an answer that is about the texts. */
  async #persist(batch: Batch, signal: AbortSignal): Promise<{ vectors: BatchAnswer } | { refused: string }> {
    const { clock, limits } = this.#parts
    const giveUpAt = clock.monotonic() + limits.patienceMs
    let lost = 0
    let overloads = 0
    for (;;) {
      await this.#untilAllowed(giveUpAt, signal)
      const reply = await this.#ask(batch, signal)
      if (reply instanceof Error) {
        if (++lost >= limits.attempts) throw unavailable(`cannot be reached (${codeOf(reply)})`)
      } else if (reply.status === 200) {
        return { vectors: readAnswer(reply.body, batch) }
      } else if (reply.status === 429) {
        this.counts.overloads += 1
        this.#heed(reply, ++overloads)
        continue
      } else if ([400, 413, 422].includes(reply.status)) {
        return { refused: `the model ${batch.model} refused its text (${reply.status}${messageOf(reply.body)})` }
      } else if (reply.status < 500 && reply.status !== 408) {
        throw unavailable(`answered ${reply.status}${messageOf(reply.body)}`)
      } else if (++lost >= limits.attempts) throw unavailable(`is not available (${reply.status}${messageOf(reply.body)})`)
      this.counts.retries += 1
      await clock.sleep(this.#backoff(lost), signal)
    }
  }

  async #untilAllowed(giveUpAt: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    for (let wait = this.#pausedUntil - clock.monotonic(); wait > 0; wait = this.#pausedUntil - clock.monotonic()) {
      if (this.#pausedUntil > giveUpAt)
        throw new WeaverError('sink_unavailable', 'the embedding endpoint asks to slow down', { retryAfterMs: Math.ceil(wait) })
      await clock.sleep(wait, signal)
    }
    signal.throwIfAborted()
  }

  async #ask({ model, texts, dimensions }: Batch, signal: AbortSignal): Promise<HttpReply | Error> {
    const { access, limits } = this.#parts
    this.counts.requests += 1
    const body = JSON.stringify({ model, input: texts, encoding_format: 'float', ...(dimensions === undefined ? {} : { dimensions }) })
    const authorization = access.token === undefined ? {} : { authorization: `Bearer ${access.token}` }
    try {
      const {
        statusCode,
        headers,
        body: answer,
      } = await this.#pool.request({
        path: this.#path,
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization },
        body,
        signal,
        headersTimeout: limits.answerMs,
        bodyTimeout: limits.answerMs,
      })
      const reply = { status: statusCode, headers, body: await bounded(answer) }
      this.#noteLimits(reply)
      return reply
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof WeaverError) throw error
      return error instanceof Error ? error : new Error('no answer')
    }
  }

  /** The endpoint says that this was the last request for now. */
  #noteLimits({ headers }: HttpReply): void {
    if (headers['x-ratelimit-remaining-requests'] !== '0') return
    const ms = readReset(headers['x-ratelimit-reset-requests'])
    if (ms !== undefined) this.#pause(ms)
  }

  #heed({ headers, body }: HttpReply, failed: number): void {
    if (upstreamCode(body) === 'insufficient_quota') return this.#pause(quotaPauseMs)
    const seconds = Number(headers['retry-after'] ?? Number.NaN)
    const ms = Number(headers['retry-after-ms'] ?? Number.NaN)
    this.#pause(Number.isFinite(ms) ? ms : Number.isFinite(seconds) ? seconds * 1000 : this.#backoff(failed))
  }

  #pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#parts.clock.monotonic() + Math.max(1, ms))
  }

  #backoff(failed: number): number {
    const { random, limits } = this.#parts
    return random() * Math.min(limits.longestBackoffMs, limits.firstBackoffMs * 2 ** Math.min(failed - 1, 20))
  }
}

interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

async function bounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > mostBytes) throw unavailable(`answered with more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const codeOf = (error: Error): string => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : 'no answer'
}

function upstreamError(body: string): { message?: unknown; code?: unknown } {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown; code?: unknown } }
    return error ?? {}
  } catch {
    return {}
  }
}

const upstreamCode = (body: string): unknown => upstreamError(body).code

/** What the endpoint said, shortened; an error page of a proxy says nothing. */
function messageOf(body: string): string {
  const { message } = upstreamError(body)
  if (typeof message !== 'string' || message === '') return ''
  return `: ${message
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 160)
    .toWellFormed()}`
}
