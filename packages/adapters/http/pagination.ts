import { type HttpResponse, type Json, WeaverError } from '@data-weaver/contracts'
import { lookup, parsePath } from '../src/path.ts'
import type { Position } from './checkpoint.ts'
import { linkTarget } from './link-header.ts'
import type { HttpConfig, PagePagination } from './schema.ts'

/** One answer, as far as it says whether there is another page. */
export interface PageFacts {
  readonly at: Position | undefined
  readonly response: Pick<HttpResponse, 'headers' | 'url'>
  /** The body's JSON; null where an answer has no body. */
  readonly json: Json
  /** Records on the page. */
  readonly count: number
}

/**
 * Where the next page is, or undefined after the last one.
 * @throws WeaverError `source_malformed` when the answer does not say what the configuration expects of it.
 */
export function nextPosition(config: HttpConfig, page: PageFacts): Position | undefined {
  const { pagination } = config
  switch (pagination?.type) {
    case undefined:
      return undefined
    case 'page':
      return nextNumber(pagination, page)
    case 'next': {
      const link = pagination.in === 'body' ? lookup(page.json, parsePath(pagination.path)) : linkTarget(page.response.headers.link, 'next')
      const place = pagination.in === 'body' ? `\`pagination.path\` (${pagination.path})` : 'the Link header'
      return nextLink(config, link, page.response.url, place)
    }
  }
}

export const pageNumber = (pagination: PagePagination, at: Position | undefined): number =>
  at?.type === 'page' ? at.page : (pagination.start ?? 1)

function nextNumber(pagination: PagePagination, { at, json, count }: PageFacts): Position | undefined {
  const page = pageNumber(pagination, at)
  const next: Position = { type: 'page', page: page + 1 }
  // A total that is wrong, or counts what the caller may not see, must not lead past the end for ever.
  if (count === 0) return undefined
  const { stop = { on: 'emptyPage' }, size } = pagination
  switch (stop.on) {
    case 'emptyPage':
      return next
    case 'shortPage':
      return count < (size?.value ?? 0) ? undefined : next
    case 'total': {
      const pages = page - (pagination.start ?? 1) + 1
      const total = lookup(json, parsePath(stop.path))
      const number = typeof total === 'string' && /^\d{1,15}$/.test(total) ? Number(total) : total
      if (typeof number !== 'number') {
        throw new WeaverError('source_malformed', `The answer has no number at \`pagination.stop.path\` (${stop.path}).`)
      }
      return pages * (stop.counts === 'records' ? (size?.value ?? 0) : 1) >= number ? undefined : next
    }
  }
}

function nextLink(config: HttpConfig, link: Json | undefined, base: string, place: string): Position | undefined {
  if (link === undefined || link === null || link === false || link === '') return undefined
  const url = typeof link === 'string' ? URL.parse(link, base) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new WeaverError('source_malformed', `The answer has no http or https link at ${place}.`)
  }
  url.username = ''
  url.password = ''
  url.hash = ''
  // Sources that take their key in the query put it into their links as well. It is added anew to each request.
  if (config.auth?.type === 'query') removeParameter(url, config.auth.name)
  return { type: 'next', url: url.href }
}

/** Leaves the other parameters byte for byte: a signed link would not survive being written anew. */
export function removeParameter(url: URL, name: string): void {
  const parts = url.search.slice(1).split('&')
  const kept = parts.filter((part) => !new URLSearchParams(part).has(name))
  if (kept.length < parts.length) url.search = kept.join('&')
}
