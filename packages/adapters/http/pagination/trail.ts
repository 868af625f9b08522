import { createHash } from 'node:crypto'
import { type Position, textOf } from './position.ts'

/** Texts up to this length are kept as they are; of longer ones their hash is. */
const longestKept = 64

const shortOf = (text: string): string => (text.length <= longestKept ? text : createHash('sha256').update(text).digest('base64url'))

/** Where a walk over pages has been, so that one that leads in a circle is found. */
export class Trail {
  readonly #visited = new Set<string>()

  /**
   * Adds where a page was asked for, and answers whether the next one was there before. Numbers only grow: they are not kept.
   * @param first the address of the first page, for links
   */
  leadsBack(from: Position | undefined, next: Position, first: () => string): boolean {
    const text = textOf(next)
    if (text === undefined) return false
    const here = from === undefined ? (next.type === 'next' ? first() : undefined) : textOf(from)
    if (here !== undefined) this.#visited.add(shortOf(here))
    return this.#visited.has(shortOf(text))
  }
}

/** How often in a row a page may have the records of the page before: records inserted meanwhile can shift a page onto the next. */
const mostRepeats = 1

/** Notices a source that gives the same page again and again, as one does that does not know the parameter of the page. */
export class Repetition {
  #before: string | undefined
  #repeats = 0

  /** Whether this page is one too many with the same keys. */
  isCircle(keys: readonly unknown[]): boolean {
    const page = keys.every((key) => key === null) ? undefined : JSON.stringify(keys)
    this.#repeats = page !== undefined && page === this.#before ? this.#repeats + 1 : 0
    this.#before = page
    return this.#repeats > mostRepeats
  }
}
