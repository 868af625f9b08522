import type { FieldProblem, Json } from '@data-weaver/contracts'
import type { HttpConfig } from '../schema.ts'
import type { PartitionRequest } from '../schema/request.ts'
import { jsonPlaceholderProblems, placeholderProblems, placeholdersIn, template } from '../template.ts'
import { credentialHeaders, nameProblem, valueProblem } from './header-name.ts'

/**
 * The rules of a request, one or the other.
 * @param field where the request is in the configuration
 * @param names the placeholders that are known in it
 */
export function* requestProblems(
  field: string,
  request: PartitionRequest,
  config: HttpConfig,
  names: ReadonlySet<string>,
): Generator<FieldProblem> {
  const placeholders = [...placeholdersOf(field, request, names)]
  yield* placeholders
  yield* placeholders.length > 0 ? [] : addressProblems(field, request, config)
  yield* bodyProblems(field, request)
  yield* headerProblems(field, request, config)
}

function* placeholdersOf(field: string, request: PartitionRequest, names: ReadonlySet<string>): Generator<FieldProblem> {
  const { url = '', base = '', path = '', query, headers, body, form, text = '' } = request
  yield* placeholderProblems(`${field}.url`, url, names)
  yield* placeholderProblems(`${field}.base`, base, names)
  yield* placeholderProblems(`${field}.path`, path, names)
  yield* placeholderProblems(`${field}.text`, text, names)
  for (const [name, part] of Object.entries({ query, headers, body, form })) {
    if (part !== undefined) yield* jsonPlaceholderProblems(`${field}.${name}`, part as Json, names)
  }
}

function* addressProblems(field: string, request: PartitionRequest, { values = {} }: HttpConfig): Generator<FieldProblem> {
  const { url, base, path } = request
  if (url === undefined && base === undefined) {
    yield { field: `${field}.url`, problem: 'is missing', hint: 'For example https://api.example.com/v1/items. Or give `base` and `path`.' }
    return
  }
  if (url !== undefined && base !== undefined)
    yield { field: `${field}.base`, problem: 'cannot be there beside `url`', hint: 'Give one of both.' }
  else if (path !== undefined && base === undefined) yield { field: `${field}.path`, problem: 'is there without `base`' }
  const place = url === undefined ? `${field}.base` : `${field}.url`
  yield* urlProblems(place, url ?? base ?? '', values)
  if (base !== undefined && /[?#]/.test(base)) yield { field: place, problem: 'has a query in it', hint: 'Put it into `query`.' }
}

/** What is wrong with an address in which only named values may stand for its origin. */
export function* urlProblems(field: string, text: string, values: NonNullable<HttpConfig['values']>): Generator<FieldProblem> {
  const origin = /^[^/?#]*\/\/[^/?#]*/.exec(text)?.[0] ?? text
  if (placeholdersIn(origin).some((name) => !name.startsWith('config.'))) {
    yield { field, problem: 'has a placeholder in its host', hint: 'Only {{config.name}} may be there: credentials go to that host.' }
    return
  }
  const constant = text.replaceAll(/\{\{\s*(?:cursor|partition\.[\w.-]+)\s*\}\}/g, 'x')
  const url = URL.parse(template(constant, { values })({ cursor: undefined, partition: {} }) ?? '')
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    yield { field, problem: 'is not an http or https URL', hint: 'For example https://api.example.com/v1/items.' }
  } else if (url.username !== '' || url.password !== '') {
    yield { field, problem: 'has credentials in it', hint: 'Use `auth` with type "basic", so that the password is sealed.' }
  }
}

function* bodyProblems(field: string, request: PartitionRequest): Generator<FieldProblem> {
  const [first, ...others] = (['body', 'form', 'text'] as const).filter((name) => request[name] !== undefined)
  if (first === undefined) return
  for (const name of others)
    yield { field: `${field}.${name}`, problem: `cannot be there beside \`${first}\``, hint: 'A request has one body.' }
  if ((request.method ?? 'GET') === 'GET') {
    yield {
      field: `${field}.${first}`,
      problem: 'cannot be sent with GET',
      hint: `Set \`${field.slice('config.'.length)}.method\` to "POST", or remove it.`,
    }
  }
}

function* headerProblems(field: string, { headers = {} }: PartitionRequest, { auth }: HttpConfig): Generator<FieldProblem> {
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(headers)) {
    const place = `${field}.headers.${name}`
    const lower = name.toLowerCase()
    const problem = nameProblem(place, name)
    if (problem?.problem === 'is not a header name') yield problem
    else if (seen.has(lower)) yield { field: place, problem: 'is there twice' }
    else if (credentialHeaders.has(lower))
      yield { field: place, problem: 'would keep a credential in plain text', hint: 'Use `auth`, so that it is sealed.' }
    else if (problem !== undefined) yield problem
    else if (authHeaders(auth).includes(lower)) yield { field: place, problem: 'is the header of `auth`' }
    const bad = valueProblem(place, value)
    if (bad !== undefined) yield bad
    seen.add(lower)
  }
}

/** The headers that `auth` sets, lower-case. */
export function authHeaders(auth: HttpConfig['auth']): string[] {
  switch (auth?.type) {
    case 'header':
      return [auth.name.toLowerCase()]
    case 'session':
      return auth.header === undefined ? [] : [auth.header.name.toLowerCase()]
    case 'hmac':
      return [auth.signature, auth.timestamp, auth.nonce, auth.key].flatMap((place) =>
        place?.in === 'header' ? [place.name.toLowerCase()] : [],
      )
    default:
      return []
  }
}

/** Whether a value can be put into the body of a request. */
export const takesBodyParameters = ({ method = 'GET', text, body = {} }: PartitionRequest): boolean =>
  method !== 'GET' && text === undefined && typeof body === 'object' && body !== null && !Array.isArray(body)
