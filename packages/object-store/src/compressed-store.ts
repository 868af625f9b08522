import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { type LinkOptions, type ObjectStore, type PutOptions, type StoredObject, WeaverError } from '@data-weaver/contracts'
import { checkSize, maxObjectBytes } from './key.ts'
import type { Compression } from './store-url.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** Below this a frame saves less than it costs, bytes. */
const smallest = 512
/** A body that stays larger than this part of what it was is stored as it is. */
const worthwhile = 0.9
/** Fast, and within a few percent of what the slow levels reach on JSON. */
const level = 3

const frameMagic = 0xfd_2f_b5_28
/** A skippable frame, which every zstd program passes over: `zstd -d` gives back the original without knowing us. */
const skippableMagic = 0x18_4d_2a_57
const tag = Buffer.from('weaver/1', 'latin1')
const sizeAt = 16
const hashAt = 24
const trailerBytes = hashAt + 32

/**
 * Makes objects smaller on their way into a store and gives them back as they were. A compressed object is one zstd frame and a trailer with the
 * size and the SHA-256 of the original, which every get checks. What does not get smaller is stored as it is. Everything can be read whatever
 * the setting is; sizes in listings are those that are stored.
 */
export class CompressedStore implements ObjectStore {
  readonly #store: ObjectStore
  readonly #compression: Compression | undefined
  readonly link?: (key: string, options: LinkOptions) => string

  constructor(store: ObjectStore, compression?: Compression) {
    this.#store = store
    this.#compression = compression
    if (store.link !== undefined) this.link = store.link.bind(store)
  }

  async put(key: string, body: Uint8Array, options: PutOptions): Promise<{ readonly created: boolean }> {
    options.signal.throwIfAborted()
    checkSize(key, body.byteLength)
    // What looks like one of ours would be unpacked when it is read: it is packed once more.
    const looksLikeOurs = trailerOf(body) !== undefined
    if (!looksLikeOurs && (this.#compression === undefined || body.byteLength < smallest)) return await this.#store.put(key, body, options)
    const packed = await pack(body)
    options.signal.throwIfAborted()
    if (!looksLikeOurs && packed.byteLength > body.byteLength * worthwhile) return await this.#store.put(key, body, options)
    return await this.#store.put(key, packed, { ...options, contentEncoding: 'zstd' })
  }

  async get(key: string, signal: AbortSignal): Promise<Uint8Array> {
    const stored = await this.#store.get(key, signal)
    const trailer = trailerOf(stored)
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

interface Trailer {
  readonly size: number
  readonly sha256: Buffer
}

async function pack(body: Uint8Array): Promise<Buffer> {
  const params = { [constants.ZSTD_c_compressionLevel]: level }
  const frame = await compress(body, { params, pledgedSrcSize: body.byteLength })
  const trailer = Buffer.alloc(trailerBytes)
  trailer.writeUInt32LE(skippableMagic, 0)
  trailer.writeUInt32LE(trailerBytes - 8, 4)
  tag.copy(trailer, 8)
  trailer.writeBigUInt64LE(BigInt(body.byteLength), sizeAt)
  hash('sha256', body, 'buffer').copy(trailer, hashAt)
  return Buffer.concat([frame, trailer])
}

function trailerOf(body: Uint8Array): Trailer | undefined {
  if (body.byteLength <= trailerBytes) return undefined
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const trailer = bytes.subarray(-trailerBytes)
  const ours =
    bytes.readUInt32LE(0) === frameMagic &&
    trailer.readUInt32LE(0) === skippableMagic &&
    trailer.readUInt32LE(4) === trailerBytes - 8 &&
    trailer.subarray(8, sizeAt).equals(tag)
  return ours ? { size: Number(trailer.readBigUInt64LE(sizeAt)), sha256: trailer.subarray(hashAt) } : undefined
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
