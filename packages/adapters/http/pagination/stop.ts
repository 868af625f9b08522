import { type Json, WeaverError } from '@data-weaver/contracts'
import { lookup, parsePath } from '../../src/path.ts'
import type { Stop } from '../schema/pagination.ts'

/** What there is after a page, counted from the first. */
export interface Progress {
  readonly json: Json
  /** Records of this page. */
  readonly count: number
  readonly pages: number
  readonly records: number
}

/** Answers whether a page is the last one. @throws WeaverError `source_malformed` when the answer does not say what it should. */
export type IsLast = (progress: Progress) => boolean

export function lastPage(stop: Stop, size: number): IsLast {
  switch (stop.on) {
    case 'emptyPage':
      return ({ count }) => count === 0
    case 'shortPage':
      return ({ count }) => count < size
    case 'value': {
      const path = parsePath(stop.path)
      return ({ json }) => lookup(json, path) === stop.equals
    }
    case 'total': {
      const path = parsePath(stop.path)
      return ({ json, pages, records }) => {
        const total = lookup(json, path)
        const number = typeof total === 'string' && /^\d{1,15}$/.test(total) ? Number(total) : total
        if (typeof number === 'number') return (stop.counts === 'records' ? records : pages) >= number
        throw new WeaverError('source_malformed', `The answer has no number at \`pagination.stop.path\` (${stop.path}).`)
      }
    }
  }
}
