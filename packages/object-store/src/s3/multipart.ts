import type { Log } from '@data-weaver/contracts'
import { WeaverError } from '@data-weaver/contracts'
import { eachPiece } from '../pieces.ts'
import { checkStreamSize } from '../key.ts'
import type { Answer } from './exchange.ts'
import { answerFailure, errorCode } from './failure.ts'
import type { Objects, Place } from './objects.ts'
import { Transient } from './retry.ts'

/** Bytes of each part but the last. S3 takes no smaller ones than 5 MiB, and 10,000 of them. */
export const partBytes = 8 * 1024 * 1024

/** Parts on their way at once, while the next one fills. With it, this is what a body takes of memory. */
const partsOnTheWay = 2

/** How long a store is asked to forget an upload that failed, milliseconds. What it keeps is swept up later. */
const longestTakingBackMs = 2000

/** Longest time more that a store gets for putting the parts together, milliseconds. */
const longestAssemblyMs = 600_000

export interface MultipartParts {
  readonly objects: Objects
  readonly log: Log
  /** Repeats what may succeed in a moment. */
  readonly retried: <T>(signal: AbortSignal, attempt: () => Promise<T>) => Promise<T>
  /** Aborts when the store is closed. */
  readonly life: AbortSignal
}

export interface StreamUpload {
  readonly place: Place
  readonly key: string
  readonly contentType: string
  readonly contentEncoding?: string
  /** Whether the store honours `If-None-Match`, as far as is known. */
  readonly conditional: () => boolean
  /** Stores what turns out to be no larger than one part. */
  readonly small: (body: Uint8Array) => Promise<{ readonly created: boolean }>
  readonly makeBucket: () => Promise<void>
  readonly signal: AbortSignal
  readonly what: string
}

/**
 * Stores a body in parts. Nobody sees anything of it before the last step, which the store does at once. Buffers are used again, so a
 * body takes three of them however long it is.
 */
export async function putInParts(
  parts: MultipartParts,
  upload: StreamUpload,
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ readonly created: boolean }> {
  const work = new Upload(parts, upload)
  try {
    await eachPiece(pieces, work.signal, (piece) => work.take(piece))
    return await work.finish()
  } catch (error) {
    await work.giveUp()
    throw error
  } finally {
    work.over()
  }
}

class Upload {
  readonly #parts: MultipartParts
  readonly #upload: StreamUpload
  /** Aborts with the caller's signal, and when a part fails: nobody waits for more pieces then. */
  readonly #stop = new AbortController()
  readonly #onAbort: () => void
  readonly #free: Buffer<ArrayBuffer>[] = []
  readonly #sending = new Set<Promise<void>>()
  readonly #tags: string[] = []
  #buffer = Buffer.allocUnsafeSlow(partBytes)
  #filled = 0
  #bytes = 0
  #uploadId: string | undefined

