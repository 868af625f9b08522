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

/**
 * The API of IQAir: the key is part of the URL, and failures are named in the body.
 * @param keys what becomes of a request with such a key: an answer, or a failure. Others are no keys of IQAir.
 */
export const iqairApi =
  (keys: ReadonlyMap<string, IqairFailure | { readonly body: unknown; readonly cities?: unknown }>) =>
  ({ path, query }: RecordedRequest): Answer => {
    const known = keys.get(query.get('key') ?? '') ?? 'incorrect_api_key'
    if (typeof known === 'string') return { status: iqairFailures[known], body: { status: 'fail', data: { message: known } } }
    if (known.cities !== undefined && path.startsWith('/v2/cities?')) return { body: known.cities }
    return /^\/v2\/(city|nearest_city)\?/.test(path) ? { body: known.body } : { status: 404, body: { message: 'no Route matched' } }
  }
