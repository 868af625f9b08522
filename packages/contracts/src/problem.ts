import Type, { type Static } from 'typebox'
import { errorKinds, type WeaverError } from './error.ts'

/** Problem details (RFC 9457). `code` is stable; match on it. */
export const Problem = Type.Object(
  {
    type: Type.String({ examples: ['urn:data-weaver:error:invalid_request'] }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ examples: ['invalid_request'] }),
    upstreamCode: Type.Optional(Type.String({ description: 'What the source called it.', examples: ['incorrect_api_key'] })),
    instance: Type.Optional(Type.String({ description: 'The request, as it is named in the log.' })),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({ description: 'Dotted path.' }),
          problem: Type.String(),
          hint: Type.Optional(Type.String({ description: 'The way out.' })),
        }),
      ),
    ),
  },
  { $id: 'Problem' },
)
export type Problem = Static<typeof Problem>

export function toProblem(error: WeaverError, instance?: string): Problem {
  return {
    type: `urn:data-weaver:error:${error.code}`,
    title: errorKinds[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    ...(error.upstreamCode === undefined ? {} : { upstreamCode: error.upstreamCode }),
    ...(instance === undefined ? {} : { instance }),
    ...(error.errors.length === 0 ? {} : { errors: [...error.errors] }),
  }
}
