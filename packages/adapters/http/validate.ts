import type { FieldProblem } from '@data-weaver/contracts'
import { invalidConfig, missingSecrets } from '../src/config.ts'
import { cursorValue } from './order.ts'
import type { HttpConfig } from './schema.ts'

/**
 * The rules between fields.
 * @throws WeaverError `invalid_config` naming fields below `config`, `missing_secret` for one that `auth` mentions.
 */
export function validate(config: HttpConfig, secretNames: readonly string[]): void {
  const problems = [...urlProblems(config), ...headerProblems(config), ...parameterProblems(config), ...paginationProblems(config)]
  const { incremental } = config
  if (incremental?.start !== undefined && cursorValue(incremental.start, incremental.order) === undefined) {
    problems.push({ field: 'config.incremental.start', problem: `cannot be compared in the order \`${incremental.order}\`` })
  }
  if (config.request.body !== undefined && (config.request.method ?? 'GET') === 'GET') {
    problems.push({
      field: 'config.request.body',
      problem: 'cannot be sent with GET',
      hint: 'Set `request.method` to "POST", or remove it.',
    })
  }
  if (problems.length > 0) throw invalidConfig(problems)
  const { auth } = config
  if (auth !== undefined && !secretNames.includes(auth.secret)) throw missingSecrets([auth.secret], () => 'Named by `config.auth.secret`.')
}

function* urlProblems({ request }: HttpConfig): Generator<FieldProblem> {
  const field = 'config.request.url'
  const url = URL.parse(request.url)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    yield { field, problem: 'is not an http or https URL', hint: 'For example https://api.example.com/v1/items.' }
  } else if (url.username !== '' || url.password !== '') {
    yield { field, problem: 'has credentials in it', hint: 'Use `auth` with type "basic", so that the password is sealed.' }
  }
}

const credentialHeaders = new Set(['authorization', 'proxy-authorization', 'cookie'])
const connectionHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function* headerProblems({ request, auth }: HttpConfig): Generator<FieldProblem> {
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const field = `config.request.headers.${name}`
    const lower = name.toLowerCase()
    if (!isToken(name)) yield { field, problem: 'is not a header name' }
    else if (seen.has(lower)) yield { field, problem: 'is there twice' }
    else if (credentialHeaders.has(lower))
      yield { field, problem: 'would keep a credential in plain text', hint: 'Use `auth`, so that it is sealed.' }
    else if (connectionHeaders.has(lower)) yield { field, problem: 'cannot be set', hint: 'The connection sets it.' }
    else if (auth?.type === 'header' && auth.name.toLowerCase() === lower) yield { field, problem: 'is the header of `auth`' }
    if (!/^[\t\x20-\x7e]*$/.test(value)) yield { field, problem: 'has characters that a header cannot carry' }
    seen.add(lower)
  }
  if (auth?.type !== 'header') return
  if (!isToken(auth.name)) yield { field: 'config.auth.name', problem: 'is not a header name' }
  else if (connectionHeaders.has(auth.name.toLowerCase())) yield { field: 'config.auth.name', problem: 'cannot be set' }
  if (!/^[\t\x20-\x7e]*$/.test(auth.prefix ?? ''))
    yield { field: 'config.auth.prefix', problem: 'has characters that a header cannot carry' }
}

const isToken = (name: string): boolean => /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)

/** One query parameter cannot say two things. */
function* parameterProblems(config: HttpConfig): Generator<FieldProblem> {
  const { request, auth, pagination, incremental } = config
  const uses: [field: string, name: string | undefined][] = [
    ...Object.keys(request.query ?? {}).map((name): [string, string] => [`config.request.query.${name}`, name]),
    ['config.pagination.parameter', pagination?.type === 'page' ? pagination.parameter : undefined],
    ['config.pagination.size.parameter', pagination?.type === 'page' ? pagination.size?.parameter : undefined],
    ['config.incremental.parameter', incremental?.parameter],
    ['config.auth.name', auth?.type === 'query' ? auth.name : undefined],
  ]
  const owners = new Map<string, string>()
  for (const [field, name] of uses) {
    if (name === undefined) continue
    const owner = owners.get(name)
    if (owner === undefined) owners.set(name, field)
    else yield { field, problem: `uses the query parameter ${JSON.stringify(name)}, which \`${owner}\` sets` }
  }
}

function* paginationProblems({ pagination }: HttpConfig): Generator<FieldProblem> {
  if (pagination?.type !== 'page' || pagination.size !== undefined) return
  const { stop } = pagination
  if (stop?.on === 'shortPage' || (stop?.on === 'total' && stop.counts === 'records')) {
    yield { field: 'config.pagination.size', problem: 'is missing', hint: `\`stop\` cannot tell the last page without it.` }
  }
}
