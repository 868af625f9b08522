import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const day = 86_400_000

const namePattern = '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$'

/** Names of budgets that are given a name. Other budgets are known by host and credential. */
export const BudgetName = Type.String({
  pattern: namePattern,
  description: 'Letters, digits, `_` and `-`, 1-63 characters.',
  examples: ['iqair-community'],
})

export const BudgetPolicy = Type.Object(
  {
    requests: Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'Requests allowed in any stretch of `perMs`.', examples: [5] }),
    perMs: Type.Integer({ minimum: 100, maximum: 31 * day, description: 'Length of the stretch, milliseconds.', examples: [60_000] }),
  },
  { ...strict, description: 'So many requests in so much time, wherever the stretch of time begins.' },
)
export type BudgetPolicy = Static<typeof BudgetPolicy>

const policies = Type.Array(BudgetPolicy, {
  maxItems: 8,
  description: 'All of them hold at once.',
  examples: [
    [
      { requests: 5, perMs: 60_000 },
      { requests: 500, perMs: day },
    ],
  ],
})
const concurrency = Type.Integer({ minimum: 1, maximum: 1000, description: 'Requests under way at once, over all workers.', examples: [2] })

/** What a stream says of the budget that its requests take from. */
export const BudgetSpec = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        pattern: namePattern,
        description:
          'Takes from the budget of this name. Without a name: from the budget of the host and the secrets, with all streams that share them.',
        examples: ['iqair-community'],
      }),
    ),
    policies: Type.Optional(policies),
    concurrency: Type.Optional(concurrency),
    maxWaitMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 31 * day,
        description: 'A run that would have to wait longer for the budget fails (`budget_exhausted`), milliseconds. Default: it waits.',
        examples: [3_600_000],
      }),
    ),
  },
  {
    ...strict,
    description:
      'Limits of the source, kept by the whole fleet. A run that has to wait becomes `waiting` and loses no attempt. Streams that share a ' +
      'budget share its limits; a budget that was configured by name has its own limits instead.',
    examples: [{ policies: [{ requests: 5, perMs: 60_000 }], concurrency: 2 }],
  },
)
export type BudgetSpec = Static<typeof BudgetSpec>

/** The limits of a budget that has a name. */
export const BudgetConfig = Type.Object(
  { policies: Type.Optional(policies), concurrency: Type.Optional(concurrency) },
  {
    ...strict,
    $id: 'BudgetConfig',
    minProperties: 1,
    description: 'Limits of a named budget.',
    examples: [
      {
        policies: [
          { requests: 5, perMs: 60_000 },
          { requests: 500, perMs: day },
        ],
        concurrency: 2,
      },
    ],
  },
)
export type BudgetConfig = Static<typeof BudgetConfig>

const time = Type.String({ format: 'date-time' })
const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S, description: string) =>
  Type.Union([schema, Type.Null()], { description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

/** A budget as it is now. */
export const Budget = Type.Object(
  {
    key: Type.String({
      description: 'Host, and a fingerprint of the secrets when there are any; or `name:` and the name. Secrets cannot be had from it.',
      examples: ['host:api.airvisual.com#5f1c0a9be2d47788'],
    }),
    name: orNull(Type.String(), 'Its name, when it has one.'),
    host: orNull(Type.String(), 'Host and port of its requests; null for a named budget, which may span hosts.'),
    configured: Type.Boolean({ description: 'Its limits were set by name, and not by streams.' }),
    policies: Type.Array(
      Type.Object({ requests: Type.Integer(), perMs: Type.Integer(), remaining: count('Requests that may be sent now.') }),
      { description: 'Limits in force.' },
    ),
    concurrency: orNull(Type.Integer(), 'Limit of requests under way at once.'),
    running: count('Requests under way that count for `concurrency`.'),
    waiting: count('Runs that wait for it.'),
    blockedUntil: orNull(time, 'No request is sent before, as the source asked for it.'),
    limit: orNull(Type.Integer(), 'Limit that the source stated.'),
    remaining: orNull(Type.Integer(), 'Requests left until `resetAt`, as the source stated and less what was sent since.'),
    resetAt: orNull(time, 'When the source counts anew.'),
    learnedFrom: orNull(Type.String({ examples: ['retry-after'] }), 'Header that told so, or `status` for a 429 without one.'),
    learnedAt: orNull(time, 'When the source told so last.'),
    streams: Type.Array(
      Type.Object({ id: Type.String({ format: 'uuid' }), name: orNull(Type.String(), 'Null when it was deleted.'), usedAt: time }),
      { description: 'Streams that took from it lately, at most 20, the latest first.' },
    ),
    usedAt: time,
  },
  { $id: 'Budget' },
)
export type Budget = Static<typeof Budget>
