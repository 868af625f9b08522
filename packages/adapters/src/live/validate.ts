import type { FieldProblem } from '@data-weaver/contracts'
import type { LiveAuth } from './auth.ts'

interface Connecting {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly auth?: LiveAuth | undefined
  readonly reconnect?: { readonly minMs?: number | undefined; readonly maxMs?: number | undefined } | undefined
}

/** What the schema cannot say of a connection. */
export function* connectionProblems(config: Connecting, protocols: readonly string[], example: string): Generator<FieldProblem> {
  const field = 'config.url'
  const url = URL.parse(config.url)
  if (url === null || !protocols.includes(url.protocol)) {
    yield {
      field,
      problem: `is not a URL that begins with ${protocols.map((one) => `${one}//`).join(' or ')}`,
      hint: `For example ${example}.`,
    }
  } else if (url.username !== '' || url.password !== '') {
    yield { field, problem: 'has credentials in it', hint: 'Use `auth`, so that they are sealed.' }
  }
  yield* headerProblems(config)
  const { minMs, maxMs } = config.reconnect ?? {}
  if (minMs !== undefined && maxMs !== undefined && minMs > maxMs) {
    yield { field: 'config.reconnect.minMs', problem: 'is more than `config.reconnect.maxMs`' }
  }
}

const credentialHeaders = new Set(['authorization', 'proxy-authorization', 'cookie'])
const connectionHeaders = new Set(
  'connection content-length expect host http2-settings keep-alive proxy-connection te trailer transfer-encoding upgrade last-event-id'.split(
    ' ',
  ),
)
const isOwn = (name: string): boolean => connectionHeaders.has(name) || name.startsWith('sec-websocket-')
const isToken = (name: string): boolean => /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)

function* headerProblems({ headers, auth }: Connecting): Generator<FieldProblem> {
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(headers ?? {})) {
    const field = `config.headers.${name}`
    const lower = name.toLowerCase()
    if (!isToken(name)) yield { field, problem: 'is not a header name' }
    else if (seen.has(lower)) yield { field, problem: 'is there twice' }
    else if (credentialHeaders.has(lower)) {
      yield { field, problem: 'would keep a credential in plain text', hint: 'Use `auth`, so that it is sealed.' }
    } else if (isOwn(lower)) yield { field, problem: 'cannot be set', hint: 'The connection sets it.' }
    else if (auth?.type === 'header' && auth.name.toLowerCase() === lower) yield { field, problem: 'is the header of `auth`' }
    if (!/^[\t\x20-\x7e]*$/.test(value)) yield { field, problem: 'has characters that a header cannot carry' }
    seen.add(lower)
  }
  if (auth?.type !== 'header') return
  if (!isToken(auth.name)) yield { field: 'config.auth.name', problem: 'is not a header name' }
  else if (isOwn(auth.name.toLowerCase())) yield { field: 'config.auth.name', problem: 'cannot be set' }
  if (!/^[\t\x20-\x7e]*$/.test(auth.prefix ?? ''))
    yield { field: 'config.auth.prefix', problem: 'has characters that a header cannot carry' }
}
