import { type AdapterContext, type HttpRequest, type HttpResponse, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, malformedAnswer, statusError } from '../src/answer.ts'
import { redaction } from '../src/redaction.ts'
import { retryAfterMs } from '../src/retry-after.ts'
import { authority } from './auth/authority.ts'
import { type Authority, type Credentials, noCredentials } from './auth/credentials.ts'
import { isReadable, type Row } from './decoder/row.ts'
import { handledError } from './handlers.ts'
import { askPossiblyLarge, type PossiblyLarge } from './large/answer.ts'
import type { ListPlan } from './list-plan.ts'
import type { Position } from './pagination/position.ts'
import type { Plan } from './plan.ts'
import { addParameters } from './query.ts'
import { Pace } from './rate-limit.ts'
import { isEmptyByStatus } from './records.ts'
import type { Asked } from './request.ts'
import type { HttpConfig } from './schema.ts'

/** What became of a request. `nothing`: the answer counts as one without records, and is not stored. */
export type Verdict =
  | { readonly kind: 'page'; readonly response: HttpResponse }
  /** To be read once, or closed. The body of the response is its beginning. */
  | { readonly kind: 'large'; readonly response: HttpResponse; readonly pieces: AsyncIterable<Uint8Array>; close(): void }
  | { readonly kind: 'deadLetter'; readonly response: HttpResponse; readonly error: WeaverError }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'nothing' }

export interface ReadAnswer {
  readonly rows: readonly Row[]
  readonly next: Position | undefined
}

/** Asks the source, one request after the other, for one run. */
export class Client {
  readonly #context: AdapterContext<HttpConfig>
  readonly #plan: Plan
  readonly #authority: Authority
  readonly #pace: Pace | undefined
  #reading: AnswerReading
  #hidden: number

