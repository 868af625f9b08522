import type { Connection } from './client.ts'
import { follow, type FollowOptions } from './follow.ts'
import type { components } from './gen/api.ts'
import { readSse } from './sse.ts'

type ResultEvent = components['schemas']['ResultEvent']
type WorkerAvailableEvent = components['schemas']['WorkerAvailableEvent']

export interface EventOptions extends FollowOptions {
  /** Only results of this stream, by id or name. */
  readonly stream?: string
}

/** What GET /v1/events sends. Results have an id to resume behind; notices have none. */
export type ApiEvent =
  | { readonly event: 'data-streams:results'; readonly id: string; readonly data: ResultEvent }
  | { readonly event: 'data-streams:worker_available'; readonly data: WorkerAvailableEvent }

export async function* followEvents(connection: Connection, options: EventOptions = {}): AsyncGenerator<ApiEvent> {
  const query = new URLSearchParams(options.stream === undefined ? {} : { stream: options.stream })
  const open = (lastId: string | undefined, signal: AbortSignal) => readSse(connection, { path: '/v1/events', query, lastId, signal })
  for await (const { id, event, data } of follow(open, options)) {
    yield { event, ...(id === undefined ? {} : { id }), data: JSON.parse(data) as object } as ApiEvent
  }
}
