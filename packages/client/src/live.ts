import type { Connection } from './client.ts'
import { ApiError } from './error.ts'
import { follow, type FollowOptions, type Message } from './follow.ts'
import type { components } from './gen/api.ts'
import { readSse } from './sse.ts'

/** Ids grow along the changes; resume behind any of them, at any supervisor. */
export type LiveMessage =
  | { readonly event: 'document'; readonly id: string; readonly data: components['schemas']['LiveDocument'] }
  | { readonly event: 'deleted'; readonly id: string; readonly data: components['schemas']['LiveDeletion'] }

export interface LiveOptions extends FollowOptions {
  /** Only documents of these streams, by id or name. Default: all. */
  readonly streams?: readonly string[]
  /**
   * Opens a WebSocket to this address instead of server-sent events: `(url) => new WebSocket(url)`. It is signed in by the session cookie in
   * a browser; elsewhere pass the token in its headers yourself.
   */
  readonly webSocket?: (url: string) => WebSocket
}

const path = '/v1/live'

export async function* followLive(connection: Connection, options: LiveOptions = {}): AsyncGenerator<LiveMessage> {
  const query = new URLSearchParams((options.streams ?? []).map((stream): [string, string] => ['stream', stream]))
  const { webSocket } = options
  const open = (lastId: string | undefined, signal: AbortSignal) =>
    webSocket === undefined
      ? readSse(connection, { path, query, lastId, signal })
      : readSocket(connection, webSocket(socketUrl(connection.baseUrl, query, lastId)), signal)
  for await (const { id, event, data } of follow(open, options)) {
    if (event === 'document' || event === 'deleted') yield { event, id, data: JSON.parse(data) as object } as LiveMessage
  }
}

function socketUrl(baseUrl: string, query: URLSearchParams, lastId: string | undefined): string {
  const search = new URLSearchParams(query)
  if (lastId !== undefined) search.set('after', lastId)
  const { location } = globalThis as { location?: { readonly href: string } }
  const url = new URL(`${baseUrl}${path}`, location?.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.search = search.toString()
  return url.href
}

/** The messages of one WebSocket. Ends when it is closed, with whatever code: what was not sent yet comes after a resumption. */
async function* readSocket(connection: Connection, socket: WebSocket, signal: AbortSignal): AsyncGenerator<Message> {
  const gathered: Message[] = []
  let bell = Promise.withResolvers<void>()
  let open = true
  let wasOpen = false
  const end = () => {
    open = false
    bell.resolve()
  }
  socket.addEventListener('message', ({ data }) => {
    const { id, event, data: body } = JSON.parse(String(data)) as { id?: string; event?: string; data?: unknown }
    gathered.push({
      ...(id === undefined ? {} : { id }),
      ...(body === undefined ? {} : { event: event ?? '', data: JSON.stringify(body) }),
    })
    bell.resolve()
  })
  socket.addEventListener('open', () => (wasOpen = true))
  socket.addEventListener('close', end)
  socket.addEventListener('error', end)
  signal.addEventListener('abort', end, { once: true })
  try {
    while (open || gathered.length > 0) {
      await bell.promise
      if (open) bell = Promise.withResolvers()
      yield* gathered.splice(0)
    }
    if (!wasOpen && !signal.aborted) await demandSession(connection, signal)
  } finally {
    signal.removeEventListener('abort', end)
    socket.close()
  }
}

/** A WebSocket that is refused does not say why. @throws ApiError when it is because nobody is signed in. */
async function demandSession({ baseUrl, headers, fetch }: Connection, signal: AbortSignal): Promise<void> {
  const response = await fetch(new Request(`${baseUrl}/v1/session`, { headers, signal }))
  if (!response.ok) throw await ApiError.from(response)
  await response.body?.cancel()
}
