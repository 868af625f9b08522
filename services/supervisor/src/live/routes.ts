import type { IncomingMessage } from 'node:http'
import { type ChangePosition, WeaverError } from '@data-weaver/contracts'
import websocket from '@fastify/websocket'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { problems, StreamParams } from '../answers.ts'
import type { Authentication } from '../auth.ts'
import { isAfter, parsePosition } from '../event-client.ts'
import { tenant } from '../parts.ts'
import { rawSecurityHeaders } from '../security-headers.ts'
import type { RouteParts } from '../routes/route-parts.ts'
import { longestMs } from '../session/session.ts'
import { LiveClient, type LiveRequest } from './client.ts'
import type { LiveFeed } from './feed.ts'
import { sseTransport, webSocketTransport } from './transport.ts'

const path = '/v1/live'
/** Streams that one client may name. */
const maxStreams = 100
/** Clients say nothing; a message larger than this ends the connection, bytes. */
const maxIncomingBytes = 1024
/** What a browser waits before it comes back, milliseconds. */
const retryMs = 2000
/** Changes are numbered by 32 bits within a transaction. */
const maxSeq = 2 ** 31 - 1

const position = (description: string) => Type.Optional(Type.String({ maxLength: 64, description, examples: ['74315-3'] }))

const data = '{"id":"earthquakes:ci38457511","stream":"earthquakes","seq":1042,"changedAt":"2026-03-05T15:56:21.000Z","revision":1,…}'

const schema = {
  operationId: 'followDocuments',
  tags: ['Documents'],
  summary: 'Follow documents as they arrive',
  description:
    'New and changed documents of all streams, or of those named, in the order of their commits, none twice and none left out when a client resumes ' +
    'with the id of the last message it saw, at any supervisor. Of several changes of one document while nobody reads only the last is sent. As server-sent ' +
    'events: `document` with data as in LiveDocument, `deleted` with data as in LiveDeletion, and a comment each 15 s as a sign of life. With `Upgrade: ' +
    'websocket` the same as text messages `{"id", "event", "data"}`, and `heartbeat` as sign of life. A client that reads too slowly is told so and cut off: ' +
    'the event `error` with the code `slow_consumer`, or 4008 as close code of the WebSocket. It may come back and resume.',
  querystring: Type.Object(
    {
      stream: Type.Optional(
        Type.Union([Type.Array(StreamParams.properties.id, { maxItems: maxStreams }), StreamParams.properties.id], {
          description: `Only documents of this stream, by id or name; up to ${maxStreams} times.`,
        }),
      ),
      after: position('Resume behind this id; `Last-Event-ID` comes first. `0-0` for all there is.'),
    },
    { additionalProperties: false },
  ),
  headers: Type.Object({ 'last-event-id': position('Resume behind this id. Browsers send it by themselves.') }),
  response: {
    200: {
      description: 'Documents, until the client or the server hangs up.',
      content: {
        'text/event-stream': {
          schema: Type.Unsafe<string>({ type: 'string', examples: [`id: 74315-3\nevent: document\ndata: ${data}\n\n`] }),
        },
      },
    },
    ...problems('not_found', 'forbidden', 'sink_unavailable'),
  },
}

/** Whether a request is to become a WebSocket. All others are answered as if they had not asked. */
export const isLiveUpgrade = ({ url, headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket' && url?.split('?', 1)[0] === path

/**
 * Makes WebSockets of requests. Register it before all hooks: an upgrade that one of them refuses must be seen to be answered, since its
 * connection is none of the HTTP server's any more and is closed here.
 */
export async function acceptWebSockets(app: FastifyInstance): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: maxIncomingBytes, perMessageDeflate: false },
    errorHandler: (_error, socket) => socket.terminate(),
    // The feed tells its clients before; this only takes no more.
    preClose(done) {
      this.websocketServer.close()
      done()
    },
  })
}

export const liveRoutes =
  (parts: RouteParts, live: LiveFeed, { sessionOf }: Authentication): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { clock, log } = parts
    const asked = new WeakMap<FastifyRequest, LiveRequest>()
    const serve = (client: LiveClient) => void live.serve(client).catch((error: unknown) => log.error({ err: error }, 'live client failed'))

    app.route({
      method: 'GET',
      url: path,
      schema,
      exposeHeadRoute: false,
      // Before the upgrade: afterwards there is no way to answer an error.
      async preHandler(request) {
        const { query, headers } = request as unknown as { query: LiveQuery; headers: Record<string, string | undefined> }
        const session = sessionOf(request)
        const until = session === undefined ? Number.POSITIVE_INFINITY : session.since + longestMs
        const streams = await streamNames(parts, query.stream)
        asked.set(request, { after: await resumeFrom(parts, headers['last-event-id'] ?? query.after), streams, until })
      },
      async handler(request, reply) {
        reply.hijack()
        // One write is one piece of the stream: without chunks there is nothing to be added to it for each client.
        reply.raw.useChunkedEncodingByDefault = false
        reply.raw.writeHead(200, {
          ...rawSecurityHeaders(request.id),
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-cache, no-transform',
          'x-accel-buffering': 'no',
          connection: 'close',
        })
        reply.raw.write(`retry: ${retryMs}\n\n`)
        serve(new LiveClient(sseTransport(reply.raw, clock), asked.get(request) as LiveRequest))
      },
      wsHandler(socket, request) {
        serve(new LiveClient(webSocketTransport(socket, request.raw.socket, clock), asked.get(request) as LiveRequest))
      },
    })
  }

interface LiveQuery {
  readonly stream?: string | readonly string[]
  readonly after?: string
}

/** Documents carry the name of their stream. */
async function streamNames({ ledger }: RouteParts, stream: LiveQuery['stream']): Promise<readonly string[] | undefined> {
  if (stream === undefined) return undefined
  const found = await Promise.all([stream].flat().map(async (one) => await ledger.streams.get(tenant, one)))
  return [...new Set(found.map((one) => one.stream.name))]
}

/** @throws WeaverError `invalid_request` when it is no place among these changes: a client would wait there for ever. */
async function resumeFrom({ documents }: RouteParts, id: string | undefined): Promise<ChangePosition | undefined> {
  if (id === undefined || id === '') return undefined
  const from = parsePosition(id)
  if (from !== undefined && from.seq <= maxSeq) {
    const { txid } = await documents.changes.end()
    if (!isAfter({ txid: from.txid, seq: 0 }, { txid, seq: 0 })) return from
  }
  const problem = {
    field: 'Last-Event-ID',
    problem: 'is not the id of a message of these changes',
    hint: 'Leave it out to begin now, or send 0-0 for all there is.',
  }
  throw new WeaverError('invalid_request', `"${id}" is not the id of a message of these changes`, { errors: [problem] })
}
