import type { Answer, RecordedRequest } from '@data-weaver/testkit'

/** The names of what goes wrong, with the statuses that they come with. */
export const iqairFailures = {
  city_not_found: 400,
  incorrect_api_key: 401,
  api_key_expired: 401,
  Forbidden: 403,
  permission_denied: 403,
  'Payment Required': 403,
  no_nearest_station: 404,
  call_limit_reached: 429,
  call_per_day_limit_reached: 429,
  call_per_month_limit_reached: 429,
  too_many_requests: 429,
} as const
export type IqairFailure = keyof typeof iqairFailures

export const losAngeles = {
  status: 'success',
  data: {
    city: 'Los Angeles',
    state: 'California',
    country: 'USA',
    location: { type: 'Point', coordinates: [-118.2417, 34.0669] },
    current: {
      pollution: { ts: '2026-03-01T10:00:00.000Z', aqius: 66, mainus: 'p2', aqicn: 44, maincn: 'p1' },
      weather: { ts: '2026-03-01T10:00:00.000Z', tp: 25, pr: 1012, hu: 60, ws: 4.6, wd: 230, ic: '01d' },
    },
  },
}

export const colorado = { status: 'success', data: [{ city: 'Boulder' }, { city: 'Colorado Springs' }] }

export const station = {
  status: 'success',
  data: {
    ...losAngeles.data,
    name: 'Reseda',
    current: { ...losAngeles.data.current, pollution: { ...losAngeles.data.current.pollution, aqius: 71 } },
  },
}

export const ranking = {
  status: 'success',
  data: [
    { city: 'Portland', state: 'Oregon', country: 'USA', ranking: { current_aqi: 183, current_aqi_cn: 154 } },
    { city: 'Richards Bay', state: 'KwaZulu-Natal', country: 'South Africa', ranking: { current_aqi: 3, current_aqi_cn: 3 } },
  ],
}

export const monitor = {
  name: 'Balcony in Reseda',
  current: { ts: '2026-03-01T10:13:00.000Z', pm25: { conc: 8.2, aqius: 34, aqicn: 12 }, co2: 421, tp: 12.4, hm: 58 },
  historical: { instant: [{ ts: '2026-03-01T10:12:00.000Z', tp: 12.4, hm: 58 }] },
}
export const monitorId = '5c73a77e6d87653768a66350'

/** What the API answers, by resource. A station that is nearest is looked for in the same way as a city. */
export interface IqairBodies {
  readonly body: unknown
  readonly countries?: unknown
  readonly states?: unknown
  readonly cities?: unknown
  readonly stations?: unknown
  readonly station?: unknown
  readonly ranking?: unknown
}

/**
 * The API of IQAir: the key is part of the URL, and failures are named in the body. Monitors are asked without a key.
 * @param keys what becomes of a request with such a key: an answer, or a failure. Others are no keys of IQAir.
 */
export const iqairApi =
  (keys: ReadonlyMap<string, IqairFailure | IqairBodies>, monitors: Readonly<Record<string, unknown>> = {}) =>
  ({ path, query }: RecordedRequest): Answer => {
    if (path.startsWith('/v2/node/')) {
      const found = monitors[path.slice('/v2/node/'.length)]
      return found === undefined ? { status: 404, body: { code: 'device_not_found', message: 'Not Found' } } : { body: found }
    }
    const known = keys.get(query.get('key') ?? '') ?? 'incorrect_api_key'
    if (typeof known === 'string') return { status: iqairFailures[known], body: { status: 'fail', data: { message: known } } }
    const body = bodyAt(path, known)
    return body === undefined ? { status: 404, body: { message: 'no Route matched' } } : { body }
  }

function bodyAt(path: string, { body, station: one, ranking: all, ...lists }: IqairBodies): unknown {
  if (/^\/v2\/(city|nearest_city)\?/.test(path)) return body
  if (/^\/v2\/(station|nearest_station)\?/.test(path)) return one
  const [, list] = /^\/v2\/(countries|states|cities|stations)\?/.exec(path) ?? []
  if (list !== undefined) return lists[list as keyof typeof lists]
  return path.startsWith('/v2/city_ranking?') ? all : undefined
}
