import { type HttpResponse, type HttpStream, type Json, type JsonObject, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, malformedAnswer, statusError } from '../answer.ts'
import type { ReconnectLimits } from './backoff.ts'
import { reconnectDefaults, segmentDefaults } from './fields.ts'
import type { SegmentLimits } from './segments.ts'

type Some<T> = { readonly [K in keyof T]?: T[K] | undefined }

const filled = <T extends object>(defaults: T, given: Some<T> | undefined): T => ({
  ...defaults,
  ...Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)),
})

/** The limits of a configuration, with those that it leaves out. */
export function liveLimits(config: {
  readonly segment?: Some<Pick<SegmentLimits, 'messages' | 'bytes' | 'ms'>> | undefined
  readonly reconnect?: Some<ReconnectLimits> | undefined
}): { readonly segment: SegmentLimits; readonly reconnect: ReconnectLimits } {
  const reconnect = filled<ReconnectLimits>(reconnectDefaults, config.reconnect)
  return {
    segment: filled<SegmentLimits>(segmentDefaults, config.segment),
    // Whoever gives one of the two means it, whatever the default of the other is.
    reconnect: { ...reconnect, maxMs: Math.max(reconnect.maxMs, reconnect.minMs) },
  }
}

/** Statuses by which a source says that it cannot go on from what it was sent. */
const refusals = new Set([400, 404, 410, 412, 416, 422])
export const refusesResume = (status: number): boolean => refusals.has(status)

/** What is read of an answer that is no stream, bytes. */
const excerptBytes = 16 * 1024

/**
 * The error that an answer stands for, when it is not the stream that was asked for. The stream is closed then.
 * @param failureOf reads what the source says of it
 */
export async function streamError(
  stream: HttpStream,
  contentType: string,
  reading: AnswerReading,
  failureOf: typeof statusError = statusError,
): Promise<WeaverError | undefined> {
  const { status, headers } = stream
  const isWanted = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() === contentType
  if (status === 200 && isWanted) return undefined
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of stream.body) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= excerptBytes) break
  }
  const response: HttpResponse = { ...stream, body: Buffer.concat(pieces).subarray(0, excerptBytes) }
  if (status === 204)
    return new WeaverError('source_rejected', `${stream.facts.request.method} was answered 204: the source asks not to come again`)
  return failureOf(response, reading) ?? malformedAnswer(response, reading, `the answer is not ${contentType}`)
}

/** JSON with each text that is a placeholder as a whole, or has placeholders in it, filled. */
export function fillPlaceholders(template: Json, valueOf: (name: string) => string | number): Json {
  if (typeof template === 'string') {
    const whole = /^\{\{\s*([\w.]+)\s*\}\}$/.exec(template)?.[1]
    if (whole !== undefined) return valueOf(whole)
    return template.replaceAll(placeholder, (_whole, name: string) => String(valueOf(name)))
  }
  if (typeof template !== 'object' || template === null) return template
  if (Array.isArray(template)) return (template as readonly Json[]).map((inner) => fillPlaceholders(inner, valueOf))
  return Object.fromEntries(Object.entries(template as JsonObject).map(([name, inner]) => [name, fillPlaceholders(inner, valueOf)]))
}

const placeholder = /\{\{\s*([\w.]+)\s*\}\}/g

/** The names of the placeholders anywhere in JSON. */
export function placeholdersIn(template: Json): string[] {
  if (typeof template === 'string') return [...template.matchAll(placeholder)].map(([, name]) => name as string)
  if (typeof template !== 'object' || template === null) return []
  return Object.values(template).flatMap((inner) => placeholdersIn(inner))
}
