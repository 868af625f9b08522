import type { Json } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'
import { lookup, parsePath } from '../path.ts'
import { livePath, scalar } from './fields.ts'

const strict = { additionalProperties: false } as const

/** Which messages: by a value in their JSON, or by their whole text. */
export const messagePredicate = (description: string) =>
  Type.Union(
    [
      Type.Object(
        {
          path: livePath('Where the value is in the JSON of the message.', 'type'),
          equals: Type.Union([scalar, Type.Null()], { description: 'The value that is meant.', examples: ['heartbeat'] }),
        },
        strict,
      ),
      Type.Object({ text: Type.String({ maxLength: 8192, description: 'The whole text of the message.', examples: ['pong'] }) }, strict),
    ],
    { description },
  )
export type MessagePredicate = Static<ReturnType<typeof messagePredicate>>

/** Whether a message is one of those meant. `json` is undefined for what is no JSON; it is asked for only when needed. */
export function messageMatcher(predicates: readonly MessagePredicate[]): (text: string, json: () => Json | undefined) => boolean {
  const texts = new Set(predicates.filter((one) => 'text' in one).map(({ text }) => text))
  const values = predicates.filter((one) => 'path' in one).map(({ path, equals }) => ({ path: parsePath(path), equals }))
  return (text, json) => texts.has(text) || values.some(({ path, equals }) => lookup(json(), path) === equals)
}
