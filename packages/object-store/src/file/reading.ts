import { WeaverError } from '@data-weaver/contracts'
import { maxObjectBytes } from '../key.ts'
import { close, read } from './calls.ts'

/** Bytes written or read between two looks at the signal. */
export const chunkBytes = 4 * 1024 * 1024

/** Bytes of a piece that is read. */
const pieceBytes = 64 * 1024

/** Reads a file piece by piece, from a byte on. It is open only while that lasts. */
export async function* readPieces(
  openFile: () => Promise<number>,
  from: number,
  signal: AbortSignal,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    const fd = await openFile()
    try {
      for (let at = from; ;) {
        signal.throwIfAborted()
        const piece = Buffer.allocUnsafeSlow(pieceBytes)
        const { bytesRead } = await read(fd, piece, 0, pieceBytes, at)
        if (bytesRead === 0) return
        at += bytesRead
        yield piece.subarray(0, bytesRead)
      }
    } finally {
      await close(fd)
    }
  } catch (error) {
    throw explain(error)
  }
}

export async function readAll(fd: number, size: number, key: string, signal: AbortSignal): Promise<Uint8Array> {
  const body = Buffer.allocUnsafe(Math.min(size, maxObjectBytes))
  for (let offset = 0; offset < size;) {
    signal.throwIfAborted()
    const { bytesRead } = await read(fd, body, offset, Math.min(chunkBytes, size - offset), null)
    if (bytesRead === 0) throw new WeaverError('object_corrupt', `${key} ended after ${offset} of ${size} bytes`)
    offset += bytesRead
  }
  signal.throwIfAborted()
  return body
}
