import type { IncomingMessage } from 'node:http'
import { checkBody, mostPushBytes, pushDefaults } from '@data-weaver/adapters/push'
import { WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { locationHeader, problems, StreamParams } from '../answers.ts'
import type { Authentication } from '../auth.ts'
import { checkLength, checkMediaType, gather, unpack } from '../ingest/body.ts'
import { type Caller, Door } from '../ingest/door.ts'
import { Gate } from '../ingest/gate.ts'
import { accept, notStarted, type Pushed } from '../ingest/intake.ts'
import { type Target, Targets } from '../ingest/targets.ts'
import { Waker } from '../ingest/waker.ts'
import { IdempotencyKey } from '../idempotency.ts'
import type { RouteParts } from './route-parts.ts'

const anyBody = (example: unknown) => ({ schema: Type.Unknown({ examples: [example] }) })

const schema = {
  operationId: 'ingest',
  tags: ['Ingest'],
  summary: 'Push data to a stream',
  description:
    'For streams of an adapter that is pushed (`push`), while they are started. The body is stored as it is and becomes a run with one result; 202 says that both are ' +
    'durable and will reach the sinks. Authorised by the token of the API, or by the signature or token that the stream asks of its senders: then no other is needed. ' +
    'With an Idempotency-Key (or the header that the stream names for it) the same body is stored once and has one answer, for as long as its result is kept; another body is refused. ' +
    '429 asks to wait because too much of the stream waits for its sinks, 503 (`overloaded`) because this process cannot take more; both say in Retry-After for how long.',
  params: StreamParams,
  headers: IdempotencyKey,
  security: [{ bearer: [] }, { session: [] }, {}],
  body: {
    content: {
      'application/json': anyBody({ items: [{ id: 'sensor-7', pm25: 12.5 }] }),
      'application/x-ndjson': anyBody('{"id":"sensor-7","pm25":12.5}\n{"id":"sensor-8","pm25":9}\n'),
      'application/octet-stream': { schema: Type.Unknown({ description: 'Any bytes, of any media type that the stream takes.' }) },
    },
  },
  response: {
    202: Type.Object(
      {
        resultId: Type.String({ format: 'uuid', description: 'The result that the body became.' }),
        runId: Type.String({ format: 'uuid', description: 'The run that carries it to the sinks.' }),
        seq: Type.Integer({ description: 'Number of the result; documents carry it.' }),
      },
      {
        additionalProperties: false,
        description: 'Stored and committed. `Idempotency-Replayed: true` when it was before.',
        headers: locationHeader,
        examples: [{ resultId: '0193a6f2-8e5c-7d2b-9d7a-5f1f0c8d2e11', runId: '0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e', seq: 1042 }],
      },
    ),
    ...problems(
      ...(['not_found', 'stream_stopped', 'stream_paused', 'idempotency_conflict'] as const),
      ...([
        'signature_invalid',
        'too_many_attempts',
        'backlog_full',
        'overloaded',
        'store_unavailable',
        'store_full',
        'store_refused',
      ] as const),
    ),
  },
}

/** A request that was let in before its body is read. */
interface Opening extends Caller {
  /** Gives its place back. */
  readonly leave: () => void
  handled: boolean
}

export const ingestRoutes =
  (parts: RouteParts, authenticated: Authentication): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { clock } = parts
    const targets = new Targets(parts)
    const gate = new Gate(parts)
    const door = new Door(targets, parts, authenticated)
    const dependencies = { ...parts, targets, gate, waker: new Waker(parts) }
    const openings = new WeakMap<FastifyRequest, Opening>()

    // Bodies of any type, only here, and none before it is known how large it may be.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
      const opening = openings.get(request)
      return opening === undefined ? undefined : await gather(payload, limitOf(opening.target))
    })

    app.post('/v1/ingest/:id', {
      schema,
      bodyLimit: mostPushBytes,
      onRequest: async (request, reply) => {
        const caller = await door.admit(request, reply, request.params.id)
        const target = await started(caller.target, targets, clock.monotonic())
        const { headers } = request
        const limit = limitOf(target)
        checkMediaType(headers['content-type'], target.config.contentTypes)
        checkLength(headers['content-length'], limit)
        await gate.demandRoom(target, pushDefaults.maxPending)
        const expected = headers['content-encoding'] === undefined ? Number(headers['content-length'] ?? limit) : 2 * limit
        const opening: Opening = { ...caller, target, leave: gate.enter(expected, caller.proven), handled: false }
        openings.set(request, opening)
        // A client that hangs up before its body is there never gets to the handler.
        reply.raw.once('close', () => void (opening.handled || opening.leave()))
      },
      handler: async (request, reply) => {
        const opening = openings.get(request) as Opening
        opening.handled = true
        try {
          const pushed = await readPushed(request, opening, reply.elapsedTime)
          const { repeated, ...accepted } = await accept(opening.target, pushed, dependencies)
          if (repeated) reply.header('idempotency-replayed', 'true')
          return await reply.code(202).header('location', `/v1/results/${accepted.resultId}`).send(accepted)
        } finally {
          opening.leave()
        }
      },
    })

    async function readPushed(request: FastifyRequest, { target, proven }: Opening, elapsedMs: number): Promise<Pushed> {
      const { headers } = request
      const raw = request.body
      if (!Buffer.isBuffer(raw) || raw.length === 0) throw new WeaverError('invalid_request', 'the body is empty')
      const signed = proven ? undefined : await door.verify(request, target, raw)
      const body = await unpack(raw, headers['content-encoding'], limitOf(target))
      const contentType = headers['content-type'] ?? 'application/octet-stream'
      if (target.stream.adapter === 'push') checkBody(body, contentType, target.config)
      const key = keyOf(request, target)
      const received = { receivedAt: new Date(clock.now()).toISOString(), durationMs: elapsedMs }
      return {
        body,
        contentType,
        request: { method: 'POST', url: `/v1/ingest/${target.stream.name}`, headers: keptHeaders(request, target) },
        response: { status: 202, headers: { 'content-type': contentType }, ...received },
        once: key !== undefined ? `key ${key}` : signed === undefined ? undefined : `signature ${signed}`,
      }
    }
  }

const limitOf = ({ config }: Target): number => config.maxBytes ?? pushDefaults.maxBytes

/** What was read a moment ago may say that it is not started; only what is so now refuses. */
async function started(target: Target, targets: Targets, now: number): Promise<Target> {
  if (target.stream.desired === 'started') return target
  const newest = target.readAt === now ? target : await targets.get(target.stream.id, now)
  if (newest.stream.desired !== 'started') throw notStarted(newest.stream.name, newest.stream.desired)
  return newest
}

const alwaysKept = ['content-type', 'user-agent'] as const

function keptHeaders({ headers }: FastifyRequest, { config }: Target): Record<string, string> {
  const names = [...alwaysKept, ...(config.keepHeaders ?? []).map((name) => name.toLowerCase())]
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]]
    }),
  )
}

/** @throws WeaverError `invalid_request` when it is no key. */
function keyOf({ headers }: FastifyRequest, { config }: Target): string | undefined {
  const name = (config.idempotencyHeader ?? pushDefaults.idempotencyHeader).toLowerCase()
  const key = headers[name]
  if (key === undefined) return undefined
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key
  const problem = { field: `headers.${name}`, problem: 'is not 1-255 printable characters without spaces' }
  throw new WeaverError('invalid_request', `${name} ${problem.problem}`, { errors: [problem] })
}
