import { type ErrorCode, WeaverError } from '@data-weaver/contracts'
import { AuthenticationError, MultipleErrors, ProtocolError, UnsupportedCompressionError } from '@platformatic/kafka'

/** What brokers call their refusals. All others that a retry may mend are `source_unavailable`, the rest `source_rejected`. */
const codes: Readonly<Record<string, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'source_not_found',
  UNKNOWN_TOPIC_ID: 'source_not_found',
  TOPIC_AUTHORIZATION_FAILED: 'auth_failed',
  GROUP_AUTHORIZATION_FAILED: 'auth_failed',
  CLUSTER_AUTHORIZATION_FAILED: 'auth_failed',
  SASL_AUTHENTICATION_FAILED: 'auth_failed',
  UNSUPPORTED_SASL_MECHANISM: 'auth_failed',
  ILLEGAL_SASL_STATE: 'auth_failed',
  THROTTLING_QUOTA_EXCEEDED: 'rate_limited',
  MESSAGE_TOO_LARGE: 'source_too_large',
  RECORD_TOO_LARGE: 'source_too_large',
  CORRUPT_MESSAGE: 'source_malformed',
}

export const outOfRange = 'OFFSET_OUT_OF_RANGE'

/** The refusals in an error of the library, by the broker's names. */
export function refusals(error: unknown): readonly ProtocolError[] {
  if (error instanceof ProtocolError) return [error]
  if (error instanceof MultipleErrors) return error.errors.flatMap((inner: unknown) => refusals(inner))
  return error instanceof Error && error.cause !== undefined && !(error instanceof WeaverError) ? refusals(error.cause) : []
}

/** Anything that went wrong with a broker as one of our errors. */
export function brokerError(thrown: unknown, what: string): WeaverError {
  if (thrown instanceof WeaverError) return thrown
  const inner = causeOf(thrown)
  if (inner !== undefined) return inner
  const [refusal] = refusals(thrown)
  if (refusal !== undefined) return refused(refusal.apiId, refusal.canRetry === true, what)
  if (thrown instanceof AuthenticationError)
    return new WeaverError('auth_failed', `${what}: the credentials were not accepted`, { cause: thrown })
  if (thrown instanceof UnsupportedCompressionError)
    return new WeaverError('source_rejected', `${what}: a compression that is not known`, { cause: thrown })
  return new WeaverError('source_malformed', `${what}: the answer cannot be read`, { cause: thrown })
}

export function refused(name: string, retryable: boolean, what: string): WeaverError {
  const code = codes[name] ?? (retryable ? 'source_unavailable' : 'source_rejected')
  return new WeaverError(code, `${what}: ${name}`, { upstreamCode: name })
}

function causeOf(error: unknown): WeaverError | undefined {
  if (error instanceof WeaverError) return error
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : undefined
}
