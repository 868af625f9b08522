import Type, { type Static } from 'typebox'
import { parameter, path, strict } from './field.ts'
import { Predicate } from './predicate.ts'

const { Optional } = Type

const header = (what: string, example: string) => Optional(parameter(`Name of the header with ${what}.`, example))

export const RateLimit = Type.Object(
  {
    headers: Optional(
      Type.Object(
        {
          limit: header('the number of requests allowed; it is named in errors', 'x-quota-limit'),
          remaining: header('the number of requests left. At 0 the run waits for the reset', 'x-quota-remaining'),
          reset: header('when there are requests again', 'x-quota-reset'),
          form: Optional(
            Type.Enum(['seconds', 'milliseconds', 'epochSeconds', 'epochMillis', 'date'], {
              description:
                'How the reset is written: from now on (`seconds`, `milliseconds`), since 1970, or as a date. Absent: it is guessed as in the usual headers.',
            }),
          ),
        },
        {
          ...strict,
          description: 'Headers in which the source says how much is left. Absent: the usual ones count, and only in refusals.',
        },
      ),
    ),
    policies: Optional(
      Type.Array(
        Type.Object(
          {
            requests: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Largest number of requests in that time.' }),
            per: Type.Integer({ minimum: 1, maximum: 86_400_000, description: 'The time, in milliseconds.' }),
          },
          { ...strict, description: 'So many requests in that time.' },
        ),
        {
          minItems: 1,
          maxItems: 5,
          description: 'How fast one run may ask. Each run counts for itself.',
          examples: [[{ requests: 5, per: 1000 }]],
        },
      ),
    ),
    longestWait: Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3_600_000,
        description:
          'Longest time that a run waits, in milliseconds. Beyond it the run ends with `rate_limited` and goes on later. Absent: 60000.',
      }),
    ),
  },
  { ...strict, description: 'How fast the source may be asked. Absent: as fast as it answers; a refusal (429) ends the run for a while.' },
)
export type RateLimit = Static<typeof RateLimit>

export const handlerCodes = [
  'auth_failed',
  'source_not_found',
  'source_rejected',
  'source_unavailable',
  'source_malformed',
  'rate_limited',
  'quota_exhausted',
] as const

const When = Type.Object(
  {
    status: Optional(
      Type.Array(
        Type.Union([
          Type.Integer({ minimum: 100, maximum: 599, description: 'A status.' }),
          Type.Enum(['1xx', '2xx', '3xx', '4xx', '5xx'], { description: 'A class of statuses.' }),
        ]),
        { minItems: 1, maxItems: 50, description: 'The status is one of these.', examples: [[404, '5xx']] },
      ),
    ),
    header: Optional(
      Type.Object(
        {
          name: parameter('Name of the header.', 'x-error-code'),
          equals: Optional(Type.String({ maxLength: 1000, description: 'It is exactly this.' })),
          contains: Optional(Type.String({ minLength: 1, maxLength: 1000, description: 'This is in it, in any case of letters.' })),
        },
        { ...strict, description: 'A header is there, with what is said of it.' },
      ),
    ),
    contains: Optional(
      Type.String({ minLength: 1, maxLength: 1000, description: 'This is in the text of the body, in any case of letters.' }),
    ),
    body: Optional(Predicate),
  },
  { ...strict, minProperties: 1, description: 'What must hold of an answer, all of it.' },
)
export type When = Static<typeof When>

export const ErrorHandlers = Type.Array(
  Type.Object(
    {
      when: When,
      do: Type.Enum(['retry', 'rateLimited', 'fail', 'ignore', 'refresh', 'deadLetter'], {
        description:
          '`retry`: the run ends and is tried again from its checkpoint. `rateLimited`: the same, when the source allows it. `fail`: the run fails. `ignore`: the answer counts as one without records, and is not stored. `refresh`: new credentials are asked for, and the request goes once more. `deadLetter`: the answer is stored, and becomes a dead letter.',
      }),
      code: Optional(
        Type.Enum([...handlerCodes], {
          description:
            'Code of the error. Absent: `source_unavailable` for `retry`, `rate_limited` for `rateLimited`, `source_rejected` for `fail`, `auth_failed` for `refresh`.',
        }),
      ),
      upstreamCode: Optional(path("Where the body has the source's own code for the error.", 'error.code')),
      message: Optional(path("Where the body has the source's own words.", 'error.message')),
      retryAfter: Optional(
        Type.Integer({
          minimum: 0,
          maximum: 86_400_000,
          description: 'How long to wait when the answer does not say, in milliseconds.',
        }),
      ),
    },
    { ...strict, description: 'What becomes of answers like this.' },
  ),
  {
    minItems: 1,
    maxItems: 50,
    description: 'What becomes of an answer, whatever its status: the first that fits counts. Without one, the status decides.',
    examples: [[{ when: { status: [404] }, do: 'ignore' }]],
  },
)
export type ErrorHandler = Static<typeof ErrorHandlers>[number]
