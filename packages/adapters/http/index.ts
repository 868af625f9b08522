import { type Adapter, type AdapterContext, type HttpResponse, type Json, type Page, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, answerJson, malformedAnswer, statusError } from '../src/answer.ts'
import { lookup, parsePath } from '../src/path.ts'
import { redaction } from '../src/redaction.ts'
import { type Credentials, credentials } from './auth.ts'
import { checkpointOf, type Position, readRound, type Round } from './checkpoint.ts'
import { type CursorValue, cursorValue, larger } from './order.ts'
import { nextPosition } from './pagination.ts'
import { isEmptyByStatus, rawRecords, recordReader, records } from './records.ts'
import { isOwnOrigin, pageAddress, pageRequest } from './request.ts'
import { defaultMaxPages, HttpConfig, HttpSecrets } from './schema.ts'
import { validate } from './validate.ts'

export const http: Adapter<typeof HttpConfig, typeof HttpSecrets> = {
  id: 'http',
  summary: 'Any JSON over HTTP, described by configuration: the request, its credentials, where the records are, how pages go on.',
  mode: 'poll',
  config: HttpConfig,
  secrets: HttpSecrets,
  example: {
    request: { url: 'https://api.example.com/v1/items', query: { status: 'open' } },
    auth: { type: 'bearer', secret: 'key' },
    records: { path: 'items' },
    pagination: { type: 'page', parameter: 'page', size: { parameter: 'per_page', value: 100 }, stop: { on: 'shortPage' } },
    primaryKey: ['id'],
    incremental: { path: 'updated_at', parameter: 'updated_since', order: 'time' },
  },
  startMessage: {
    secret: 'key',
    config: (endpoint, secret) => ({
      request: { url: endpoint },
      primaryKey: ['id'],
      ...(secret ? { auth: { type: 'bearer', secret: 'key' } } : {}),
    }),
  },
  validate,
  pages,
  records,
}

/** What stays the same for all requests of a run. */
interface Walk {
  readonly context: AdapterContext<HttpConfig>
  readonly credentials: Credentials
  readonly reading: AnswerReading
}

async function* pages(context: AdapterContext<HttpConfig>): AsyncGenerator<Page> {
  const { config, log, signal } = context
  const allowed = credentials(config.auth, (name) => context.secret(name))
  const walk: Walk = { context, credentials: allowed, reading: { clock: context.clock, redact: redaction(allowed.hidden) } }
  const maxPages = config.pagination?.maxPages ?? defaultMaxPages
  const repeats = repetition(config)
  const visited = new Set<string>()
  let { round, response } = await firstAnswer(walk, readRound(config, context.cursor))
  for (let number = 1; ; number++) {
    const answer = readAnswer(walk, response, round)
    const looped = answer.at !== undefined && (repeats(answer.records) || leadsBack(visited, config, round, answer.at))
    round = { since: round.since, largest: answer.largest, at: answer.at }
    const cursor = looped ? undefined : storable(walk, round)
    yield { body: response.body, ...response.facts, ...(cursor === undefined ? {} : { cursor }) }
    if (round.at === undefined) return
    if (looped) throw loop(walk, response)
    if (number >= maxPages) {
      log.info({ pages: number }, 'the run has reached its largest number of pages; the next run goes on from here')
      return
    }
    signal.throwIfAborted()
    response = await ask(walk, round)
  }
}

/**
 * A position may be old when it is taken up again: links expire, lists grow shorter. Where the source does not know it any more, the
 * round begins again, which repeats what was there and loses nothing; to insist on it would end the stream for good.
 */
async function firstAnswer(walk: Walk, round: Round): Promise<{ round: Round; response: HttpResponse }> {
  walk.context.signal.throwIfAborted()
  try {
    return { round, response: await ask(walk, round) }
  } catch (error) {
    const gone = error instanceof WeaverError && ['source_not_found', 'source_rejected'].includes(error.code)
    if (round.at === undefined || !gone) throw error
    walk.context.log.warn({ code: error.code }, 'the source does not know the position of the checkpoint any more; the round begins again')
    const again: Round = { since: round.since, largest: undefined, at: undefined }
    return { round: again, response: await ask(walk, again) }
  }
}

