import { type FieldProblem, type HttpResponse, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, statusError } from '../src/answer.ts'
import { feedId } from './feed-id.ts'

/** Bytes of a plain text that are searched for ids: more than fifty of them need. */
const longestText = 16 * 1024

/**
 * The error of an answer that is not a success. Hermes has no names for its errors: they are plain text beside a status. Its 404 for
 * prices is the one that says what to change, the ids that are no feeds.
 * @param ids what was asked for, as the configuration has it
 */
export function failureOf(response: HttpResponse, reading: AnswerReading, ids: readonly string[]): WeaverError | undefined {
  const byStatus = statusError(response, reading)
  if (byStatus?.code !== 'source_not_found' || ids.length === 0) return byStatus
  return (
    unknownFeeds(`Hermes answered ${response.status}`, new TextDecoder().decode(response.body.subarray(0, longestText)), ids) ?? byStatus
  )
}

/**
 * The error that names those of the ids that a text of Hermes names; undefined when it names none.
 * @param said what the message begins with
 */
export function unknownFeeds(said: string, text: string, ids: readonly string[]): WeaverError | undefined {
  const named = new Set(
    text
      .toLowerCase()
      .match(/(?<![0-9a-f])(?:0x)?[0-9a-f]{64}(?![0-9a-f])/g)
      ?.map(feedId),
  )
  const unknown = ids.map((id, index) => ({ id: feedId(id), index })).filter(({ id }) => named.has(id))
  if (unknown.length === 0) return undefined
  const errors = unknown.map(({ id, index }): FieldProblem => ({
    field: `config.ids.${index}`,
    problem: 'is no price feed',
    hint: `Hermes does not know ${id}.`,
  }))
  const names = unknown.map(({ id }) => id).join(', ')
  return new WeaverError('source_not_found', `${said}: there is no price feed ${names}`, { errors })
}
