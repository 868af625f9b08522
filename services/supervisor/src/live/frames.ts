import type { DocumentChange } from '@data-weaver/contracts'
import { formatPosition } from '../event-client.ts'
import type { LiveDeletion } from './messages.ts'

/** How a client is written to. */
export type Kind = 'sse' | 'ws'

interface Message {
  readonly id: string
  readonly event: 'document' | 'deleted'
  /** JSON without line breaks. */
  readonly data: string
}

function toMessage({ position, deleted, document, fields }: DocumentChange): Message {
  const id = formatPosition(position)
  if (deleted) {
    const { id: documentId, stream, seq, changedAt } = document
    return { id, event: 'deleted', data: JSON.stringify({ id: documentId, stream, seq, changedAt } satisfies LiveDeletion) }
  }
  // The fields go through as the database wrote them: neither parsed nor written again, however many clients there are.
  const about = JSON.stringify({ ...document, fieldsOmitted: fields === null })
  return { id, event: 'document', data: `${about.slice(0, -1)},"fields":${fields ?? '{}'}}` }
}

/** Changes as the bytes that go over the wire, made once for all clients that get the same. */
export function encode(changes: readonly DocumentChange[], kind: Kind): Buffer {
  return Buffer.concat(changes.map((change) => encodeMessage(toMessage(change), kind)))
}

function encodeMessage({ id, event, data }: Message, kind: Kind): Buffer {
  return kind === 'sse'
    ? Buffer.from(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`)
    : textFrame(`{"id":"${id}","event":"${event}","data":${data}}`)
}

/** A sign of life with the place that was read up to, so that a client that hears little need not resume from long ago. */
export const encodeSign = (event: 'ready' | 'heartbeat', id: string | undefined, kind: Kind): Buffer => {
  if (kind === 'ws') return textFrame(JSON.stringify(id === undefined ? { event } : { id, event }))
  return Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}: ${event}\n\n`)
}

const textFrameHead = 0x81
const lengthIn16 = 126
const lengthIn64 = 127

/** A text message of a WebSocket server: one frame, not masked, not compressed. */
export function textFrame(text: string): Buffer {
  const body = Buffer.from(text)
  const length = body.byteLength
  if (length < lengthIn16) return Buffer.concat([Buffer.from([textFrameHead, length]), body])
  const isShort = length < 0x10000
  const head = Buffer.alloc(isShort ? 4 : 10)
  head[0] = textFrameHead
  head[1] = isShort ? lengthIn16 : lengthIn64
  if (isShort) head.writeUInt16BE(length, 2)
  else head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, body])
}