async function ask({ context, credentials: allowed, reading }: Walk, round: Round): Promise<HttpResponse> {
  const { config, http: client, log } = context
  const address = pageAddress(config, round.at, round.since)
  const own = isOwnOrigin(config, address)
  if (!own) log.warn({ origin: address.origin }, 'the next page is on another origin; no credentials are sent there')
  const response = await client.request(pageRequest(config, address, own ? allowed : undefined))
  const refusal = statusError(response, reading)
  if (refusal === undefined) return response
  if (refusal.code !== 'auth_failed' || own || config.auth === undefined) throw refusal
  throw new WeaverError('auth_failed', `${refusal.message} (no credentials were sent: it is not the origin of \`request.url\`)`, {
    cause: refusal,
  })
}

interface Answer {
  readonly records: readonly Json[]
  readonly largest: CursorValue | undefined
  readonly at: Position | undefined
}

/** Reads all that the run needs of an answer; what cannot be read fails here, before it is stored. */
function readAnswer({ context: { config }, reading }: Walk, response: HttpResponse, round: Round): Answer {
  const json = isEmptyByStatus(response.status) ? null : answerJson(response, reading)
  try {
    const found = isEmptyByStatus(response.status) ? [] : rawRecords(json, config)
    return {
      records: found,
      largest: largestOf(config, found, round.largest),
      at: nextPosition(config, { at: round.at, response, json, count: found.length }),
    }
  } catch (error) {
    if (error instanceof WeaverError && error.code === 'source_malformed') throw malformedAnswer(response, reading, error.message)
    throw error
  }
}

function largestOf({ incremental }: HttpConfig, found: readonly Json[], before: CursorValue | undefined): CursorValue | undefined {
  if (incremental === undefined) return undefined
  const { path, order } = incremental
  const segments = parsePath(path)
  const values = found.map((record) => cursorValue(lookup(record, segments), order)).filter((value) => value !== undefined)
  if (found.length > 0 && values.length === 0) {
    // Passed over, it would fetch everything again with each run, and nobody would know why.
    throw new WeaverError('source_malformed', `No record has a value at \`incremental.path\` (${path}) with the order \`${order}\`.`)
  }
  return values.reduce<CursorValue | undefined>((largest, value) => larger(largest, value, order), before)
}

/** The checkpoint for a page; none where there is nothing to go on from, or where a link has a secret in it that must not be stored. */
function storable({ context: { config }, reading }: Walk, round: Round): Json | undefined {
  if (config.pagination === undefined && config.incremental === undefined) return undefined
  if (round.at?.type === 'next' && reading.redact(round.at.url) !== round.at.url) return undefined
  return checkpointOf(config, round)
}

/** How often in a row a page may have the records of the page before: records inserted meanwhile can shift a page onto the next. */
const mostRepeats = 1

/** Answers whether a source gives the same page again and again, as one does that does not know the page parameter. */
function repetition(config: HttpConfig): (found: readonly Json[]) => boolean {
  const read = recordReader(config)
  let before: string | undefined
  let repeats = 0
  return (found) => {
    const keys = found.map(read).map((record) => ('key' in record ? record.key : null))
    const page = keys.every((key) => key === null) ? undefined : JSON.stringify(keys)
    repeats = page !== undefined && page === before ? repeats + 1 : 0
    before = page
    return repeats > mostRepeats
  }
}

/** Whether the next page was there before in this run. Adds this one to those that were. */
function leadsBack(visited: Set<string>, config: HttpConfig, { at, since }: Round, next: Position): boolean {
  visited.add(pageAddress(config, at, since).href)
  return visited.has(pageAddress(config, next, since).href)
}

function loop({ reading }: Walk, response: HttpResponse): WeaverError {
  const url = reading.redact(response.facts.request.url.replace(/[?#].*$/s, ''))
  return new WeaverError('source_loop', `The pages of ${url} lead in a circle: the same link or the same records came again.`)
}
