import { type Clock, WeaverError } from '@data-weaver/contracts'
import { createParser } from 'eventsource-parser'
import type { LiveMessage } from './segment.ts'
import { excerpt, type Redaction } from '../redaction.ts'

export interface EventReading {
  readonly clock: Clock
  readonly redact: Redaction
  readonly maxMessageBytes: number
  /** Names of the events that are kept; undefined: all. */
  readonly events: ReadonlySet<string> | undefined
  readonly errorEvents: ReadonlySet<string>
  /** Whether ids are positions. */
  readonly resume: boolean
}

/** What a stream has told so far besides its events. */
export interface StreamState {
  /** Milliseconds since the Unix epoch. */
  heardAt: number | undefined
  /** What `retry:` said, milliseconds. */
  retryMs: number | undefined
  /** The last event id; '' when the source took it back. */
  lastId: string | undefined
}

/** Longer ids are no ids: they would not fit into the header that they are sent back in. Bytes. */
const longestId = 4096

/**
 * The events of a stream. It is taken apart as bytes, of which the parser only knows ASCII, so that what is not UTF-8 is kept as it
 * came: as bytes.
 * @throws WeaverError `source_too_large` for an event over the limit, `source_unavailable` when the source reports an error.
 */
export async function* serverSentEvents(
  body: AsyncIterable<Uint8Array>,
  state: StreamState,
  reading: EventReading,
): AsyncGenerator<LiveMessage> {
  const { clock, maxMessageBytes } = reading
  const ready: LiveMessage[] = []
  let failure: WeaverError | undefined
  const tooLarge = () => new WeaverError('source_too_large', `The source sent an event larger than ${maxMessageBytes} bytes`)
  const parser = createParser({
    maxBufferSize: maxMessageBytes,
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') failure ??= tooLarge()
    },
    onRetry: (ms) => (state.retryMs = ms),
    onId: (id) => {
      if (isSendable(id)) state.lastId = utf8(id)
    },
    onEvent: ({ event, id, data }) => {
      if (failure !== undefined) return
      const name = event === undefined ? 'message' : utf8(event)
      if (data.length > maxMessageBytes) failure = tooLarge()
      else if (reading.errorEvents.has(name)) failure = reported(name, data, reading.redact)
      else if (reading.events?.has(name) !== false) ready.push(message(event, id, data))
    },
  })
  const message = (event: string | undefined, id: string | undefined, data: string): LiveMessage => ({
    at: clock.now(),
    data: contentOf(data),
    event: event === undefined ? undefined : utf8(event),
    id: id === undefined ? undefined : utf8(id),
    position: !reading.resume || state.lastId === undefined ? undefined : state.lastId === '' ? null : state.lastId,
  })
  for await (const piece of body) {
    state.heardAt = clock.now()
    parser.feed(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1'))
    for (const one of ready.splice(0)) yield one
    if (failure !== undefined) throw failure
  }
}

const utf8 = (raw: string): string => Buffer.from(raw, 'latin1').toString('utf8')

function contentOf(raw: string): string | Uint8Array {
  const bytes = Buffer.from(raw, 'latin1')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return new Uint8Array(bytes)
  }
}

/** Whether a header can carry it back, as the bytes it came in. */
const isSendable = (raw: string): boolean => raw.length <= longestId && /^[\t\x20-\x7e\x80-\xff]*$/.test(raw) && isUtf8(raw)
const isUtf8 = (raw: string): boolean => typeof contentOf(raw) === 'string'

function reported(name: string, data: string, redact: Redaction): WeaverError {
  const said = excerpt(Buffer.from(data, 'latin1'), redact)
  return new WeaverError(
    'source_unavailable',
    `The source reported an error by the event \`${redact(name)}\`${said === '' ? '' : `: ${said}`}`,
  )
}
