import type { Stream, StreamFilter } from '../../api/resources.ts'

/** What is chosen in one field: a state that was wished for, or what is amiss. */
export type Condition = Stream['desired'] | NonNullable<StreamFilter['condition']>

const wished: readonly string[] = ['started', 'paused', 'stopped'] satisfies Stream['desired'][]
const isWished = (condition: Condition): condition is Stream['desired'] => wished.includes(condition)

interface Search {
  readonly q?: string
  readonly adapter?: string
  readonly condition?: Condition
}

/** The filter of the API that the address means. */
export function filterOf({ q, adapter, condition }: Search): StreamFilter {
  return {
    ...(q === undefined ? {} : { q }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(condition === undefined ? {} : isWished(condition) ? { desired: condition } : { condition }),
  }
}
