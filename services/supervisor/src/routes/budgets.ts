import { Budget, BudgetConfig, BudgetName } from '@data-weaver/contracts'
import { namedKey } from '@data-weaver/ledger'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { listOf, listQuery, nothing, one, pageOf, problems } from '../answers.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Budgets']

const listSchema = {
  operationId: 'listBudgets',
  tags,
  summary: 'List rate budgets',
  description:
    'Limits of sources as the whole fleet keeps them: those that streams state, those that are configured by name, and what sources said ' +
    'themselves. In order of key. One that nobody used for a day is not on the list, unless it has limits.',
  querystring: listQuery({}),
  response: { 200: listOf(Budget, 'A page of budgets.'), ...problems() },
}

const NameOrKey = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 600,
    description: 'Name of the budget; or its key, percent-encoded, when it has none.',
    examples: ['iqair-community'],
  }),
})

const getSchema = {
  operationId: 'getBudget',
  tags,
  summary: 'Show a rate budget',
  params: NameOrKey,
  response: { 200: one(Budget, 'The budget as it is now.'), ...problems('not_found') },
}

const putSchema = {
  operationId: 'configureBudget',
  tags,
  summary: 'Configure a rate budget by name',
  description:
    'Its limits hold for all streams whose `budget` has this name, in place of the limits that those streams state. They are in force within a ' +
    'moment, also for runs under way; what was sent before counts.',
  params: Type.Object({ name: BudgetName }),
  body: BudgetConfig,
  response: { 200: one(Budget, 'The budget as it is now.'), ...problems() },
}

const deleteSchema = {
  operationId: 'forgetBudget',
  tags,
  summary: 'Forget a rate budget',
  description:
    'Forgets the limits that were configured and what the source said, a block above all. Limits that streams state hold again; the budget ' +
    'stays on the list while streams use it.',
  params: NameOrKey,
  response: { 204: nothing('Forgotten.'), ...problems('not_found') },
}

/** Names have no colon, keys have one. */
const keyOf = (nameOrKey: string): string => (nameOrKey.includes(':') ? nameOrKey : namedKey(nameOrKey))

export const budgetRoutes =
  ({ ledger }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/v1/budgets', { schema: listSchema }, async (request) => await ledger.budgets.book.list({ tenant, ...pageOf(request.query) }))

    app.get(
      '/v1/budgets/:name',
      { schema: getSchema },
      async (request) => await ledger.budgets.book.get(tenant, keyOf(request.params.name)),
    )

    app.put(
      '/v1/budgets/:name',
      { schema: putSchema },
      async (request) => await ledger.budgets.book.configure(tenant, request.params.name, request.body),
    )

    app.delete('/v1/budgets/:name', { schema: deleteSchema }, async (request, reply) => {
      await ledger.budgets.book.forget(tenant, keyOf(request.params.name))
      return await reply.code(204).send()
    })
  }
