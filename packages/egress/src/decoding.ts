import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib'
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import type { Transform } from 'node:stream'
import { WeaverError } from '@data-weaver/contracts'

/** What we say that we can decode. */
export const acceptedEncodings = 'gzip, br, zstd, deflate'

/** Up to here an encoded body is collected and decoded in one step: a stream costs several times more. Bytes. */
const SMALL_ENCODED_BYTES = 16 * 1024
/** What decodes to more than this goes through a stream, so that it does not hold up everything else. Bytes. */
const SMALL_DECODED_BYTES = 512 * 1024
/** More codings on top of each other than this are nobody's honest answer. */
const MAX_CODINGS = 3

interface Coding {
  /** `first` is the beginning of what it will decode, when that is known. */
  stream(first?: Buffer): Transform
  whole(body: Buffer, limit: number): Buffer
}

/** `deflate` means the zlib format, but some servers send the bare one; the first byte tells. */
const isZlib = (first: Buffer | undefined) => first === undefined || ((first[0] ?? 0) & 0x0f) === 8

// A hostile server may ask for a window of a gigabyte. On the web a window has 16 MiB at most (br) and 8 MiB (zstd, RFC 9659).
const brotli = { params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 0 } }
const zstd = { params: { [constants.ZSTD_d_windowLogMax]: 23 } }

const gzip: Coding = { stream: () => createGunzip(), whole: (body, maxOutputLength) => gunzipSync(body, { maxOutputLength }) }
const codings: Readonly<Record<string, Coding>> = {
  gzip,
  'x-gzip': gzip,
  deflate: {
    stream: (first) => (isZlib(first) ? createInflate() : createInflateRaw()),
    whole: (body, maxOutputLength) => (isZlib(body) ? inflateSync : inflateRawSync)(body, { maxOutputLength }),
  },
  br: {
    stream: () => createBrotliDecompress(brotli),
    whole: (body, maxOutputLength) => brotliDecompressSync(body, { ...brotli, maxOutputLength }),
  },
  zstd: {
    stream: () => createZstdDecompress(zstd),
    whole: (body, maxOutputLength) => zstdDecompressSync(body, { ...zstd, maxOutputLength }),
  },
}

const tooLarge = (limit: number) => new WeaverError('source_too_large', `The answer is larger than ${limit} bytes`)

/** Known by its code, as everywhere. */
export function decodingFailure(error: unknown): WeaverError {
  if (error instanceof WeaverError) return error
  const code = String((error as { code?: unknown }).code)
  return code === 'Z_BUF_ERROR' || code === 'ZSTD_error_srcSize_wrong'
    ? new WeaverError('source_truncated', `The answer ended in the middle of its compressed body (${code})`)
    : new WeaverError('source_malformed', `The compressed body of the answer cannot be decoded (${code})`)
}

function readCodings(header: string): readonly Coding[] {
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
  if (names.length > MAX_CODINGS) throw new WeaverError('source_malformed', `The answer is encoded more than ${MAX_CODINGS} times`)
  return names.map((name) => {
    const coding = Object.hasOwn(codings, name) ? codings[name] : undefined
    if (coding === undefined)
      throw new WeaverError('source_malformed', 'The answer has a content encoding that was not asked for and is not known')
    return coding
  })
}

/**
 * The steps that decode a body while it comes, in order; none when it is not encoded. Each gives what it can as soon as it has it.
 * @throws WeaverError `source_malformed` when the encoding is not known.
 */
export function decoders(encoding: string | undefined): readonly ((first: Buffer) => Transform)[] {
  if (encoding === undefined) return []
  return readCodings(encoding)
    .toReversed()
    .map((coding, index) => (first: Buffer) => coding.stream(index === 0 ? first : undefined))
}

/** What the body tells the one who reads from the network. */
export interface BodyReader {
  /** The body is complete and decoded. */
  done(body: Uint8Array): void
  failed(error: WeaverError): void
  /** After {@link Body.push} asked for a pause: go on. */
  resume(): void
}

/**
 * Collects one body under its limit, which holds for the encoded bytes and for the decoded ones. It fails as soon as either exceeds it, so
 * memory stays near the limit whatever is sent.
 */
export class Body {
  readonly #limit: number
  readonly #reader: BodyReader
  /** In the order of decoding. */
  readonly #codings: readonly Coding[]
  #chunks: Buffer[] = []
  #bytes = 0
  #decoded = 0
  #streams: readonly Transform[] | null = null
  #ended = false

  /** @throws WeaverError `source_malformed` when the encoding is not known. */
  constructor(limit: number, encoding: string | undefined, reader: BodyReader) {
    this.#limit = limit
    this.#reader = reader
    this.#codings = encoding === undefined ? [] : readCodings(encoding).toReversed()
  }

  /** Takes a piece; `false` asks to wait for `resume`. @throws WeaverError `source_too_large`. */
  push(chunk: Buffer): boolean {
    this.#bytes += chunk.length
    if (this.#bytes > this.#limit) throw tooLarge(this.#limit)
    if (this.#streams !== null) return (this.#streams[0] as Transform).write(chunk)
    this.#chunks.push(chunk)
    if (this.#codings.length === 0 || this.#bytes <= SMALL_ENCODED_BYTES) return true
    return this.#startStreams()
  }

  /** No more will come; `done` or `failed` follows, perhaps at once. */
  end(): void {
    if (this.#streams !== null) {
      this.#streams[0]?.end()
      return
    }
    const whole = Buffer.concat(this.#chunks, this.#bytes)
    const [coding] = this.#codings
    if (coding === undefined || whole.length === 0) this.#reader.done(whole)
    else if (this.#codings.length > 1) this.#endStreams()
    else this.#decodeWhole(coding, whole)
  }

  /** Gives up: frees what is held. */
  destroy(): void {
    this.#ended = true
    this.#chunks = []
    for (const stream of this.#streams ?? []) stream.destroy()
  }

  #decodeWhole(coding: Coding, whole: Buffer): void {
    try {
      this.#reader.done(coding.whole(whole, Math.min(this.#limit, SMALL_DECODED_BYTES)))
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') this.#endStreams()
      else this.#reader.failed(decodingFailure(error))
    }
  }

  #endStreams(): void {
    this.#startStreams()
    this.#streams?.[0]?.end()
  }

  /** Moves what was collected into decoding streams. */
  #startStreams(): boolean {
    const collected = Buffer.concat(this.#chunks, this.#bytes)
    this.#chunks = []
    const streams = this.#codings.map((coding, index) => coding.stream(index === 0 ? collected : undefined))
    this.#streams = streams
    const fail = (error: unknown) => {
      if (this.#ended) return
      this.destroy()
      this.#reader.failed(decodingFailure(error))
    }
    for (const [index, stream] of streams.entries()) {
      stream.on('error', fail)
      const next = streams[index + 1]
      if (next !== undefined) stream.pipe(next)
    }
    streams[0]?.on('drain', () => this.#reader.resume())
    streams.at(-1)?.on('data', (piece: Buffer) => {
      this.#decoded += piece.length
      if (this.#decoded > this.#limit) fail(tooLarge(this.#limit))
      else this.#chunks.push(piece)
    })
    streams.at(-1)?.on('end', () => {
      if (this.#ended) return
      this.#ended = true
      this.#reader.done(Buffer.concat(this.#chunks, this.#decoded))
    })
    return streams[0]?.write(collected) ?? true
  }
}
