import type { FastifyReply, preHandlerAsyncHookHandler } from 'fastify'
import type { EventFeed } from '../event-feed.ts'
import type { KnownLanes } from '../lanes.ts'
import type { SupervisorParts } from '../parts.ts'

/** What routes get: the parts of the supervisor, and what the app made of them. */
export interface RouteParts extends SupervisorParts {
  readonly feed: EventFeed
  readonly lanes: KnownLanes
  /** Hook that answers a request once per Idempotency-Key. */
  readonly onceByKey: preHandlerAsyncHookHandler
  /** Aborts when the client hangs up or the server shuts down. */
  untilGone(reply: FastifyReply): AbortSignal
}
