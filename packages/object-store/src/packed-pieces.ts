import { createHash } from 'node:crypto'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { WeaverError } from '@data-weaver/contracts'
import { type Trailer, trailerWith } from './trailer.ts'

/** The pieces of the zstd frame of a body, and its trailer at the end. */
export async function* packedPieces(pieces: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let size = 0
  const counted = async function* () {
    for await (const piece of pieces) {
      hash.update(piece)
      size += piece.byteLength
      yield piece
    }
  }
  yield* through(counted(), createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } }))
  yield trailerWith({ size, sha256: hash.digest() })
}

/** The pieces of the original of what {@link packedPieces} made. `frameBytes` is how many bytes come before the trailer. */
export async function* unpackedPieces(
  key: string,
  pieces: AsyncIterable<Uint8Array>,
  frameBytes: number,
  { size, sha256 }: Trailer,
): AsyncGenerator<Uint8Array> {
  const corrupt = (problem: string, cause?: unknown) =>
    new WeaverError('object_corrupt', `${key} ${problem}`, cause === undefined ? {} : { cause })
  const hash = createHash('sha256')
  let unpacked = 0
  try {
    for await (const piece of through(upTo(pieces, frameBytes), createZstdDecompress())) {
      unpacked += piece.byteLength
      if (unpacked > size) throw corrupt('is larger than it says')
      hash.update(piece)
      yield piece
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw typeof code === 'string' && code.startsWith('ZSTD_') ? corrupt('cannot be decompressed', error) : error
  }
  if (unpacked !== size || !hash.digest().equals(sha256)) throw corrupt('is not what was compressed')
}

async function* through(pieces: AsyncIterable<Uint8Array>, step: Transform): AsyncGenerator<Uint8Array> {
  const feeding = pipeline(Readable.from(pieces, { objectMode: false, highWaterMark: 1 }), step)
  // Its error is also that of the step, which is read here.
  feeding.catch(() => {})
  yield* step as AsyncIterable<Buffer>
  await feeding
}

async function* upTo(pieces: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes
  for await (const piece of pieces) {
    if (piece.byteLength >= left) {
      if (left > 0) yield piece.subarray(0, left)
      return
    }
    left -= piece.byteLength
    yield piece
  }
}
