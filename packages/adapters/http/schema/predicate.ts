import Type, { type Static } from 'typebox'
import { comparable, path, strict } from './field.ts'

const at = path('Where the value is.', 'status')

/** Something that holds of a JSON or does not. */
export const Predicate = Type.Union(
  [
    Type.Object(
      {
        path: at,
        is: Type.Literal('equals', { description: 'It is exactly this value.' }),
        value: comparable('The value.', 'open'),
      },
      strict,
    ),
    Type.Object(
      {
        path: at,
        is: Type.Literal('notEquals', { description: 'It is another value, or none.' }),
        value: comparable('The value.', 'draft'),
      },
      strict,
    ),
    Type.Object(
      {
        path: at,
        is: Type.Literal('oneOf', { description: 'It is one of these values.' }),
        values: Type.Array(comparable('One of the values.', 'open'), { minItems: 1, maxItems: 1000, description: 'The values.' }),
      },
      strict,
    ),
    Type.Object(
      {
        path: at,
        is: Type.Literal('contains', { description: 'It is a text with this in it, or a list with this value in it.' }),
        value: comparable('What is in it.', 'error'),
      },
      strict,
    ),
    Type.Object({ path: at, is: Type.Literal('present', { description: 'There is a value other than null.' }) }, strict),
    Type.Object({ path: at, is: Type.Literal('absent', { description: 'There is no value, or null.' }) }, strict),
    Type.Object(
      {
        path: at,
        is: Type.Literal('atLeast', { description: 'It is a number or a text and not before this one.' }),
        value: Type.Union([Type.Number(), Type.String({ maxLength: 8192 })], { description: 'The least value.', examples: [10] }),
      },
      strict,
    ),
    Type.Object(
      {
        path: at,
        is: Type.Literal('atMost', { description: 'It is a number or a text and not after this one.' }),
        value: Type.Union([Type.Number(), Type.String({ maxLength: 8192 })], { description: 'The largest value.', examples: [100] }),
      },
      strict,
    ),
  ],
  { description: 'Something that must hold.', examples: [{ path: 'status', is: 'equals', value: 'open' }] },
)
export type Predicate = Static<typeof Predicate>
