import { type Json, WeaverError } from '@data-weaver/contracts'

/** Digits enough to leave the range of exact integers, or an exponent that may leave that of numbers. Most texts have neither. */
const suspicious = /\d{16}|\d[eE]\+?\d{3}/

/**
 * The JSON in a body. Integers beyond ±(2^53 − 1) and numbers too large for a double come as text with all their digits, where
 * `JSON.parse` alone would quietly change them: they are mostly keys.
 * @throws WeaverError `source_malformed`. Its message never has anything from the body in it.
 */
export function decodeJson(body: Uint8Array, contentType = ''): Json {
  return parseJson(decodeText(body, contentType))
}

/**
 * The JSON in a text, as {@link decodeJson} gives it.
 * @throws WeaverError `source_malformed`. Its message never has anything from the text in it.
 */
export function parseJson(text: string): Json {
  if (text.trim() === '') throw malformed('the body is empty')
  return parseText(text, suspicious.test(text) ? exactNumbers : undefined)
}

/** JSON whose numbers are still known as they were written. */
export interface WrittenJson {
  /** As {@link decodeJson} gives it. */
  readonly json: Json
  /** What stands at a key of this object or array of the JSON, with every digit: a number as it was written, or a text. Else undefined. */
  written(holder: Json | undefined, key: string | number): string | undefined
}

/**
 * As {@link decodeJson}, for those who need the digits that a double cannot hold.
 * @throws WeaverError `source_malformed`. Its message never has anything from the body in it.
 */
export function decodeWrittenJson(body: Uint8Array, contentType = ''): WrittenJson {
  const sources = new WeakMap<object, Map<string, string>>()
  const json = parseText(jsonText(body, contentType), function (this: object, key, value, context) {
    const { source } = context
    // Most numbers are written as a double would be; only the others have to be remembered.
    if (typeof value === 'number' && source !== undefined && String(value) !== source) {
      const known = sources.get(this) ?? new Map<string, string>()
      sources.set(this, known.set(key, source))
    }
    return exactNumbers(key, value, context)
  })
  return {
    json,
    written(holder, key) {
      if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) return undefined
      const value = (holder as Readonly<Record<string | number, Json>>)[key]
      if (typeof value !== 'number' && typeof value !== 'string') return undefined
      return sources.get(holder)?.get(String(key)) ?? String(value)
    },
  }
}

function jsonText(body: Uint8Array, contentType: string): string {
  const text = decodeText(body, contentType)
  if (text.trim() === '') throw malformed('the body is empty')
  return text
}

type Reviver = (this: object, key: string, value: unknown, context: { readonly source?: string }) => unknown

function parseText(text: string, reviver: Reviver | undefined): Json {
  try {
    return (reviver === undefined ? JSON.parse(text) : JSON.parse(text, reviver as (key: string, value: unknown) => unknown)) as Json
  } catch (cause) {
    // The engine's own message quotes the body, and a body nested too deeply throws a RangeError: neither may get out as it is.
    throw malformed(cause instanceof SyntaxError ? 'the body is not valid JSON' : 'the JSON is nested too deeply')
  }
}

/**
 * The text of a body in the encoding that its content type names, else UTF-8.
 * @throws WeaverError `source_malformed` when it is not valid in that encoding.
 */
export function decodeText(body: Uint8Array, contentType: string): string {
  const decoder = textDecoder(contentType)
  try {
    return decoder.decode(body)
  } catch {
    throw malformed(`the body is not valid ${decoder.encoding.toUpperCase()}`)
  }
}

/** For the encoding that a content type names, else UTF-8. It throws at what is not valid. @throws WeaverError `source_malformed` for an encoding that is not known. */
export function textDecoder(contentType: string): InstanceType<typeof TextDecoder> {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset, { fatal: true })
  } catch {
    throw malformed(`the character encoding ${JSON.stringify(charset.slice(0, 40))} is not known`)
  }
}

function exactNumbers(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value !== 'number' || context.source === undefined ? value : exactNumber(value, context.source)
}

/** The number, or its text where a double is not what is written. */
export function exactNumber(value: number, source: string): number | string {
  if (!Number.isFinite(value)) return source
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(source) ? value : source
}

const malformed = (problem: string): WeaverError => new WeaverError('source_malformed', `The answer cannot be read: ${problem}.`)
