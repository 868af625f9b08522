import Type, { type Static } from 'typebox'
import { strict } from '../schema/field.ts'

const value = Type.Union([Type.String({ maxLength: 8192 }), Type.Number()])

/** Where a page is asked for, where it is not the first one: as it stands in a checkpoint. */
export const Position = Type.Union([
  Type.Object({ type: Type.Literal('page'), page: Type.Integer({ minimum: 0 }) }, strict),
  Type.Object({ type: Type.Literal('offset'), offset: Type.Integer({ minimum: 0 }) }, strict),
  Type.Object({ type: Type.Literal('cursor'), token: value }, strict),
  Type.Object({ type: Type.Literal('keyset'), after: value }, strict),
  Type.Object({ type: Type.Literal('next'), url: Type.String() }, strict),
])
export type Position = Static<typeof Position>

/** What a position has in it that came from the source, and so may be a secret. */
export function textOf(at: Position): string | undefined {
  switch (at.type) {
    case 'next':
      return at.url
    case 'cursor':
      return String(at.token)
    case 'keyset':
      return String(at.after)
    default:
      return undefined
  }
}
