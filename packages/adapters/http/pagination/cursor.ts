import { type Json, WeaverError } from '@data-weaver/contracts'
import { lookup, parsePath } from '../../src/path.ts'
import type { CursorPagination } from '../schema/pagination.ts'
import type { PageFacts, Paging } from './paging.ts'
import { sizeParameters } from './size.ts'
import { lastPage } from './stop.ts'

/** Longest token that is followed, in characters. A longer one would not fit into a URL. */
const longestToken = 8192

/** Pages with a token for the next one. */
export function cursorPages(pagination: CursorPagination): Paging {
  const { parameter, into = 'query', size, stop } = pagination
  const isLast = stop === undefined ? () => false : lastPage(stop, size?.value ?? 0)
  const sized = sizeParameters(pagination)
  const tokenOf = readToken(pagination)
  const place = pagination.in === 'body' ? `\`pagination.path\` (${pagination.path})` : `the header ${pagination.header}`
  return {
    parameters: (at) => (at?.type === 'cursor' ? [...sized, { name: parameter, value: at.token, into }] : sized),
    next(page) {
      const token = tokenOf(page)
      if (token === undefined || token === null || token === false || token === '') return undefined
      if ((typeof token !== 'string' && typeof token !== 'number') || String(token).length > longestToken) {
        throw new WeaverError('source_malformed', `The answer has no token of up to ${longestToken} characters at ${place}.`)
      }
      const { json, records } = page
      return isLast({ json, count: records.length, pages: NaN, records: NaN }) ? undefined : { type: 'cursor', token }
    },
  }
}

function readToken(pagination: CursorPagination): (page: PageFacts) => Json | undefined {
  if (pagination.in === 'header') {
    const name = pagination.header.toLowerCase()
    return ({ response }) => response.headers[name]
  }
  const path = parsePath(pagination.path)
  return ({ json }) => lookup(json, path)
}
