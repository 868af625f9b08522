import { createHash } from 'node:crypto'
import type { ResponseFacts } from '@data-weaver/contracts'

/** What is known of a page once it is stored, or can be. */
export interface StoredPageFacts {
  readonly resultId: string
  readonly key: string
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  readonly response: ResponseFacts
}

/** A UUID (version 8, RFC 9562) from run, part and content. */
export function contentId(runId: string, part: number, content: string): string {
  const bytes = createHash('sha256').update(`${runId} ${part} ${content}`).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
