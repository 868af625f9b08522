import { Result, Run, runStates, SinkLag, StreamVersion, Tick, tickOutcomes, WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { listOf, listQuery, pageOf, problems, StreamParams } from '../answers.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Streams']

const versionsSchema = {
  operationId: 'listStreamVersions',
  tags,
  summary: 'List the versions of a stream',
  description: 'Newest first. Runs are pinned to the version that they began with.',
  params: StreamParams,
  querystring: listQuery({}),
  response: { 200: listOf(StreamVersion, 'A page of versions.'), ...problems('not_found') },
}

const runsSchema = {
  operationId: 'listRuns',
  tags: ['Runs'],
  summary: 'List the runs of a stream',
  description: 'Newest first, with ticks that were skipped or missed and why.',
  params: StreamParams,
  querystring: listQuery({
    state: Type.Optional(
      Type.Array(Type.Enum([...runStates]), { maxItems: runStates.length, description: 'Only runs in these states; may be repeated.' }),
    ),
  }),
  response: { 200: listOf(Run, 'A page of runs.'), ...problems('not_found') },
}

const ticksSchema = {
  operationId: 'listTicks',
  tags,
  summary: 'List the ticks of a stream',
  description:
    'Newest first: every nominal time since the stream was started, with what became of it. Ticks that were skipped or missed in a row are one entry. The last 30 s ' +
    'are not accounted for yet where nothing ran.',
  params: StreamParams,
  querystring: listQuery({
    since: Type.Optional(Type.String({ format: 'date-time', description: 'No earlier tick.' })),
    until: Type.Optional(Type.String({ format: 'date-time', description: 'No later tick.' })),
    outcome: Type.Optional(
      Type.Array(Type.Enum([...tickOutcomes]), { maxItems: tickOutcomes.length, description: 'Only these; may be repeated.' }),
    ),
  }),
  response: { 200: listOf(Tick, 'A page of ticks.'), ...problems('not_found') },
}

const resultsSchema = {
  operationId: 'listResults',
  tags: ['Results'],
  summary: 'List the results of a stream',
  description: 'Newest first. A result refers to one stored response.',
  params: StreamParams,
  querystring: listQuery({ run: Type.Optional(Type.String({ format: 'uuid', description: 'Only results of this run.' })) }),
  response: { 200: listOf(Result, 'A page of results.'), ...problems('not_found') },
}

const sinksSchema = {
  operationId: 'listSinkLags',
  tags,
  summary: 'Show how far the sinks of a stream are behind',
  description: 'One entry for each sink of the current version, in its order.',
  params: StreamParams,
  response: { 200: listOf(SinkLag, 'All of them; there is no next page.'), ...problems('not_found') },
}

export const streamHistoryRoutes =
  ({ ledger }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/v1/streams/:id/versions', { schema: versionsSchema }, async (request) => {
      const { limit, after } = pageOf(request.query)
      return await ledger.streams.versions(tenant, request.params.id, limit, after === undefined ? undefined : versionCursor(after))
    })

    app.get('/v1/streams/:id/runs', { schema: runsSchema }, async (request) => {
      const { stream } = await ledger.streams.get(tenant, request.params.id)
      const { state: states } = request.query
      return await ledger.history.runs({
        tenant,
        ...pageOf(request.query),
        streamId: stream.id,
        ...(states === undefined ? {} : { states }),
      })
    })

    app.get('/v1/streams/:id/sinks', { schema: sinksSchema }, async (request) => ({
      items: [...(await ledger.streams.sinks(tenant, request.params.id))],
      next: null,
    }))

    app.get('/v1/streams/:id/ticks', { schema: ticksSchema }, async (request) => {
      const { stream } = await ledger.streams.get(tenant, request.params.id)
      const { since, until, outcome: outcomes } = request.query
      return await ledger.history.ticks({
        tenant,
        ...pageOf(request.query),
        streamId: stream.id,
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(outcomes === undefined ? {} : { outcomes }),
      })
    })

    app.get('/v1/streams/:id/results', { schema: resultsSchema }, async (request) => {
      const { stream } = await ledger.streams.get(tenant, request.params.id)
      const { run: runId } = request.query
      return await ledger.history.results({
        tenant,
        ...pageOf(request.query),
        streamId: stream.id,
        ...(runId === undefined ? {} : { runId }),
      })
    })
  }

function versionCursor(after: string): number {
  if (/^\d{1,9}$/.test(after)) return Number(after)
  throw new WeaverError('invalid_request', `after "${after}" is not a cursor of this list`, {
    errors: [{ field: 'after', problem: 'is not a cursor of this list', hint: 'Pass the `next` of the page before.' }],
  })
}
