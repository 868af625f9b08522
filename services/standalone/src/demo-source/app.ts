import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Feature } from './recording.ts'
import type { Replay } from './replay.ts'

/** Path of the feed; the real one has the same with `all_hour`, `all_day` or `all_month` as well. */
export const feedPath = '/earthquakes/feed/v1.0/summary/all_week.geojson'

const defaultPageSize = 100
const largestPageSize = 500

export interface SourceApp {
  readonly replay: Replay
  /** The position to answer for, in steps. */
  readonly position: () => number
}

/**
 * A server that answers as the USGS feed does (a GeoJSON FeatureCollection), in pages. Query: `updatedafter` (milliseconds since the
 * Unix epoch; events of exactly that time are included, so that none of several with the same time is lost), `limit`, `page`.
 * `metadata.next` is the address of the next page, null on the last; it names the position, so that all pages of a walk show the same feed.
 */
export function sourceServer(app: SourceApp): Server {
  return createServer((request, response) => {
    try {
      answer(app, request, response)
    } catch {
      if (response.headersSent) response.destroy()
      else send(response, 500, { status: 500, error: 'Something went wrong in the demo source.' })
    }
  })
}

function answer(app: SourceApp, request: IncomingMessage, response: ServerResponse): void {
  const url = URL.parse(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`)
  if (url === null) return send(response, 400, { status: 400, error: 'The address cannot be read.' })
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, 405, { status: 405, error: 'Only GET is answered.' }, { allow: 'GET, HEAD' })
  if (url.pathname === '/')
    return send(response, 200, {
      feed: new URL(feedPath, url).href,
      position: app.position(),
      events: app.replay.at(app.position()).length,
    })
  if (url.pathname !== feedPath) return send(response, 404, { status: 404, error: `There is nothing here. The feed is at ${feedPath}` })
  const query = readQuery(url, app.position())
  if (typeof query === 'string') return send(response, 400, { status: 400, error: query })
  send(response, 200, page(app, url, query), { 'content-type': 'application/geo+json; charset=utf-8' })
}

interface Query {
  readonly since: number | undefined
  readonly limit: number
  readonly page: number
  readonly position: number
}

/** The query, or what is wrong with it. */
function readQuery(url: URL, now: number): Query | string {
  const whole = (name: string, least: number, most: number, fallback: number): number | string => {
    const text = url.searchParams.get(name)
    if (text === null) return fallback
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : `${name} must be a whole number from ${least} to ${most}, not "${text.slice(0, 40)}"`
  }
  const known = ['updatedafter', 'limit', 'page', 'position']
  const unknown = [...url.searchParams.keys()].find((name) => !known.includes(name))
  if (unknown !== undefined) return `Unknown parameter "${unknown.slice(0, 40)}". Known: ${known.join(', ')}`
  const since = whole('updatedafter', 0, Number.MAX_SAFE_INTEGER, -1)
  const limit = whole('limit', 1, largestPageSize, defaultPageSize)
  const number = whole('page', 1, 1_000_000, 1)
  const position = whole('position', 0, Number.MAX_SAFE_INTEGER, now)
  for (const value of [since, limit, number, position]) if (typeof value === 'string') return value
  // A position of the future would promise what is not there yet.
  return {
    since: since === -1 ? undefined : (since as number),
    limit: limit as number,
    page: number as number,
    position: Math.min(position as number, now),
  }
}

function page({ replay }: SourceApp, url: URL, { since, limit, page: number, position }: Query): object {
  const all = replay.at(position, since)
  const features = all.slice((number - 1) * limit, number * limit)
  const next = new URL(url)
  next.searchParams.set('page', String(number + 1))
  next.searchParams.set('position', String(position))
  return {
    type: 'FeatureCollection',
    metadata: {
      generated: replay.timeAt(position),
      url: url.href,
      title: 'USGS All Earthquakes, Past Week (recorded)',
      status: 200,
      api: '1.5.8',
      count: features.length,
      total: all.length,
      next: number * limit < all.length ? next.href : null,
    },
    features,
    ...(features.length === 0 ? {} : { bbox: boundingBox(features) }),
  }
}

/** Smallest and largest longitude, latitude and depth, as GeoJSON orders them. */
function boundingBox(features: readonly Feature[]): number[] {
  const axis = (index: 0 | 1 | 2) => features.map(({ geometry }) => geometry.coordinates[index])
  return [
    ...([0, 1, 2] as const).map((index) => Math.min(...axis(index))),
    ...([0, 1, 2] as const).map((index) => Math.max(...axis(index))),
  ]
}

function send(response: ServerResponse, status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.byteLength,
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(response.req.method === 'HEAD' ? undefined : bytes)
}
