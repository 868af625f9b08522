import { createHash } from 'node:crypto'
import type { EmbeddingStatistics } from '@data-weaver/contracts'
import type { Batch, RefusedText } from './answer.ts'
import type { EmbeddingEndpoint, EmbeddingLimits } from './endpoint.ts'

/** A vector as it is kept, or why there never is one. */
export type Embedded = Float32Array | RefusedText

interface Wanted {
  readonly key: string
  readonly text: string
  resolve(embedded: Embedded): void
  reject(reason: unknown): void
}

export interface Model {
  readonly name: string
  /** Length that is asked of the model; undefined: its own. */
  readonly dimensions?: number | undefined
}

/** Bytes of vectors that are remembered. */
const mostBytes = 32 * 2 ** 20

/** By content: the same text by the same model has the same vector. */
export const textKey = ({ name, dimensions }: Model, text: string): string =>
  createHash('sha256')
    .update(JSON.stringify([name, dimensions ?? null, text]))
    .digest('base64url')

/**
 * Texts become vectors: what is asked for at the same time goes in batches, each text once, and what was asked for lately is remembered.
 * A request goes on although who asked for it has gone: the answer is of use to who asks next.
 */
export class Embedder {
  readonly #endpoint: EmbeddingEndpoint
  readonly #limits: EmbeddingLimits
  readonly #model: Model
  readonly #closing = new AbortController()
  readonly #known = new Map<string, Float32Array>()
  #knownBytes = 0
  readonly #underWay = new Map<string, Promise<Embedded>>()
  #waiting: Wanted[] = []
  #requests = 0
  #scheduled = false
  #reused = 0

  constructor(endpoint: EmbeddingEndpoint, model: Model, limits: EmbeddingLimits) {
    this.#endpoint = endpoint
    this.#model = model
    this.#limits = limits
  }

  get model(): Model {
    return this.#model
  }

  statistics(): EmbeddingStatistics {
    return { ...this.#endpoint.counts, reused: this.#reused }
  }

  /** Says that a vector was found elsewhere. */
  noteReused(count: number): void {
    this.#reused += count
  }

  /** @throws WeaverError `sink_unavailable`, or the signal's reason */
  async embed(text: string, signal: AbortSignal): Promise<Embedded> {
    signal.throwIfAborted()
    const key = textKey(this.#model, text)
    const known = this.#known.get(key)
    if (known !== undefined) {
      this.#reused += 1
      // The newest last: what is forgotten is what was not asked for longest.
      this.#known.delete(key)
      this.#known.set(key, known)
      return known
    }
    return await abortable(this.#underWay.get(key) ?? this.#ask(key, text), signal)
  }

  async close(reason: unknown): Promise<void> {
    this.#closing.abort(reason)
    for (const wanted of this.#waiting.splice(0)) wanted.reject(reason)
    await this.#endpoint.close()
  }

  #ask(key: string, text: string): Promise<Embedded> {
    const { promise, resolve, reject } = Promise.withResolvers<Embedded>()
    this.#underWay.set(key, promise)
    // Whoever waits hears of it; nobody may.
    promise.catch(() => {}).finally(() => this.#underWay.delete(key))
    this.#waiting.push({ key, text, resolve, reject })
    this.#pumpSoon()
    return promise
  }

  /** What is asked for in the same moment goes together. */
  #pumpSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#requests < this.#limits.requests) {
      // While others are under way a batch waits until it is full: more come, and each request costs.
      if (this.#requests > 0 && this.#waiting.length < this.#limits.texts) return
      const taken = this.#take()
      this.#requests += 1
      void this.#request(taken).finally(() => {
        this.#requests -= 1
        this.#pump()
      })
    }
  }

  #take(): readonly Wanted[] {
    let characters = 0
    let count = 0
    for (const { text } of this.#waiting) {
      characters += text.length
      if (count >= this.#limits.texts || (count > 0 && characters > this.#limits.characters)) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #request(taken: readonly Wanted[]): Promise<void> {
    const { name, dimensions } = this.#model
    const batch: Batch = { model: name, texts: taken.map(({ text }) => text), dimensions }
    try {
      const answer = await this.#endpoint.embed(batch, this.#closing.signal)
      for (const [at, wanted] of taken.entries()) {
        const found = answer[at] ?? { refused: 'the endpoint left it out' }
        if ('refused' in found) wanted.resolve(found)
        else wanted.resolve(this.#remember(wanted.key, Float32Array.from(found)))
      }
    } catch (error) {
      for (const wanted of taken) wanted.reject(error)
    }
  }

  #remember(key: string, vector: Float32Array): Float32Array {
    this.#known.set(key, vector)
    this.#knownBytes += vector.byteLength
    for (const [oldest, { byteLength }] of this.#known) {
      if (this.#knownBytes <= mostBytes) break
      this.#known.delete(oldest)
      this.#knownBytes -= byteLength
    }
    return vector
  }
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
