import type { OffsetPagination } from '../schema/pagination.ts'
import type { Paging } from './paging.ts'
import type { Position } from './position.ts'
import { sizeParameters } from './size.ts'
import { lastPage } from './stop.ts'

/** Pages that begin after so many records. */
export function offsetPages(pagination: OffsetPagination): Paging {
  const { parameter, into = 'query', start = 0, size, stop = { on: 'emptyPage' } } = pagination
  const isLast = lastPage(stop, size.value)
  const sized = sizeParameters(pagination)
  const offsetOf = (at: Position | undefined) => (at?.type === 'offset' ? at.offset : start)
  return {
    parameters: (at) => [...sized, { name: parameter, value: offsetOf(at), into }],
    next({ at, json, records }) {
      if (records.length === 0) return undefined
      const next = offsetOf(at) + size.value
      const passed = next - start
      const last = isLast({ json, count: records.length, pages: passed / size.value, records: passed })
      return last ? undefined : { type: 'offset', offset: next }
    },
  }
}
