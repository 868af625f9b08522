import type { Key, SourceAnswer } from '../../src/conformance.ts'

export interface Item {
  readonly id: number
  readonly updated: number
  readonly name: string
}

/** Newest first, as many sources list. */
export const items: readonly Item[] = Array.from({ length: 7 }, (_, index) => ({
  id: 7 - index,
  updated: 1000 + (7 - index) * 10,
  name: `item ${7 - index}`,
}))

/** The page of three with this number, from 1. */
export const slice = <T>(list: readonly T[], page: number): readonly T[] => list.slice((page - 1) * 3, page * 3)

export const keys = (...ids: (number | string)[]): Key[] => ids.map((id) => [id])

export const unauthorized: SourceAnswer = { status: 401, body: { error: 'no credentials' } }
export const odd: SourceAnswer = { status: 400, body: 'what?' }

export const irregular = [
  { id: 1, updated: 1 },
  { updated: 2 },
  { id: 1, updated: 3 },
  'text',
  { id: null, updated: 4 },
  { id: '9007199254740993', updated: 5 },
]
export const irregularKeys = [[1], null, [1], null, null, ['9007199254740993']]
