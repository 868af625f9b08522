import { type Json, WeaverError } from '@data-weaver/contracts'
import { lookup, parsePath } from '../../src/path.ts'
import { removeParameter } from '../query.ts'
import type { LinkPagination } from '../schema/pagination.ts'
import { linkTarget } from './link-header.ts'
import type { Paging } from './paging.ts'
import type { Position } from './position.ts'

/** Pages with a link to the next one. */
export function linkedPages(pagination: LinkPagination, ownQuery: string | undefined): Paging {
  if (pagination.in === 'link') {
    const next: Paging['next'] = ({ response }) =>
      position(linkTarget(response.headers.link, 'next'), response.url, 'the Link header', ownQuery)
    return { parameters: () => [], next }
  }
  const path = parsePath(pagination.path)
  const place = `\`pagination.path\` (${pagination.path})`
  return { parameters: () => [], next: ({ json, response }) => position(lookup(json, path), response.url, place, ownQuery) }
}

function position(link: Json | undefined, base: string, place: string, ownQuery: string | undefined): Position | undefined {
  if (link === undefined || link === null || link === false || link === '') return undefined
  const url = typeof link === 'string' ? URL.parse(link, base) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new WeaverError('source_malformed', `The answer has no http or https link at ${place}.`)
  }
  url.username = ''
  url.password = ''
  url.hash = ''
  // Sources that take their key in the query put it into their links as well. It is added anew to each request.
  if (ownQuery !== undefined) removeParameter(url, ownQuery)
  return { type: 'next', url: url.href }
}