  constructor(parts: MultipartParts, upload: StreamUpload) {
    this.#parts = parts
    this.#upload = upload
    this.#onAbort = () => this.#stop.abort(upload.signal.reason)
    if (upload.signal.aborted) this.#onAbort()
    else upload.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Takes in a piece; waits when enough is on its way. */
  take(piece: Uint8Array): Promise<void> | void {
    this.#bytes += piece.byteLength
    checkStreamSize(this.#upload.key, this.#bytes)
    if (this.#filled + piece.byteLength > partBytes) return this.#takeLong(piece)
    this.#buffer.set(piece, this.#filled)
    this.#filled += piece.byteLength
  }

  async #takeLong(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.byteLength;) {
      // A full buffer goes only when more comes: a body of one part is stored as a small one.
      if (this.#filled === partBytes) await this.#send()
      const end = Math.min(piece.byteLength, at + partBytes - this.#filled)
      this.#buffer.set(piece.subarray(at, end), this.#filled)
      this.#filled += end - at
      at = end
    }
  }

  async finish(): Promise<{ readonly created: boolean }> {
    const { small, signal } = this.#upload
    if (this.#uploadId === undefined) return await small(this.#buffer.subarray(0, this.#filled))
    await this.#send()
    await Promise.all(this.#sending)
    this.signal.throwIfAborted()
    signal.throwIfAborted()
    const assembled = await this.#assemble(this.#uploadId)
    if (!assembled.created) await this.giveUp()
    return assembled
  }

  /** Takes back what was stored. What cannot be taken back now is swept up later. */
  async giveUp(): Promise<void> {
    this.#stop.abort(new Error('the upload is given up'))
    await Promise.allSettled(this.#sending)
    if (this.#uploadId === undefined) return
    const { objects, log, life, retried } = this.#parts
    const { place, what, key } = this.#upload
    const query = { uploadId: this.#uploadId }
    // Whoever stops must not wait for a store that hangs.
    const patience = AbortSignal.any([life, AbortSignal.timeout(longestTakingBackMs)])
    await retried(patience, async () => {
      const answer = await objects.part('DELETE', place, query, {}, patience, what)
      if (errorCode(answer) === 'NoSuchUpload') return
      if (answer.status >= 300) throw answerFailure(answer, errorCode(answer), what)
      // A part that was on its way may arrive after this and stay: the store is asked until it knows nothing of the upload.
      throw new Transient(new WeaverError('store_unavailable', `${what}: something may be left of it`))
    }).catch((error: unknown) => log.debug({ err: error, key }, 'an upload may not be taken back as a whole'))
  }

  over(): void {
    this.#upload.signal.removeEventListener('abort', this.#onAbort)
  }

  /** Sends the buffer on its way, and waits until there is another one. */
  async #send(): Promise<void> {
    const uploadId = (this.#uploadId ??= await this.#begin())
    const [buffer, body] = [this.#buffer, this.#buffer.subarray(0, this.#filled)]
    const index = this.#tags.push('') - 1
    const sending = this.#sendPart(uploadId, index, body).then(
      () => {
        this.#free.push(buffer)
        this.#sending.delete(sending)
      },
      (error: unknown) => {
        this.#stop.abort(error)
        throw error
      },
    )
    sending.catch(() => {})
    this.#sending.add(sending)
    while (this.#sending.size >= partsOnTheWay && this.#free.length === 0) await Promise.race(this.#sending)
    this.#buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(partBytes)
    this.#filled = 0
  }

  async #begin(): Promise<string> {
    const { objects, retried } = this.#parts
    const { place, contentType, contentEncoding, makeBucket, what } = this.#upload
    const headers: Record<string, string> = { 'content-type': contentType, ...objects.encryption }
    if (contentEncoding !== undefined) headers['content-encoding'] = contentEncoding
    return await retried(this.signal, async () => {
      const begin = () => objects.part('POST', place, { uploads: '' }, { headers }, this.signal, what)
      let answer = await begin()
      if (errorCode(answer) === 'NoSuchBucket') {
        await makeBucket()
        answer = await begin()
      }
      if (answer.status !== 200) throw answerFailure(answer, errorCode(answer), what)
      const found = /<UploadId>([^<]{1,2000})<\/UploadId>/.exec(answer.body.toString('utf8', 0, 8192))?.[1]
      if (found === undefined) throw new WeaverError('store_refused', `${what}: what answers there is no S3 store`)
      return found.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
    })
  }

  async #sendPart(uploadId: string, index: number, body: Buffer): Promise<void> {
    const { objects, retried } = this.#parts
    const { place, what } = this.#upload
    await retried(this.signal, async () => {
      const answer = await objects.part('PUT', place, { partNumber: String(index + 1), uploadId }, { body }, this.signal, what)
      if (answer.status !== 200) throw answerFailure(answer, errorCode(answer), what)
      const { etag } = answer.headers
      if (typeof etag !== 'string') throw new WeaverError('store_refused', `${what}: the store names no part, its answer has no ETag`)
      this.#tags[index] = etag
    })
  }

  async #assemble(uploadId: string): Promise<{ readonly created: boolean }> {
    const { objects, retried } = this.#parts
    const { place, conditional, what } = this.#upload
    const list = this.#tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`)
    const body = Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`)
    const headers = { 'content-type': 'application/xml', ...(conditional() ? { 'if-none-match': '*' } : {}) }
    const extraMs = Math.min(longestAssemblyMs, this.#bytes / 65_536)
    let tries = 0
    return await retried(this.signal, async () => {
      tries += 1
      // Not every store that honours the condition for a put honours it here.
      if (tries === 1 && (await this.#isThere())) return { created: false }
      const answer = await objects.part('POST', place, { uploadId }, { body, headers, extraMs }, this.signal, what)
      const code = errorCode(answer)
      if (answer.status === 412 || code === 'PreconditionFailed') {
        return { created: false }
      }
      // The store says 200 before it is done, and puts an error into the body.
      if (answer.status === 200 && code === undefined) {
        return { created: true }
      }
      if (code === 'NoSuchUpload' && tries > 1 && (await this.#isThere())) return { created: true }
      if (code === 'NoSuchUpload') throw new WeaverError('store_unavailable', `${what}: its parts were removed meanwhile`)
      throw answerFailure(answer.status === 200 ? { ...answer, status: 500 } : answer, code, what)
    })
  }

  /** Whether an earlier try came through although its answer did not. */
  async #isThere(): Promise<boolean> {
    const { place, what } = this.#upload
    const found: Answer = await this.#parts.objects.head(place.bucket, place.name, this.signal, what)
    return found.status === 200
  }
}

const escaped = (tag: string): string => tag.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
