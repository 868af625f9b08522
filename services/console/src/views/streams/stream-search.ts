import type { Stream, StreamFilter, StreamOrder } from '../../api/resources.ts'

/** What is chosen in one field: a state that was wished for, or what is amiss. */
export type Condition = Stream['desired'] | NonNullable<StreamFilter['condition']>

const wished: readonly string[] = ['started', 'paused', 'stopped'] satisfies Stream['desired'][]
const isWished = (condition: Condition): condition is Stream['desired'] => wished.includes(condition)

interface Search {
  readonly q?: string
  readonly adapter?: string
  readonly condition?: Condition
}

/** Orders of the list, in words. */
export const orders: readonly (readonly [StreamOrder, string])[] = [
  ['name', 'by name'],
  ['-name', 'by name, backwards'],
  ['goodData', 'oldest good data first'],
  ['-goodData', 'newest good data first'],
  ['nextTick', 'soonest tick first'],
  ['-nextTick', 'latest tick first'],
  ['-changed', 'last changed first'],
  ['changed', 'last changed last'],
]

/** The address with another order; the one by name is left out of it. */
export function withOrder<S extends object>(search: S, order: StreamOrder) {
  const { order: _, ...rest } = search as S & { readonly order?: unknown }
  return { ...rest, ...(order === 'name' ? {} : { order }) }
}

/** The filter of the API that the address means. */
export function filterOf({ q, adapter, condition }: Search): StreamFilter {
  return {
    ...(q === undefined ? {} : { q }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(condition === undefined ? {} : isWished(condition) ? { desired: condition } : { condition }),
  }
}
