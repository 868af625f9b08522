import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import {
  type LifecycleOutcome,
  type LinkOptions,
  type ObjectStore,
  type ObjectStream,
  type PutOptions,
  type StoredObject,
  WeaverError,
} from '@data-weaver/contracts'
import { checkSize, maxObjectBytes } from './key.ts'
import { packedPieces, unpackedPieces } from './packed-pieces.ts'
import { peeked } from './pieces.ts'
import type { Compression } from './store-url.ts'
import { beginsLikeFrame, type Trailer, trailerBytes, trailerOf, trailerWith } from './trailer.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** Below this a frame saves less than it costs, bytes. */
const smallest = 512
/** A body that stays larger than this part of what it was is stored as it is. */
const worthwhile = 0.9
/** Fast, and within a few percent of what the slow levels reach on JSON. */
const level = 3

/** How much of a long body is compressed to see whether that pays, bytes. */
const sampleBytes = 256 * 1024

/** A store as its drivers are: it can be read from any byte on. */
export interface PlainStore extends ObjectStore {
  getFrom(key: string, from: number, signal: AbortSignal): Promise<ObjectStream>
}

/**
 * Makes objects smaller on their way into a store and gives them back as they were. A compressed object is one zstd frame and a trailer with the
 * size and the SHA-256 of the original, which every get checks. What does not get smaller is stored as it is. Everything can be read whatever
 * the setting is; sizes in listings are those that are stored.
 */
export class CompressedStore implements ObjectStore {
  readonly #store: PlainStore
  readonly #compression: Compression | undefined
  readonly link?: (key: string, options: LinkOptions) => string
  readonly expireAfter?: (bucket: string, days: number | null, signal: AbortSignal) => Promise<LifecycleOutcome>

  constructor(store: PlainStore, compression?: Compression) {
    this.#store = store
    this.#compression = compression
    if (store.link !== undefined) this.link = store.link.bind(store)
    if (store.expireAfter !== undefined) this.expireAfter = store.expireAfter.bind(store)
  }

  async put(key: string, body: Uint8Array, options: PutOptions): Promise<{ readonly created: boolean }> {
    options.signal.throwIfAborted()
    checkSize(key, body.byteLength)
    // What looks like one of ours would be unpacked when it is read: it is packed once more.
    const looksLikeOurs = trailerIn(body) !== undefined
    if (!looksLikeOurs && (this.#compression === undefined || body.byteLength < smallest)) return await this.#store.put(key, body, options)
    const packed = await pack(body)
    options.signal.throwIfAborted()
    if (!looksLikeOurs && packed.byteLength > body.byteLength * worthwhile) return await this.#store.put(key, body, options)
    return await this.#store.put(key, packed, { ...options, contentEncoding: 'zstd' })
  }

  async putStream(key: string, pieces: AsyncIterable<Uint8Array>, options: PutOptions): Promise<{ readonly created: boolean }> {
    const { beginning, rest, leave } = await peeked(pieces, options.signal, sampleBytes)
    // What begins like a frame is always packed: only the end would tell that it is none of ours.
    const packs = beginsLikeFrame(beginning) || (this.#compression !== undefined && (await isWorthwhile(beginning)))
    if (!packs) return await this.#store.putStream(key, rest, options)
    // The steps in between wait for a piece: at an abort they would not tell its source.
    options.signal.addEventListener('abort', leave, { once: true })
    try {
      return await this.#store.putStream(key, packedPieces(rest, level), { ...options, contentEncoding: 'zstd' })
    } finally {
      options.signal.removeEventListener('abort', leave)
    }
  }

  async getStream(key: string, signal: AbortSignal): Promise<ObjectStream> {
    const { size, pieces } = await this.#store.getStream(key, signal)
    const { beginning, rest } = await peeked(pieces, signal, 4)
    if (size <= trailerBytes || !beginsLikeFrame(beginning)) return { size, pieces: rest }
    const trailer = trailerOf(beginning, await this.#end(key, size, signal))
    if (trailer === undefined) return { size, pieces: rest }
    return { size: trailer.size, pieces: unpackedPieces(key, rest, size - trailerBytes, trailer) }
  }

  sweep(prefix: string, before: number, signal: AbortSignal): Promise<number> {
    return this.#store.sweep(prefix, before, signal)
  }

  /** The last bytes of an object, where the trailer would be. */
  async #end(key: string, size: number, signal: AbortSignal): Promise<Buffer> {
    const { pieces } = await this.#store.getFrom(key, size - trailerBytes, signal)
    return Buffer.concat(await Array.fromAsync(pieces))
  }

  async get(key: string, signal: AbortSignal): Promise<Uint8Array> {
    const stored = await this.#store.get(key, signal)
    const trailer = trailerIn(stored)
    if (trailer === undefined) return stored
    const body = await unpack(key, stored, trailer)
    signal.throwIfAborted()
    return body
  }

  delete(keys: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#store.delete(keys, signal)
  }

  list(prefix: string, signal: AbortSignal): AsyncIterable<StoredObject> {
    return this.#store.list(prefix, signal)
  }

  probe(signal: AbortSignal): Promise<void> {
    return this.#store.probe(signal)
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

async function pack(body: Uint8Array): Promise<Buffer> {
  const params = { [constants.ZSTD_c_compressionLevel]: level }
  const frame = await compress(body, { params, pledgedSrcSize: body.byteLength })
  return Buffer.concat([frame, trailerWith({ size: body.byteLength, sha256: hash('sha256', body, 'buffer') })])
}

const trailerIn = (body: Uint8Array): Trailer | undefined => {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return bytes.byteLength <= trailerBytes ? undefined : trailerOf(bytes, bytes)
}

async function isWorthwhile(sample: Buffer): Promise<boolean> {
  const part = sample.subarray(0, sampleBytes)
  const { byteLength } = await compress(part, { params: { [constants.ZSTD_c_compressionLevel]: level } })
  return byteLength <= part.byteLength * worthwhile
}

async function unpack(key: string, stored: Uint8Array, { size, sha256 }: Trailer): Promise<Uint8Array> {
  const corrupt = (problem: string, cause?: unknown) =>
    new WeaverError('object_corrupt', `${key} ${problem}`, cause === undefined ? {} : { cause })
  if (size > maxObjectBytes) throw corrupt(`says that it was ${size} bytes, more than the limit of ${maxObjectBytes}`)
  const body = await decompress(stored.subarray(0, -trailerBytes), { maxOutputLength: Math.max(size, 1) }).catch((cause: unknown) => {
    throw corrupt('cannot be decompressed', cause)
  })
  if (body.byteLength !== size || !hash('sha256', body, 'buffer').equals(sha256)) throw corrupt('is not what was compressed')
  return body
}
