import { adapter as adapterById } from '@data-weaver/adapters'
import { Backfill, BackfillRequest, type Json, mostBackfillRuns, type Stream, WeaverError } from '@data-weaver/contracts'
import type { BackfillPart } from '@data-weaver/ledger'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { locationHeader, one, problems, StreamParams } from '../answers.ts'
import { IdempotencyKey } from '../idempotency.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const backfillSchema = {
  operationId: 'backfillStream',
  tags: ['Streams'],
  summary: 'Fetch the past of a stream again',
  description:
    'Queues runs that ask the source for a stretch of time, or for everything behind a cursor, by the version that is current. They run one after the other beside the schedule, and move no ' +
    'cursor of the stream: it goes on where it was. Each goes on until nothing is left, a day at most. What the source can be asked by time follows from the configuration; where it cannot, ' +
    'give a cursor. With `dryRun` it is only answered which runs there would be.',
  params: StreamParams,
  headers: IdempotencyKey,
  body: BackfillRequest,
  response: {
    200: one(Backfill, 'The runs that there would be (`dryRun`).'),
    202: one(Backfill, 'Queued; the operation tells how far it is.', locationHeader),
    ...problems(
      ...(['not_found', 'stream_stopped', 'not_polled', 'invalid_config', 'version_conflict', 'workers_outdated'] as const),
      ...(['idempotency_conflict'] as const),
    ),
  },
}

export const streamBackfillRoutes =
  ({ ledger, queue, clock, onceByKey }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post('/v1/streams/:id/backfill', { schema: backfillSchema, preHandler: onceByKey }, async (request, reply) => {
      const { stream } = await ledger.streams.get(tenant, request.params.id)
      const { parts, bounded } = planned(stream, request.body, clock.now())
      const answer = (ids: readonly (string | null)[], operation: string | null) => ({
        runs: parts.map((part, index) => ({ id: ids[index] ?? null, ...part })),
        operation,
        bounded,
      })
      if (request.body.dryRun === true) return await reply.send(answer([], null))
      const { runIds, lane, operation } = await ledger.streams.backfill(tenant, stream.id, stream.version, parts)
      const [first] = runIds
      // The runs are queued in the ledger; the reconciler wakes workers for what is not woken here.
      if (first !== undefined) {
        await queue
          .wakeRun(lane, first)
          .catch((error: unknown) => request.log.warn({ err: error, runId: first }, 'no worker was woken for a run'))
      }
      return await reply.code(202).header('location', `/v1/operations/${operation}`).send(answer(runIds, operation))
    })
  }

function planned(
  stream: Stream,
  wish: BackfillRequest,
  now: number,
): { readonly parts: readonly BackfillPart[]; readonly bounded: boolean } {
  const { mode, pushed = false, backfill } = adapterById(stream.adapter)
  if (pushed || mode === 'live') {
    const why = pushed ? 'sends by itself' : 'is a live connection'
    throw new WeaverError('not_polled', `the source of stream "${stream.name}" ${why}: its past cannot be asked for`)
  }
  if ('cursor' in wish) return { parts: [{ since: null, until: null, cursor: wish.cursor as Json }], bounded: false }
  if (backfill === undefined) {
    const problem = `cannot be used with the adapter "${stream.adapter}": its cursors are not about time`
    throw new WeaverError('invalid_config', `since ${problem}`, {
      errors: [{ field: 'since', problem, hint: 'Give a `cursor` to begin with.' }],
    })
  }
  const begin = Date.parse(wish.since)
  const end = wish.until === undefined ? now : Date.parse(wish.until)
  if (end <= begin) throw wrong('until', 'must be later than since')
  const step = wish.window ?? end - begin
  if ((end - begin) / step > mostBackfillRuns) throw wrong('window', `would make more than ${mostBackfillRuns} runs`)
  const made = Array.from({ length: Math.ceil((end - begin) / step) }, (_, index) => {
    const [since, until] = [begin + index * step, Math.min(begin + (index + 1) * step, end)]
    const { cursor, bounded } = backfill.from(stream.config, since, until)
    return { part: { since: new Date(since).toISOString(), until: new Date(until).toISOString(), cursor }, bounded }
  })
  const bounded = made.every((one) => one.bounded)
  if (!bounded && made.length > 1)
    throw wrong('window', 'has no use: the source cannot be asked for an end, so the first run would fetch all')
  return { parts: made.map(({ part }) => part), bounded }
}

const wrong = (field: string, problem: string): WeaverError =>
  new WeaverError('invalid_request', `${field} ${problem}`, { errors: [{ field, problem }] })
