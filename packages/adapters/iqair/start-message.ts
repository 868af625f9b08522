import { type FieldProblem, WeaverError } from '@data-weaver/contracts'
import { defaultNodeEndpoint, type IqairConfig } from './schema.ts'

/**
 * The configuration that a start message's `endpoint` means: the resource's URL, with its parameters in the query.
 * @throws WeaverError `invalid_config` naming `endpoint`.
 */
export function configOfEndpoint(endpoint: string): IqairConfig {
  const url = URL.parse(endpoint)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw refused('is not an http or https URL')
  const [, base, resource] = /^(.*)\/([^/]+)\/*$/.exec(url.pathname) ?? []
  const query = new Map(url.searchParams)
  const common = { endpoint: `${originOf(url)}${base ?? ''}` }
  if (resource !== undefined && (url.host === new URL(defaultNodeEndpoint).host || base?.endsWith('/node') === true)) {
    refuseRest(query)
    return { resource: 'node', ...common, id: resource }
  }
  if (resource === 'nearest_city' || resource === 'nearest_station') {
    const place = { lat: degrees(query, 'lat'), lon: degrees(query, 'lon') }
    refuseRest(query)
    return {
      resource,
      ...common,
      ...(place.lat === undefined ? {} : { lat: place.lat }),
      ...(place.lon === undefined ? {} : { lon: place.lon }),
    }
  }
  const parts = resource === undefined ? undefined : placeOf.get(resource)
  if (parts !== undefined) {
    const named = Object.fromEntries(parts.map((part) => [part, text(query, part)]))
    refuseRest(query)
    return { resource, ...common, ...named } as IqairConfig
  }
  throw refused(`must end in ${resources}`)
}

/** What has to be said of what is asked for by name, and of a list. */
const placeOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['city', ['city', 'state', 'country']],
  ['station', ['station', 'city', 'state', 'country']],
  ['countries', []],
  ['states', ['country']],
  ['cities', ['state', 'country']],
  ['stations', ['city', 'state', 'country']],
  ['city_ranking', []],
])
const resources = ['nearest_city', 'nearest_station', ...placeOf.keys(), 'node/<id>'].map((name) => `/${name}`).join(', ')

/** The key is part of the URL, so IQAir's own host is never asked without TLS, even where its old documentation says http. */
const originOf = (url: URL): string => (url.host === 'api.airvisual.com' ? 'https://api.airvisual.com' : url.origin)

function take(query: Map<string, string>, name: string): string | undefined {
  const value = query.get(name)
  query.delete(name)
  return value
}

function degrees(query: Map<string, string>, name: string): number | undefined {
  const value = take(query, name)
  if (value === undefined) return undefined
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number)) throw refused(`has a \`${name}\` that is not a number`)
  return number
}

function text(query: Map<string, string>, name: string): string {
  const value = take(query, name)
  if (value === undefined || value === '') throw refused(`has no \`${name}\` in its query`, 'A place is named from its country down.')
  return value
}

function refuseRest(query: Map<string, string>): void {
  if (query.has('key')) throw refused('has the key in it', 'The key goes into `secret_key`, where it is sealed.')
  const [name] = query.keys()
  if (name !== undefined) throw refused(`has the parameter ${JSON.stringify(name.slice(0, 40))}, which is not known here`)
}

function refused(problem: string, hint = 'For example http://api.airvisual.com/v2/nearest_city?lat=40.4&lon=-3.7.'): WeaverError {
  const error: FieldProblem = { field: 'endpoint', problem, hint }
  return new WeaverError('invalid_config', `endpoint ${problem}`, { errors: [error] })
}
