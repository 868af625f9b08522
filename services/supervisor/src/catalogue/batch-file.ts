import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { WeaverError } from '@data-weaver/contracts'
import type { CatalogueBatch, FeedPosition } from '@data-weaver/ledger'

/** Where the catalogue lies in the store, beside the raw responses. */
export const catalogueBucket = 'catalogue'

/** Largest file when it is unpacked, bytes: a thousand results with their headers have a few MiB. */
const largestBytes = 256 * 1024 * 1024
/** Grows with each change that an older reader could not read. */
const format = 1

const named = new RegExp(`^${catalogueBucket}/([0-9a-f]+-[0-9a-f]+)/(\\d{20})-(\\d{16})\\.jsonl\\.zst$`)

/** The key of a file: the ledger it is of, and the place of its last result in that ledger's event log. */
export const batchKey = (ledger: string, { txid, seq }: FeedPosition): string =>
  `${catalogueBucket}/${ledger}/${txid.padStart(20, '0')}-${String(seq).padStart(16, '0')}.jsonl.zst`

const purged = new RegExp(`^${catalogueBucket}/[0-9a-f]+-[0-9a-f]+/purged-([0-9a-f-]{36})$`)

/** The key that says of a stream that it was purged: files from before still name it. */
export const purgedKey = (ledger: string, streamId: string): string => `${catalogueBucket}/${ledger}/purged-${streamId}`

/** The stream that a key says was purged; undefined when it says something else. */
export const readPurgedKey = (key: string): string | undefined => purged.exec(key)?.[1]

/** What a key says; undefined when it is not one of a catalogue. */
export function readBatchKey(key: string): { readonly ledger: string; readonly position: FeedPosition } | undefined {
  const [, ledger, txid, seq] = named.exec(key) ?? []
  if (ledger === undefined || txid === undefined || seq === undefined) return undefined
  return { ledger, position: { txid: BigInt(txid).toString(), seq: Number(seq) } }
}

/** Lines of JSON in one zstd frame: what streams there are, then a line for each result. */
export async function packBatch({ streams, results }: CatalogueBatch): Promise<Uint8Array> {
  const lines = [{ format, streams }, ...results].map((line) => JSON.stringify(line))
  return await promisify(zstdCompress)(Buffer.from(`${lines.join('\n')}\n`))
}

/** @throws WeaverError `object_corrupt` */
export async function unpackBatch(key: string, body: Uint8Array): Promise<CatalogueBatch> {
  try {
    const text = (await promisify(zstdDecompress)(body, { maxOutputLength: largestBytes })).toString()
    const [head, ...results] = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]))
    const { format: found, streams } = head as { format: unknown } & CatalogueBatch
    if (found !== format) throw new WeaverError('object_corrupt', `${key} is of format ${String(found)}, which is not known here`)
    return { streams, results: results as CatalogueBatch['results'] }
  } catch (cause) {
    throw cause instanceof WeaverError ? cause : new WeaverError('object_corrupt', `${key} is no file of a catalogue`, { cause })
  }
}
