import { isUtf8 } from 'node:buffer'
import type { Fetched } from './fetching.ts'

/** Text as it is, bytes that are no text in base64, null where there is nothing. */
export type Written = string | { readonly base64: string } | null

/** A message as it lies in a segment, from which every byte of it can be had again. */
export interface StoredMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** ISO 8601, or null when the producer gave none. */
  readonly timestamp: string | null
  readonly key: Written
  readonly value: Written
  readonly headers: readonly (readonly [string, Written])[]
}

const written = (bytes: Buffer | null): Written =>
  bytes === null ? null : isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') }

export function stored({ topic, partition, offset, timestamp, record }: Fetched): string {
  const at = timestamp >= 0 && timestamp <= 8.64e15 ? new Date(timestamp).toISOString() : null
  const headers = record.headers.map(([name, value]) => [name?.toString('utf8') ?? '', written(value)] as const)
  const message: StoredMessage = {
    topic,
    partition,
    offset,
    timestamp: at,
    key: written(record.key),
    value: written(record.value),
    headers,
  }
  return JSON.stringify(message)
}
