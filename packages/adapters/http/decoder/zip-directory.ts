const endOfDirectory = 0x06054b50
const entryOfDirectory = 0x02014b50
const nameIsUtf8 = 0x0800
const longestComment = 65_535

/** The CRC-32 of each file by name, from the directory at the end of a zip archive. What cannot be found there is left out. */
export function zipChecksums(archive: Uint8Array): ReadonlyMap<string, number> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength)
  const sums = new Map<string, number>()
  const end = endOf(view)
  if (end === undefined) return sums
  let at = view.getUint32(end + 16, true)
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== entryOfDirectory) break
    const nameLength = view.getUint16(at + 28, true)
    const encoding = (view.getUint16(at + 8, true) & nameIsUtf8) === 0 ? 'latin1' : 'utf8'
    const name = Buffer.from(archive.subarray(at + 46, at + 46 + nameLength)).toString(encoding)
    sums.set(name, view.getUint32(at + 16, true))
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return sums
}

function endOf(view: DataView): number | undefined {
  const least = Math.max(0, view.byteLength - 22 - longestComment)
  for (let at = view.byteLength - 22; at >= least; at--) if (view.getUint32(at, true) === endOfDirectory) return at
  return undefined
}
