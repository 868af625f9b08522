import { resultEventName, WeaverError, workerAvailableEventName } from '@data-weaver/contracts'
import type { FeedPosition } from '@data-weaver/ledger'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { problems, StreamParams } from '../answers.ts'
import { EventClient, isAfter, parsePosition } from '../event-client.ts'
import { tenant } from '../parts.ts'
import { rawSecurityHeaders } from '../security-headers.ts'
import type { RouteParts } from './route-parts.ts'

const position = (description: string) => Type.Optional(Type.String({ maxLength: 64, description, examples: ['74315-1042'] }))

const schema = {
  operationId: 'streamEvents',
  tags: ['Events'],
  summary: 'Follow what happens',
  description:
    `Server-sent events. \`${resultEventName}\` for each committed result, with data as in ResultEvent, in the order of their commits, none twice and none ` +
    `left out when a client resumes with the id of the last one it saw. \`${workerAvailableEventName}\` when a worker is up and has nothing to run, ` +
    'with data as in WorkerAvailableEvent; it has no id and is not repeated. Without an id the stream begins now. A comment each 15 s is a sign of life.',
  querystring: Type.Object(
    {
      after: position('Resume behind this event id; `Last-Event-ID` comes first.'),
      stream: Type.Optional(StreamParams.properties.id),
    },
    { additionalProperties: false },
  ),
  headers: Type.Object({ 'last-event-id': position('Resume behind this event id. Browsers send it by themselves.') }),
  response: {
    200: {
      description: 'Events, until the client or the server hangs up.',
      content: {
        'text/event-stream': {
          schema: Type.Unsafe<string>({
            type: 'string',
            examples: [
              `id: 74315-1042\nevent: ${resultEventName}\ndata: {"adapter":"IQAIR_DAILY","payload":{"id":"0193a6f2-8e5c-8d2b-9d7a-5f1f0c8d2e11","filename":"results/0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e/0193a6f2-8e5c-8d2b-9d7a-5f1f0c8d2e11.json"},"timestamp":"1646496980"}\n\n`,
            ],
          }),
        },
      },
    },
    ...problems('not_found'),
  },
}

export const eventRoutes =
  ({ ledger, feed, log }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/v1/events', { schema, exposeHeadRoute: false }, async (request, reply) => {
      const { after, stream } = request.query
      const streamId = stream === undefined ? undefined : (await ledger.streams.get(tenant, stream)).stream.id
      const end = await ledger.feedEnd()
      const asked = request.headers['last-event-id'] ?? after
      const from = asked === undefined || asked === '' ? end : resumeFrom(asked, end)
      reply.hijack()
      reply.raw.writeHead(200, {
        ...rawSecurityHeaders(request.id),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        // Proxies must pass events on one by one; and the connection is of no use for anything after them.
        'x-accel-buffering': 'no',
        connection: 'close',
      })
      const client = new EventClient(reply.raw, from, streamId)
      feed.serve(client).catch((error: unknown) => log.error({ err: error }, 'event client failed'))
    })
  }

/** @throws WeaverError `invalid_request` when it is no place in this log: a client would wait there for ever. */
function resumeFrom(id: string, end: FeedPosition): FeedPosition {
  const from = parsePosition(id)
  if (from !== undefined && !isAfter({ txid: from.txid, seq: 0 }, { txid: end.txid, seq: 0 })) return from
  const problem = {
    field: 'Last-Event-ID',
    problem: 'is not the id of an event of this log',
    hint: 'Leave it out to begin now, or send 0-0 for all there is.',
  }
  throw new WeaverError('invalid_request', `"${id}" is not the id of an event of this log`, { errors: [problem] })
}
