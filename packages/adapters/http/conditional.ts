import { createHash } from 'node:crypto'
import type { HttpResponse } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'
import { strict } from './schema/field.ts'
import type { Request } from './schema/request.ts'

const text = Type.Optional(Type.String({ maxLength: 1024 }))

/** What tells whether an answer has changed, by partition. */
export const Validators = Type.Record(
  Type.String(),
  Type.Object(
    {
      /** What was asked for: what is known of one question says nothing of another. */
      of: Type.String(),
      etag: text,
      modified: text,
      hash: text,
    },
    strict,
  ),
)
export type Validators = Static<typeof Validators>
export type Validator = Validators[string]

type Conditions = NonNullable<Request['conditional']>

/** Longest validator that is kept, in characters. */
const longest = 512

/** Headers that ask for an answer only when it is another one. */
export function conditionHeaders(conditions: Conditions, known: Validator | undefined, of: string): Readonly<Record<string, string>> {
  if (known === undefined || known.of !== of) return {}
  const { etag, modified } = known
  return {
    ...(etag !== undefined && conditions.includes('etag') ? { 'if-none-match': etag } : {}),
    ...(modified !== undefined && conditions.includes('lastModified') ? { 'if-modified-since': modified } : {}),
  }
}

/** What an answer is known again by, and whether it is the one that was there before. */
export function validatorOf(conditions: Conditions, response: HttpResponse, of: string): Validator {
  // As they are stored: one with a secret in it is of no use, and must not be in a checkpoint.
  const { etag, 'last-modified': modified } = response.facts.response.headers
  const usable = (value: string | undefined, sent: string | undefined): value is string =>
    value !== undefined && value === sent && value.length <= longest
  return {
    of,
    ...(conditions.includes('etag') && usable(etag, response.headers.etag) ? { etag } : {}),
    ...(conditions.includes('lastModified') && usable(modified, response.headers['last-modified']) ? { modified } : {}),
    ...(conditions.includes('hash') ? { hash: createHash('sha256').update(response.body).digest('hex').slice(0, 32) } : {}),
  }
}

/** Whether a body that came again is the one that came before. */
export const isSameBody = (known: Validator | undefined, found: Validator): boolean =>
  known !== undefined && known.of === found.of && known.hash !== undefined && known.hash === found.hash