  /** @throws WeaverError `missing_secret`, or `invalid_config` naming a secret that cannot be used as it should. */
  constructor(context: AdapterContext<HttpConfig>, plan: Plan) {
    const { config, http, clock, log, signal, saveSecret } = context
    this.#context = context
    this.#plan = plan
    this.#authority = authority(config.auth, {
      http,
      clock,
      log,
      signal,
      secret: (name) => context.secret(name),
      saveSecret: saveSecret && ((name, value) => saveSecret.call(context, name, value)),
      values: config.values ?? {},
    })
    this.#pace = config.rateLimit && new Pace(config.rateLimit, { clock, signal })
    this.#hidden = this.#authority.hidden.length
    this.#reading = { clock, redact: redaction(this.#authority.hidden) }
  }

  /** What messages about an answer need; it knows each token that was given by now. */
  get reading(): AnswerReading {
    const { hidden } = this.#authority
    if (hidden.length !== this.#hidden) {
      this.#hidden = hidden.length
      this.#reading = { clock: this.#reading.clock, redact: redaction(hidden) }
    }
    return this.#reading
  }

  /**
   * Asks for a page. Credentials that the source refuses are renewed once, where there can be others.
   * @param conditions headers that ask for an answer only when it is another one
   * @param large whether the answer may be larger than what is held
   */
  async ask(plan: ListPlan, asked: Asked, conditions: Readonly<Record<string, string>> = {}, large = false): Promise<Verdict> {
    const address = plan.request.address(asked)
    const own = address.origin === this.#plan.list.request.origin
    if (!own) this.#context.log.warn({ origin: address.origin }, 'the next page is on another origin; no credentials are sent there')
    for (let renewed = false; ; renewed = true) {
      await this.#pace?.turn()
      const { answer, credentials } = await this.#send(plan, asked, { address, own, conditions, large })
      const { response, pieces, close } = answer
      this.#pace?.heard(response.headers)
      if (response.status === 304 && Object.keys(conditions).length > 0) return { kind: 'unchanged' }
      const judged = this.#judge(plan, response, own)
      if (pieces !== undefined && 'kind' in judged && judged.kind === 'page') return { kind: 'large', response, pieces, close }
      close()
      if (!('refused' in judged)) return judged
      if (renewed || !own || !judged.renew || this.#authority.forget === undefined) throw judged.refused
      this.#context.log.info({ status: response.status }, 'the source refused the credentials; new ones are asked for')
      this.#authority.forget(credentials)
    }
  }

  async #send(
    { request }: ListPlan,
    asked: Asked,
    { address, own, conditions, large }: Sending,
  ): Promise<{ readonly answer: PossiblyLarge; readonly credentials: Credentials }> {
    const { method, limits } = request
    const body = request.body(asked)
    const given = own ? this.#authority.credentials({ method, url: address, body: body?.text ?? '' }) : noCredentials
    const credentials = given instanceof Promise ? await given : given
    const url = new URL(address)
    addParameters(url, credentials.query)
    const sent: HttpRequest = {
      method,
      url,
      headers: {
        ...(body === undefined ? {} : { 'content-type': body.type }),
        ...request.headers(asked, own),
        ...(own ? conditions : {}),
        ...credentials.headers,
      },
      ...(body === undefined ? {} : { body: body.text }),
      ...limits,
      ...(credentials.hidden.length === 0 ? {} : { secrets: credentials.hidden }),
    }
    const answer = large
      ? await askPossiblyLarge(this.#context, sent)
      : { response: await this.#context.http.request(sent), close: nothing }
    return { answer, credentials }
  }

  #judge({ type }: ListPlan, response: HttpResponse, own: boolean): Verdict | Refusal {
    const handler = this.#plan.handlers?.of({ ...response, headers: response.facts.response.headers })
    if (handler === undefined) return this.#judgeStatus(response, own)
    const action = handler.config.do
    if (action === 'ignore') return { kind: 'nothing' }
    const waitMs = this.#waitMs(response)
    const error = handledError(handler, { ...response, headers: response.facts.response.headers }, { type, reading: this.reading, waitMs })
    if (action === 'deadLetter') return { kind: 'deadLetter', response, error }
    return { refused: error, renew: action === 'refresh' }
  }

  #judgeStatus(response: HttpResponse, own: boolean): Verdict | Refusal {
    const refusal = statusError(response, this.reading)
    if (refusal === undefined) return { kind: 'page', response }
    if (refusal.code === 'rate_limited' && this.#pace !== undefined) return { refused: this.#limited(refusal, response), renew: false }
    if (refusal.code !== 'auth_failed' || own || this.#plan.config.auth === undefined) {
      return { refused: refusal, renew: response.status === 401 }
    }
    const message = `${refusal.message} (no credentials were sent: it is not the origin of \`request.url\`)`
    return { refused: new WeaverError('auth_failed', message, { cause: refusal }), renew: false }
  }

  #limited(refusal: WeaverError, { headers }: HttpResponse): WeaverError {
    const wait = this.#pace?.waitMs(headers)
    const message = `${refusal.message}${this.#pace?.allowed(headers) ?? ''}`
    return new WeaverError('rate_limited', message, { cause: refusal, ...(wait === undefined ? {} : { retryAfterMs: wait }) })
  }

  /** How long to wait before asking again, where an answer says so. */
  #waitMs(response: HttpResponse): number | undefined {
    return this.#pace === undefined ? retryAfterMs(response.headers, this.#context.clock) : this.#pace.waitMs(response.headers)
  }

  /** Reads all that a run needs of an answer; what cannot be read fails here, before it is stored. @throws WeaverError `source_malformed`. */
  read(plan: ListPlan, at: Position | undefined, response: HttpResponse, check?: (rows: readonly Row[]) => void): ReadAnswer {
    try {
      const empty = isEmptyByStatus(response.status)
      const { json, rows } = empty ? { json: null, rows: [] } : plan.decoder.read(response.body, response.headers['content-type'] ?? '')
      check?.(rows)
      if (plan.paging === undefined) return { rows, next: undefined }
      const readable = rows.every(isReadable) ? rows : rows.filter(isReadable)
      return { rows, next: plan.paging.next({ at, response, json, records: readable }) }
    } catch (error) {
      if (error instanceof WeaverError && error.code === 'source_malformed') throw malformedAnswer(response, this.reading, error.message)
      throw error
    }
  }
}

interface Sending {
  readonly address: URL
  /** Whether it is the origin that credentials go to. */
  readonly own: boolean
  readonly conditions: Readonly<Record<string, string>>
  readonly large: boolean
}

const nothing = (): void => {}

interface Refusal {
  readonly refused: WeaverError
  /** Whether other credentials may help. */
  readonly renew: boolean
}
