import type { PagePagination } from '../schema/pagination.ts'
import type { Paging } from './paging.ts'
import type { Position } from './position.ts'
import { sizeParameters } from './size.ts'
import { lastPage } from './stop.ts'

/** Pages with numbers. */
export function numberedPages(pagination: PagePagination): Paging {
  const { parameter, into = 'query', start = 1, size, stop = { on: 'emptyPage' } } = pagination
  const isLast = lastPage(stop, size?.value ?? 0)
  const sized = sizeParameters(pagination)
  const numberOf = (at: Position | undefined) => (at?.type === 'page' ? at.page : start)
  return {
    parameters: (at) => [...sized, { name: parameter, value: numberOf(at), into }],
    next({ at, json, records }) {
      // A total that is wrong, or counts what the caller may not see, must not lead past the end for ever.
      if (records.length === 0) return undefined
      const page = numberOf(at)
      const pages = page - start + 1
      const last = isLast({ json, count: records.length, pages, records: pages * (size?.value ?? 0) })
      return last ? undefined : { type: 'page', page: page + 1 }
    },
  }
}
