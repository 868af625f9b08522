import Type, { type Static, type TSchema } from 'typebox'

/** Query of every list. */
export const PageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50, description: 'Largest number of items.' })),
  after: Type.Optional(Type.String({ maxLength: 4096, description: 'The `next` of the page before.' })),
})
export type PageQuery = Static<typeof PageQuery>

/** Answer of every list. */
export const PageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()], { description: 'Pass as `after` for the next page; null at the end.' }),
  })

export interface PageResult<T> {
  readonly items: readonly T[]
  readonly next: string | null
}
