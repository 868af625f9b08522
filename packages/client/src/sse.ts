import { createParser } from 'eventsource-parser'
import type { Connection } from './client.ts'
import { ApiError } from './error.ts'
import type { Message } from './follow.ts'

/** Most text of one event that is kept while its end has not come, characters. */
const maxEventCharacters = 128 * 2 ** 20

export interface SseRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly lastId: string | undefined
  readonly signal: AbortSignal
}

/**
 * The messages of one connection, first an empty one when it is there; an id without data comes as a message without event. Ends when the server hangs up.
 * @throws ApiError when the answer is none.
 */
export async function* readSse(connection: Connection, { path, query, lastId, signal }: SseRequest): AsyncGenerator<Message> {
  const search = query.size === 0 ? '' : `?${query.toString()}`
  const headers = {
    ...connection.headers,
    accept: 'text/event-stream',
    ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
  }
  const response = await connection.fetch(new Request(`${connection.baseUrl}${path}${search}`, { headers, signal, cache: 'no-store' }))
  if (!response.ok || response.body === null) throw await ApiError.from(response)
  const gathered: Message[] = []
  const parser = createParser({
    maxBufferSize: maxEventCharacters,
    onId: (id) => gathered.push({ id }),
    onEvent: ({ id, event, data }) => gathered.push({ ...(id === undefined ? {} : { id }), event: event ?? 'message', data }),
  })
  const reader = response.body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  // The signal of a request may be forgotten once its answer has begun; so the body is given up here.
  const giveUp = () => void reader.cancel().catch(() => {})
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    // The connection is there, even if nothing happens for a long time.
    yield {}
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      parser.feed(value)
      yield* gathered.splice(0)
    }
  } finally {
    signal.removeEventListener('abort', giveUp)
    await reader.cancel().catch(() => {})
  }
}
