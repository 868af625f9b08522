import { type ObjectStream, WeaverError } from '@data-weaver/contracts'
import { leavable } from '../pieces.ts'
import { answerFailure, connectionFailure, errorCode, saysMissing } from './failure.ts'
import type { Objects, OpenAnswer, Place } from './objects.ts'
import { Transient } from './retry.ts'

export interface Reading {
  readonly objects: Objects
  readonly retried: <T>(signal: AbortSignal, attempt: () => Promise<T>) => Promise<T>
  readonly place: Place
  readonly key: string
  readonly what: string
  readonly signal: AbortSignal
}

/**
 * Reads an object piece by piece, from a byte on. A connection that breaks meanwhile is no matter as long as another one brings more: objects never
 * change, so reading goes on where it ended.
 */
export async function readObject(reading: Reading, from: number): Promise<ObjectStream> {
  const { retried, signal } = reading
  const first = await retried(signal, () => begin(reading, from))
  const size = from + first.length
  return { size, pieces: leavable(piecesOf(reading, first, from, size), () => first.answer.leave()) }
}

interface Begun {
  readonly answer: OpenAnswer
  /** Bytes that are to come. */
  readonly length: number
}

async function begin({ objects, place, key, what, signal }: Reading, from: number): Promise<Begun> {
  const answer = await objects.open(place.bucket, place.name, from, signal, what)
  if (saysMissing(answer)) throw new WeaverError('object_missing', `There is no object ${key}`)
  // Nothing is left of it, or it is empty.
  if (answer.status === 416) return { answer, length: 0 }
  if (answer.status !== (from === 0 ? 200 : 206)) throw answerFailure(answer, errorCode(answer), what)
  const { 'content-length': length } = answer.headers
  if (typeof length !== 'string') throw new WeaverError('store_refused', `${what}: the store does not say how long it is`)
  return { answer, length: Number(length) }
}

async function* piecesOf(reading: Reading, first: Begun, from: number, size: number): AsyncGenerator<Uint8Array> {
  const { retried, signal, what } = reading
  let at = from
  for (let current: Begun = first; ;) {
    const before = at
    try {
      for await (const piece of current.answer.pieces) {
        at += piece.byteLength
        yield piece
      }
      if (at === size) return
      throw new Transient(new WeaverError('store_unavailable', `${what}: ${at} of ${size} bytes came`))
    } catch (error) {
      const failure = connectionFailure(error, signal, what)
      if (!(failure instanceof Transient)) throw failure
      // A connection that brings nothing is not asked for again and again.
      if (at === before) throw failure.error
      current = await retried(signal, () => begin(reading, at))
      if (at + current.length !== size) throw new WeaverError('object_corrupt', `${what}: it has another length than a moment ago`)
    }
  }
}
