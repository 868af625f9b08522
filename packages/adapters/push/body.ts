import { WeaverError } from '@data-weaver/contracts'
import { decodeJson, decodeText } from '../src/exact-json.ts'
import type { PushConfig } from './schema.ts'

/**
 * Looks whether a body is what the format says, as far as that is about the whole of it: a sender should hear of it, where a single
 * record that cannot be read becomes a dead letter. @throws WeaverError `invalid_request`
 */
export function checkBody(body: Uint8Array, contentType: string, { format = 'json' }: PushConfig): void {
  if (format === 'binary') return
  try {
    if (format === 'json') decodeJson(body, contentType)
    else decodeText(body, contentType)
  } catch (error) {
    if (!(error instanceof WeaverError)) throw error
    throw new WeaverError('invalid_request', error.message.replace(/^The answer cannot be read: /, ''))
  }
}
