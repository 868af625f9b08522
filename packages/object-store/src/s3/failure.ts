import { type ErrorCode, WeaverError } from '@data-weaver/contracts'
import { type Answer, ExchangeError } from './exchange.ts'
import { Transient } from './retry.ts'

/** Codes of S3 that say more than their status. */
const byCode: Readonly<Record<string, ErrorCode>> = {
  XMinioStorageFull: 'store_full',
  XMinioAdminBucketQuotaExceeded: 'store_full',
  QuotaExceeded: 'store_full',
  // The status is 501. It is the same at each try: MinIO without keys says so to whoever asks for encryption.
  NotImplemented: 'store_refused',
}

/**
 * Codes of S3 behind which the same request may succeed in a moment, although the status does not say so. A body that arrived
 * incomplete or changed was cut on its way, or the store's disk ran full while it was written (MinIO).
 */
const transientCodes = new Set([
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
  'SlowDown',
  'SlowDownRead',
  'SlowDownWrite',
  'IncompleteBody',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
])
const transientStatuses = new Set([408, 425, 429, 500, 502, 503, 504])

/** What the operating system and undici call a connection that could not be made or broke. */
const transientConnections = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  'ENOTFOUND',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Codes of S3 that ask for somebody to change something, and what. */
const hints: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'the store does not know the access key',
  SignatureDoesNotMatch: 'the secret key is wrong, or a proxy changes requests',
  AccessDenied: 'the access key may not do this',
  RequestTimeTooSkewed: 'the clock of this machine or of the store is wrong',
  NotImplemented: 'the store cannot do this; the parameters of its URL may ask for too much',
  AuthorizationHeaderMalformed: 'the region is probably wrong',
  AuthorizationQueryParametersError: 'the region is probably wrong',
}

/**
 * Whether the answer to a read says that there is no such object. The status alone does not: 404 is also what a store answers to an
 * access key it does not know (versitygw does), and what a web server answers that is no store.
 */
export const saysMissing = (answer: Answer): boolean =>
  answer.status === 404 && ['NoSuchKey', 'NoSuchBucket'].includes(errorCode(answer) ?? '')

/** What an answer that is not the wanted one means. Throw it. `what` says what was tried. */
export function answerFailure(answer: Pick<Answer, 'status' | 'headers'>, code: string | undefined, what: string): WeaverError | Transient {
  const { status } = answer
  const kind = (code === undefined ? undefined : byCode[code]) ?? byStatus(status)
  const hint =
    (code === undefined ? undefined : hints[code]) ??
    (status >= 300 && status < 400 ? 'the host or the region is probably wrong' : undefined)
  const message = `${what}: the store answered ${status}${code === undefined ? '' : ` ${code}`}${hint === undefined ? '' : `, ${hint}`}`
  const transient = transientCodes.has(code ?? '') || (transientStatuses.has(status) && kind === 'store_unavailable')
  const details = code === undefined ? {} : { upstreamCode: code }
  if (!transient) return new WeaverError(kind, message, details)
  return new Transient(new WeaverError('store_unavailable', message, details), retryAfterMs(answer.headers['retry-after']))
}

/** What the code of one object among the answer to a deletion of many means. No status comes with it. Throw it. */
export function entryFailure(code: string | undefined, what: string): WeaverError | Transient {
  return answerFailure({ status: code !== undefined && code in hints ? 403 : 500, headers: {} }, code, what)
}

function byStatus(status: number): ErrorCode {
  if (status === 507) return 'store_full'
  return status >= 500 || transientStatuses.has(status) ? 'store_unavailable' : 'store_refused'
}

/** What an error on the way means. Throw it. A signal's reason and our own errors stay what they are. */
export function connectionFailure(error: unknown, signal: AbortSignal, what: string): unknown {
  if (signal.aborted || error instanceof WeaverError || error instanceof Transient) return signal.aborted ? signal.reason : error
  if (error instanceof ExchangeError) {
    if (error.reason === 'tooLarge')
      return new WeaverError('store_refused', `${what}: ${error.message}, more than the limit`, { cause: error })
    return new Transient(new WeaverError('store_unavailable', `${what}: ${error.message}`, { cause: error, upstreamCode: error.reason }))
  }
  const code = codeOf(error)
  if (code === undefined) return error
  const certificate = /CERT|^ERR_TLS_|SELF_SIGNED|^UNABLE_TO_/.test(code)
  if (certificate)
    return new WeaverError('store_refused', `${what}: the certificate of the store is not trusted (${code})`, {
      cause: error,
      upstreamCode: code,
    })
  const failure = new WeaverError('store_unavailable', `${what}: the store cannot be reached (${code})`, {
    cause: error,
    upstreamCode: code,
  })
  return transientConnections.has(code) ? new Transient(failure) : failure
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, cause } = error as NodeJS.ErrnoException
  // undici wraps what the socket said; the cause knows more.
  return (cause === undefined ? undefined : codeOf(cause)) ?? (typeof code === 'string' ? code : undefined)
}

/** The code of an error's XML body, or of MinIO's header where there is no body. */
export function errorCode({ headers, body }: Answer): string | undefined {
  const header = headers['x-minio-error-code']
  return (
    /<Code>([A-Za-z0-9_.]{1,100})<\/Code>/.exec(body.toString('latin1', 0, 8192))?.[1] ?? (typeof header === 'string' ? header : undefined)
  )
}

/** Only the form in seconds: stores use no other. */
function retryAfterMs(header: string | string[] | undefined): number {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : 0
}
