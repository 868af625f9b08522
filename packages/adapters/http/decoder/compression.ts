import { crc32, gunzipSync } from 'node:zlib'
import { WeaverError } from '@data-weaver/contracts'
import { type UnzipFileInfo, unzipSync } from 'fflate'
import type { Compression } from '../schema/records.ts'
import { zipChecksums } from './zip-directory.ts'

const defaultMaxBytes = 64 * 1024 * 1024

/** Whatever the configuration says, no more is unpacked into memory. */
const mostHeldBytes = 1024 ** 3

/** Files of an archive that are looked at. More than that is no answer of an interface. */
const mostFiles = 10_000

/** Unpacks a body into its files. @throws WeaverError `source_malformed`, or `source_too_large` beyond the limit. */
export function unpacking(compression: Compression): (body: Uint8Array) => readonly Uint8Array[] {
  const maxBytes = Math.min(compression.maxBytes ?? defaultMaxBytes, mostHeldBytes)
  if (compression.type === 'zip') return (body) => unzip(body, compression.entry, maxBytes)
  return (body) => [gunzip(body, maxBytes)]
}

function gunzip(body: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw malformed('the body is not a whole gzip file')
  }
}

function unzip(body: Uint8Array, entry: string | undefined, maxBytes: number): Uint8Array[] {
  let unpacked = 0
  let files = 0
  const wanted = ({ name, originalSize }: UnzipFileInfo): boolean => {
    if (name.endsWith('/') || (entry !== undefined && name !== entry)) return false
    unpacked += originalSize
    files += 1
    if (unpacked > maxBytes || files > mostFiles) throw tooLarge(maxBytes)
    return true
  }
  let found: Record<string, Uint8Array>
  try {
    found = unzipSync(body, { filter: wanted })
  } catch (error) {
    if (error instanceof WeaverError) throw error
    throw malformed('the body is not a whole zip archive')
  }
  const sums = zipChecksums(body)
  for (const [name, bytes] of Object.entries(found)) {
    // The library does not compare checksums, and what it makes of damaged data looks like data.
    const sum = sums.get(name)
    if (sum !== undefined && sum !== crc32(bytes)) throw malformed('a file in the zip archive is damaged')
  }
  if (entry !== undefined && found[entry] === undefined) throw malformed(`the zip archive has no file ${JSON.stringify(entry)}`)
  return Object.values(found)
}

const malformed = (problem: string): WeaverError => new WeaverError('source_malformed', `The answer cannot be read: ${problem}.`)

const tooLarge = (maxBytes: number): WeaverError =>
  new WeaverError('source_too_large', `The answer is larger than ${maxBytes} bytes when it is unpacked`)
