import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { WeaverError } from '@data-weaver/contracts'

const tooLarge = (limit: number): WeaverError =>
  new WeaverError('payload_too_large', `the body is larger than the ${limit} bytes that the stream takes`)

/** @throws WeaverError `payload_too_large` when the request says already that it is. */
export function checkLength(contentLength: string | undefined, limit: number): void {
  if (contentLength !== undefined && Number(contentLength) > limit) throw tooLarge(limit)
}

/**
 * All of a body. Nothing of it is held beyond the limit.
 * @throws WeaverError `payload_too_large`; `invalid_request` when it ends before it is complete.
 */
export function gather(payload: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let bytes = 0
    const settle = (error: WeaverError | undefined): void => {
      payload.off('data', take).off('end', end).off('error', cut).off('close', cut)
      // What still comes is let go of until the connection is closed behind the answer.
      payload.on('error', () => {}).resume()
      if (error === undefined) resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, bytes))
      else reject(error)
    }
    const take = (piece: Buffer): void => {
      bytes += piece.length
      if (bytes > limit) settle(tooLarge(limit))
      else pieces.push(piece)
    }
    const end = (): void => settle(undefined)
    const cut = (): void => settle(new WeaverError('invalid_request', 'the body ended before it was complete'))
    payload.on('data', take).once('end', end).once('error', cut).once('close', cut)
  })
}

const unpackers: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
}

/**
 * The body as `content-encoding` says it is packed.
 * @throws WeaverError `unsupported_media_type`, `payload_too_large`, or `invalid_request` when it is not packed like that.
 */
export async function unpack(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return body
  const unpacker = unpackers[name]
  if (unpacker === undefined) throw new WeaverError('unsupported_media_type', 'send the body as it is, or packed with gzip or deflate')
  try {
    return await unpacker(body, { maxOutputLength: limit })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw new WeaverError('invalid_request', `the body is not packed with ${name}`, { cause })
  }
}

/** @throws WeaverError `unsupported_media_type` when the stream takes others only. */
export function checkMediaType(contentType: string | undefined, accepted: readonly string[] | undefined): void {
  if (accepted === undefined) return
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const fits = accepted.some((one) => (one.endsWith('/*') ? type.startsWith(one.slice(0, -1)) : type === one))
  if (!fits) throw new WeaverError('unsupported_media_type', `the stream takes ${accepted.join(', ')}`)
}
