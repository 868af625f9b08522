import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { maxHeldBytes, WeaverError } from '@data-weaver/contracts'
import { textDecoder } from '../../src/exact-json.ts'
import type { Records } from '../schema/records.ts'

/** The text of a body that comes in pieces. @throws WeaverError `source_malformed`, `source_too_large`, or what the pieces throw. */
export async function* textOf(
  pieces: AsyncIterable<Uint8Array>,
  contentType: string,
  records: Records | undefined,
): AsyncGenerator<string> {
  const type = records?.encoding === undefined ? contentType : `text/plain; charset=${records.encoding}`
  const decoder = textDecoder(type)
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true })
    } catch {
      throw malformed(`the body is not valid ${decoder.encoding.toUpperCase()}`)
    }
  }
  const { compression } = records ?? {}
  for await (const piece of compression?.type === 'gzip' ? gunzipped(pieces, compression.maxBytes ?? maxHeldBytes) : pieces) {
    const text = decode(piece)
    if (text !== '') yield text
  }
  const rest = decode()
  if (rest !== '') yield rest
}

async function* gunzipped(pieces: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const feeding = pipeline(Readable.from(pieces, { objectMode: false, highWaterMark: 1 }), gunzip)
  feeding.catch(() => {})
  let bytes = 0
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      bytes += piece.byteLength
      if (bytes > maxBytes) throw new WeaverError('source_too_large', `The answer is larger than ${maxBytes} bytes when it is unpacked`)
      yield piece
    }
    await feeding
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw typeof code === 'string' && code.startsWith('Z_') ? malformed('the body is not a whole gzip file') : error
  }
}

export const malformed = (problem: string): WeaverError => new WeaverError('source_malformed', `The answer cannot be read: ${problem}.`)

export const tooLong = (longest: number): WeaverError =>
  new WeaverError(
    'source_too_large',
    `The answer has a record of more than ${longest} characters, which is the limit of one that is read piece by piece`,
  )
