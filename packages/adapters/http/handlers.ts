import { type ErrorCode, type Json, type StoredPage, WeaverError } from '@data-weaver/contracts'
import type { AnswerReading } from '../src/answer.ts'
import { decodeText, parseJson } from '../src/exact-json.ts'
import { lookup, parsePath } from '../src/path.ts'
import { shortLine } from '../src/redaction.ts'
import { parseXml } from './decoder/xml.ts'
import { predicate, type Test } from './predicate.ts'
import type { ErrorHandler, When } from './schema/answers.ts'
import type { Decoder } from './schema/records.ts'

/** An answer as it is stored: what a handler sees of it must be the same years later. */
export interface Answered {
  readonly status: number
  /** As they are stored, secrets redacted. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface Handler {
  readonly config: ErrorHandler
  /** Its place in the configuration. */
  readonly index: number
}

/** The handlers of a configuration, compiled. */
export interface Handlers {
  /** The first that fits, or undefined. */
  of(answer: Answered): Handler | undefined
  readonly makesDeadLetters: boolean
}

export function handlers(configs: readonly ErrorHandler[], type: Decoder['type']): Handlers {
  const all = configs.map((config, index) => ({ handler: { config, index }, fits: fitting(config.when) }))
  return {
    makesDeadLetters: configs.some((config) => config.do === 'deadLetter'),
    of(answer) {
      const read = bodyReading(answer, type)
      return all.find(({ fits }) => fits(answer, read))?.handler
    },
  }
}

/** A page that a handler makes a dead letter. */
export const deadLetterOf = (page: StoredPage, { makesDeadLetters, of }: Handlers): Handler | undefined => {
  if (!makesDeadLetters) return undefined
  const found = of({ status: page.response.status, headers: page.response.headers, body: page.body })
  return found?.config.do === 'deadLetter' ? found : undefined
}

/** Longest beginning of a body in which a text is looked for, in bytes. */
const longestSearched = 65_536

interface BodyReading {
  text(): string
  json(): Json | undefined
}

/** Reads a body at most once, and only when somebody asks. */
function bodyReading({ body, headers }: Answered, type: Decoder['type']): BodyReading {
  let text: string | undefined
  let json: { readonly value: Json | undefined } | undefined
  return {
    text: () => (text ??= new TextDecoder().decode(body.subarray(0, longestSearched)).toLowerCase()),
    json: () => (json ??= { value: jsonOf(body, headers['content-type'] ?? '', type) }).value,
  }
}

function jsonOf(body: Uint8Array, contentType: string, type: Decoder['type']): Json | undefined {
  try {
    return type === 'xml' || type === 'feed' ? parseXml(body, contentType) : parseJson(decodeText(body, contentType))
  } catch (error) {
    if (error instanceof WeaverError) return undefined
    throw error
  }
}

type Fits = (answer: Answered, read: BodyReading) => boolean

function fitting({ status, header, contains, body }: When): Fits {
  const tests: Fits[] = []
  if (status !== undefined) {
    const wanted = new Set<unknown>(status)
    tests.push((answer) => wanted.has(answer.status) || wanted.has(`${Math.floor(answer.status / 100)}xx`))
  }
  if (header !== undefined) {
    const name = header.name.toLowerCase()
    const part = header.contains?.toLowerCase()
    tests.push(({ headers }) => {
      const value = headers[name]
      if (value === undefined) return false
      return (header.equals === undefined || value === header.equals) && (part === undefined || value.toLowerCase().includes(part))
    })
  }
  if (contains !== undefined) {
    const part = contains.toLowerCase()
    tests.push((_answer, read) => read.text().includes(part))
  }
  if (body !== undefined) tests.push(bodyTest(predicate(body)))
  return (answer, read) => tests.every((test) => test(answer, read))
}

const bodyTest =
  (test: Test): Fits =>
  (_answer, read) => {
    const json = read.json()
    return json !== undefined && test(json)
  }

const codes: Readonly<Partial<Record<ErrorHandler['do'], ErrorCode>>> = {
  retry: 'source_unavailable',
  rateLimited: 'rate_limited',
  refresh: 'auth_failed',
}

/** The error that a handler makes of an answer. */
export function handledError(
  { config, index }: Handler,
  answer: Answered,
  { type, reading, waitMs }: { readonly type: Decoder['type']; readonly reading: AnswerReading; readonly waitMs: number | undefined },
): WeaverError {
  const json = config.upstreamCode === undefined && config.message === undefined ? undefined : bodyReading(answer, type).json()
  const said = (path: string | undefined): string | undefined => {
    const value = path === undefined || json === undefined ? undefined : lookup(json, parsePath(path))
    return typeof value === 'string' || typeof value === 'number' ? shortLine(String(value), reading.redact) : undefined
  }
  const upstreamCode = said(config.upstreamCode)
  const words = said(config.message) ?? upstreamCode
  const wait = waitMs ?? config.retryAfter
  const message = `The source answered ${answer.status}, which \`errorHandlers.${index}\` calls an error${words === undefined ? '' : `: ${words}`}`
  return new WeaverError(config.code ?? codes[config.do] ?? 'source_rejected', message, {
    ...(upstreamCode === undefined ? {} : { upstreamCode }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  })
}
