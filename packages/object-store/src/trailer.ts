/** What a zstd frame begins with. */
const frameMagic = 0xfd_2f_b5_28
/** A skippable frame, which every zstd program passes over: `zstd -d` gives back the original without knowing us. */
const skippableMagic = 0x18_4d_2a_57
const tag = Buffer.from('weaver/1', 'latin1')
const sizeAt = 16
const hashAt = 24
export const trailerBytes = hashAt + 32

/** What stands behind a compressed object about its original. */
export interface Trailer {
  /** Bytes. */
  readonly size: number
  readonly sha256: Buffer
}

export function trailerWith({ size, sha256 }: Trailer): Buffer {
  const trailer = Buffer.alloc(trailerBytes)
  trailer.writeUInt32LE(skippableMagic, 0)
  trailer.writeUInt32LE(trailerBytes - 8, 4)
  tag.copy(trailer, 8)
  trailer.writeBigUInt64LE(BigInt(size), sizeAt)
  sha256.copy(trailer, hashAt)
  return trailer
}

export const beginsLikeFrame = (bytes: Buffer): boolean => bytes.byteLength >= 4 && bytes.readUInt32LE(0) === frameMagic

/** The trailer of an object that begins and ends with these bytes, or undefined when it is none of ours. */
export function trailerOf(beginning: Buffer, end: Buffer): Trailer | undefined {
  if (end.byteLength < trailerBytes || !beginsLikeFrame(beginning)) return undefined
  const trailer = end.subarray(-trailerBytes)
  const ours =
    trailer.readUInt32LE(0) === skippableMagic && trailer.readUInt32LE(4) === trailerBytes - 8 && trailer.subarray(8, sizeAt).equals(tag)
  return ours ? { size: Number(trailer.readBigUInt64LE(sizeAt)), sha256: trailer.subarray(hashAt) } : undefined
}
