import { type Json, WeaverError } from '@data-weaver/contracts'
import { parseJson } from '../src/exact-json.ts'
import { lookup } from '../src/path.ts'
import { keyOf } from './timeline.ts'

/** The events that say something about posts. Others, such as notifications, are not stored. */
export const eventNames = ['update', 'status.update', 'delete'] as const
export type EventName = (typeof eventNames)[number]

const isEventName = (name: Json | undefined): name is EventName => eventNames.includes(name as EventName)

/** A message about a post. */
export interface PostEvent {
  readonly event: EventName
  /** JSON of the post, or the id of one that is gone. */
  readonly payload: string
  /** Key of the timeline that it is of, where the message says so. */
  readonly timeline: string | undefined
}

export interface HeardMessage {
  readonly data: string | Uint8Array
  /** The name of the event, of a server-sent event. A WebSocket's message has it in its JSON. */
  readonly event?: string | undefined
}

/** What a message says: an event, an error of the server, something else that is not wanted (undefined), or a problem. */
export type Said =
  | { readonly post: PostEvent }
  | { readonly error: Json; readonly status: Json | undefined }
  | { readonly problem: string }
  | undefined

/** @param overEvents it is a server-sent event; otherwise the message of a WebSocket */
export function said({ data, event }: HeardMessage, overEvents: boolean): Said {
  if (typeof data !== 'string') return { problem: 'the message is not valid UTF-8' }
  if (overEvents) return isEventName(event) ? { post: { event, payload: data, timeline: undefined } } : undefined
  let message: Json
  try {
    message = parseJson(data)
  } catch (error) {
    if (!(error instanceof WeaverError)) throw error
    return { problem: error.message.replace(/^The answer/, 'the message') }
  }
  const name = lookup(message, ['event'])
  const error = lookup(message, ['error'])
  if (name === undefined && error !== undefined) return { error, status: lookup(message, ['status']) }
  if (typeof name !== 'string') return { problem: 'the message has no `event`' }
  if (!isEventName(name)) return undefined
  const payload = lookup(message, ['payload'])
  if (typeof payload !== 'string') return { problem: 'the message has no text `payload`' }
  const stream = lookup(message, ['stream'])
  const names = Array.isArray(stream) && stream.every((one) => typeof one === 'string') ? (stream as readonly string[]) : undefined
  return { post: { event: name, payload, timeline: names === undefined ? undefined : keyOf(names) } }
}

/** Whose messages a page of a stream has: a WebSocket's have no name beside them. */
export const isOverEvents = ({ event }: { readonly event?: string | undefined }): boolean => event !== undefined

/** The id in a post, or of one. */
export function idOf(post: Json | undefined): string | undefined {
  const id = lookup(post, ['id'])
  if (typeof id === 'number') return String(id)
  return typeof id === 'string' && id !== '' ? id : undefined
}
