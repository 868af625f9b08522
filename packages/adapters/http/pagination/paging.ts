import type { HttpResponse, Json } from '@data-weaver/contracts'
import type { Pagination } from '../schema/pagination.ts'
import { cursorPages } from './cursor.ts'
import { keysetPages } from './keyset.ts'
import { linkedPages } from './link.ts'
import { numberedPages } from './numbered.ts'
import { offsetPages } from './offset.ts'
import type { Position } from './position.ts'

/** One answer, as far as it says whether there is another page. */
export interface PageFacts {
  readonly at: Position | undefined
  readonly response: Pick<HttpResponse, 'headers' | 'url'>
  /** The body's JSON, or what stands for it; null where an answer has no body. */
  readonly json: Json
  /** The records of the page, before any filter. */
  readonly records: readonly Json[]
}

/** Something that is put into a request, in place of what may be there under its name. */
export interface Parameter {
  readonly name: string
  readonly value: string | number
  readonly into: 'query' | 'body'
}

/** A kind of pagination, compiled. */
export interface Paging {
  /** What asks for the page at a position. */
  parameters(at: Position | undefined): readonly Parameter[]
  /**
   * Where the next page is, or undefined after the last one.
   * @throws WeaverError `source_malformed` when the answer does not say what the configuration expects of it.
   */
  next(page: PageFacts): Position | undefined
}

/** @param ownQuery the query parameter that carries the credentials: it is taken out of links, and added anew to each request */
export function paging(pagination: Pagination, ownQuery: string | undefined): Paging {
  switch (pagination.type) {
    case 'page':
      return numberedPages(pagination)
    case 'offset':
      return offsetPages(pagination)
    case 'cursor':
      return cursorPages(pagination)
    case 'keyset':
      return keysetPages(pagination)
    case 'next':
      return linkedPages(pagination, ownQuery)
  }
}
