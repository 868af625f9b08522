import { type Json, WeaverError } from '@data-weaver/contracts'

/** Digits enough to leave the range of exact integers, or an exponent that may leave that of numbers. Most texts have neither. */
const suspicious = /\d{16}|\d[eE]\+?\d{3}/

/**
 * The JSON in a body. Integers beyond ±(2^53 − 1) and numbers too large for a double come as text with all their digits, where
 * `JSON.parse` alone would quietly change them: they are mostly keys.
 * @throws WeaverError `source_malformed`. Its message never has anything from the body in it.
 */
export function decodeJson(body: Uint8Array, contentType = ''): Json {
  const text = decodeText(body, contentType)
  if (text.trim() === '') throw malformed('the body is empty')
  try {
    return (suspicious.test(text) ? JSON.parse(text, exactNumbers as (key: string, value: unknown) => unknown) : JSON.parse(text)) as Json
  } catch (cause) {
    // The engine's own message quotes the body, and a body nested too deeply throws a RangeError: neither may get out as it is.
    throw malformed(cause instanceof SyntaxError ? 'the body is not valid JSON' : 'the JSON is nested too deeply')
  }
}

function decodeText(body: Uint8Array, contentType: string): string {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  let decoder: InstanceType<typeof TextDecoder>
  try {
    decoder = new TextDecoder(charset, { fatal: true })
  } catch {
    throw malformed(`the character encoding ${JSON.stringify(charset.slice(0, 40))} is not known`)
  }
  try {
    return decoder.decode(body)
  } catch {
    throw malformed(`the body is not valid ${decoder.encoding.toUpperCase()}`)
  }
}

function exactNumbers(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined) return value
  if (!Number.isFinite(value)) return context.source
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(context.source) ? value : context.source
}

const malformed = (problem: string): WeaverError => new WeaverError('source_malformed', `The answer cannot be read: ${problem}.`)
