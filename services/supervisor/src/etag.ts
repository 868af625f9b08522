import { WeaverError } from '@data-weaver/contracts'
import Type from 'typebox'

/** The ETag of a stream: its revision, which grows with each change that a client made. */
export const etagOf = (revision: number): string => `"${revision}"`

export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'The ETag of the state that is to be changed; another state is left alone (412).',
      examples: ['"3"'],
    }),
  ),
})

/**
 * The revision that `If-Match` asks for; undefined when any will do.
 * @throws WeaverError `invalid_request` when it is not an ETag of a stream.
 */
export function revisionOf(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const revision = /^"(\d{1,9})"$/.exec(header.trim())?.[1]
  if (revision !== undefined) return Number(revision)
  const problem = {
    field: 'If-Match',
    problem: 'is not the ETag of a stream',
    hint: 'Send the ETag as it was answered, with its quotes, for example "3".',
  }
  throw new WeaverError('invalid_request', 'If-Match is not the ETag of a stream', { errors: [problem] })
}
