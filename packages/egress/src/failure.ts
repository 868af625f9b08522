import { WeaverError } from '@data-weaver/contracts'
import type { ErrorCode } from '@data-weaver/contracts'
import { errors } from 'undici'
import { allowVariable } from './allow.ts'
import { RefusedAddress } from './connector.ts'
import type { Redactor } from './redaction.ts'

/** How far an exchange was when it failed. */
export interface Progress {
  readonly url: URL
  /** The status line and the headers of the answer had come. */
  readonly answered: boolean
}

const certificateProblems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'comes from an authority that is not trusted (a self-signed certificate is in its chain)',
  UNABLE_TO_GET_ISSUER_CERT: 'comes from an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes from an authority that is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes without the chain to a known authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host name',
  HOSTNAME_MISMATCH: 'is for another host name',
  CERT_REVOKED: 'was revoked',
  CERT_CHAIN_TOO_LONG: 'has too long a chain',
  CERT_SIGNATURE_FAILURE: 'has a wrong signature',
  CERT_REJECTED: 'was rejected',
  CERT_UNTRUSTED: 'is not trusted',
  INVALID_CA: 'was issued by a certificate that is no authority',
  INVALID_PURPOSE: 'is not meant for servers',
  PATH_LENGTH_EXCEEDED: 'has too long a chain',
  EE_KEY_TOO_SMALL: 'has too small a key',
  CA_KEY_TOO_SMALL: 'has an authority with too small a key',
  CA_MD_TOO_WEAK: 'is signed with a weak algorithm',
}

const unreachable: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host name',
  ENODATA: 'the host name has no address',
  EAI_AGAIN: 'the name servers did not answer',
  EAI_FAIL: 'the name servers failed',
  EAI_NODATA: 'the host name has no address',
  EAI_NONAME: 'there is no such host name',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed',
  ECONNABORTED: 'the connection was closed',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  EHOSTUNREACH: 'there is no route to the host',
  EHOSTDOWN: 'the host is down',
  ENETUNREACH: 'there is no route to the network',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'there is no route to the address',
  EACCES: 'this machine does not let connections out',
  EPERM: 'this machine does not let connections out',
  EINVAL: 'the address cannot be used',
}

const timeouts: Readonly<Record<string, string>> = {
  EGRESS_CONNECT_TIMEOUT: 'no connection was made in time',
  ETIMEDOUT: 'no connection was made in time',
  UND_ERR_HEADERS_TIMEOUT: 'the answer did not begin in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped for too long',
}

const closedCodes = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'UND_ERR_SOCKET',
  'HPE_INVALID_EOF_STATE',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
])

/** The code of an error of Node or undici; of several addresses tried, the code of the first. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  // The parser's errors come without their code. Nothing left to read means that the connection ended where more was due.
  if (error instanceof errors.HTTPParserError) return (error as { data?: unknown }).data === '' ? 'HPE_INVALID_EOF_STATE' : 'HPE_INVALID'
  const { code } = error as { code?: unknown }
  if (typeof code === 'string') return code
  return error instanceof AggregateError ? codeOf(error.errors[0]) : ''
}

/**
 * A cause fit to be logged: code and message. The errors of TLS and of sockets also carry whole certificates, addresses and
 * sometimes the URL with its secrets.
 */
function safeCause(error: unknown, code: string, redactor: Redactor): Error {
  const message = error instanceof Error ? redactor.text(error.message) : 'unknown'
  const cause = new Error(message)
  delete cause.stack
  return Object.assign(cause, { code })
}

export function refused(host: string, kind: string, redactor: Redactor): WeaverError {
  const name = redactor.values(host)
  return new WeaverError(
    'egress_refused',
    `"${name}" may not be reached: it leads to a ${kind} address. If it should be, the operator can allow it, for example ${allowVariable}=${name}`,
  )
}

function describe(code: string, { answered }: Progress): readonly [ErrorCode, string] {
  const certificate = certificateProblems[code]
  if (certificate !== undefined) return ['source_tls', `its certificate ${certificate} (${code})`]
  if (answered && closedCodes.has(code)) return ['source_truncated', 'the connection was closed before the answer was complete']
  const unreached = unreachable[code]
  if (unreached !== undefined) return ['source_unreachable', `${unreached} (${code})`]
  const late = timeouts[code]
  if (late !== undefined) return ['source_timeout', late]
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW')
    return ['source_too_large', 'the headers of its answer are too large']
  if (code.startsWith('HPE_') || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
    return ['source_malformed', `its answer is not HTTP (${code})`]
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return ['source_tls', `no TLS connection could be made (${code})`]
  return ['internal', `the request failed (${code === '' ? 'no code' : code})`]
}

/** What an error of the network, of TLS or of HTTP means. Known by its code, never by its message. */
export function toFailure(error: unknown, progress: Progress, redactor: Redactor): WeaverError {
  if (error instanceof WeaverError) return error
  if (error instanceof RefusedAddress) return refused(progress.url.hostname, error.kind, redactor)
  const code = codeOf(error)
  const [kind, problem] = describe(code, progress)
  const verb = kind === 'source_unreachable' || kind === 'source_tls' ? 'cannot be reached' : 'did not answer as it should'
  return new WeaverError(kind, `"${redactor.values(progress.url.host)}" ${verb}: ${problem}`, { cause: safeCause(error, code, redactor) })
}
