import { registeredAdapters } from '@data-weaver/adapters'
import { ActionPreview, type Adapter, Operation, PageQuery, type Schedule, StreamsAction, WeaverError } from '@data-weaver/contracts'
import type { BulkRequest } from '@data-weaver/ledger'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { validateSchedule } from '@data-weaver/schedule'
import Type from 'typebox'
import { listOf, locationHeader, one, pageOf, problems, uuidParams } from '../answers.ts'
import { IdempotencyKey } from '../idempotency.ts'
import { tenant } from '../parts.ts'
import { matchSchedule } from '../stream-input.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Operations']

const actSchema = {
  operationId: 'actOnStreams',
  tags,
  summary: 'Act on many streams at once',
  description:
    'Starts, stops, pauses, resumes, triggers, changes or deletes all streams that a filter finds. The wish is written down before the answer and carried out in batches; ' +
    'the operation shows how far it is. With `dryRun` it is only counted what would be touched.',
  headers: IdempotencyKey,
  body: StreamsAction,
  response: {
    200: one(ActionPreview, 'What it would touch (`dryRun`).'),
    202: one(Operation, 'Written down.', locationHeader),
    ...problems('invalid_schedule', 'idempotency_conflict'),
  },
}

const listSchema = {
  operationId: 'listOperations',
  tags,
  summary: 'List operations',
  description: 'Newest first. Operations are kept for a week.',
  querystring: Type.Object(
    {
      ...PageQuery.properties,
      stream: Type.Optional(
        Type.String({ minLength: 1, maxLength: 63, description: 'Only those that name this stream, by its id or name.' }),
      ),
      open: Type.Optional(Type.Boolean({ default: false, description: 'Only those that are not over.' })),
      after: Type.Optional(Type.String({ format: 'uuid', description: 'The `next` of the page before.' })),
    },
    { additionalProperties: false },
  ),
  response: { 200: listOf(Operation, 'A page of operations.'), ...problems('not_found') },
}

const getSchema = {
  operationId: 'getOperation',
  tags,
  summary: 'Show an operation',
  description: 'Complete only when every worker concerned has acknowledged, or its lease is over. Operations are kept for a week.',
  params: uuidParams('operation'),
  response: { 200: one(Operation, 'The operation.'), ...problems('not_found') },
}

export const operationRoutes =
  ({ ledger, onceByKey }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post('/v1/streams/actions', { schema: actSchema, preHandler: onceByKey }, async (request, reply) => {
      const { dryRun = false, action, change, ...rest } = request.body
      if ((action === 'change') !== (change !== undefined)) {
        const problem = action === 'change' ? 'is missing' : `does not belong to the action "${action}"`
        throw new WeaverError('invalid_request', `change ${problem}`, {
          errors: [{ field: 'change', problem, hint: 'Give it with the action "change" only, for example {"schedule":{"every":600000}}.' }],
        })
      }
      if (rest.purge === true && action !== 'delete') {
        throw new WeaverError('invalid_request', `purge does not belong to the action "${action}"`, {
          errors: [
            { field: 'purge', problem: `does not belong to the action "${action}"`, hint: 'Give it with the action "delete" only.' },
          ],
        })
      }
      const wish = { tenant, action, change, ...rest }
      if (change?.schedule !== undefined) await demandFit(ledger, wish, change.schedule)
      if (dryRun) return await ledger.operations.preview(wish)
      const id = await ledger.operations.begin(wish)
      return await reply
        .code(202)
        .header('location', `/v1/operations/${id}`)
        .send(await ledger.operations.get(tenant, id))
    })

    app.get('/v1/operations', { schema: listSchema }, async (request) => {
      const { stream, open } = request.query
      return await ledger.operations.list({ tenant, ...pageOf(request.query), stream, open })
    })

    app.get('/v1/operations/:id', { schema: getSchema }, async (request) => await ledger.operations.get(tenant, request.params.id))
  }

/** Each stream that a change finds must be able to run by its schedule: one that cannot would refuse every change that follows. */
async function demandFit(ledger: RouteParts['ledger'], wish: BulkRequest, schedule: Schedule): Promise<void> {
  validateSchedule(schedule)
  const { adapter: only } = wish.filter
  for (const adapter of registeredAdapters().map(({ adapter: one }) => one)) {
    if (only !== undefined && only !== adapter.id) continue
    const misfit = misfitOf(adapter, schedule)
    if (misfit === undefined) continue
    const { matched } = await ledger.operations.preview({ ...wish, filter: { ...wish.filter, adapter: adapter.id } })
    if (matched > 0) throw misfit
  }
}

function misfitOf(adapter: Adapter, schedule: Schedule): WeaverError | undefined {
  try {
    matchSchedule(adapter, schedule)
    return undefined
  } catch (error) {
    if (!(error instanceof WeaverError)) throw error
    const errors = error.errors.map((each) => ({ ...each, field: 'change.schedule' }))
    return new WeaverError(error.code, `${error.message} (${adapter.id}); the filter finds streams of it`, { errors })
  }
}
