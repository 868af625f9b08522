import { WeaverError } from '@data-weaver/contracts'
import { lookup, parsePath } from '../../src/path.ts'
import type { KeysetPagination } from '../schema/pagination.ts'
import type { Paging } from './paging.ts'
import { sizeParameters } from './size.ts'
import { lastPage } from './stop.ts'

/** Pages that begin after a value of the last record before. */
export function keysetPages(pagination: KeysetPagination): Paging {
  const { parameter, into = 'query', size, stop = { on: 'emptyPage' } } = pagination
  const isLast = lastPage(stop, size?.value ?? 0)
  const sized = sizeParameters(pagination)
  const path = parsePath(pagination.path)
  return {
    parameters: (at) => (at?.type === 'keyset' ? [...sized, { name: parameter, value: at.after, into }] : sized),
    next({ json, records }) {
      const last = records.at(-1)
      if (last === undefined || isLast({ json, count: records.length, pages: NaN, records: NaN })) return undefined
      const after = lookup(last, path)
      if ((typeof after === 'string' && after !== '' && after.length <= 8192) || typeof after === 'number') return { type: 'keyset', after }
      throw new WeaverError('source_malformed', `The last record has no text or number at \`pagination.path\` (${pagination.path}).`)
    },
  }
}
