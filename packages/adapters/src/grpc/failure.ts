import { Code, ConnectError } from '@connectrpc/connect'
import { type ErrorCode, WeaverError } from '@data-weaver/contracts'
import type { AnswerReading } from '../answer.ts'
import { type Redaction, shortLine } from '../redaction.ts'
import { retryAfterMs } from '../retry-after.ts'

/** What a status that the endpoint sent means. Its message is for people and decides nothing. */
const meanings: Readonly<Record<Code, ErrorCode>> = {
  [Code.Canceled]: 'source_unavailable',
  [Code.Unknown]: 'source_unavailable',
  [Code.InvalidArgument]: 'invalid_config',
  [Code.DeadlineExceeded]: 'source_timeout',
  [Code.NotFound]: 'source_not_found',
  [Code.AlreadyExists]: 'source_rejected',
  [Code.PermissionDenied]: 'auth_failed',
  [Code.ResourceExhausted]: 'rate_limited',
  [Code.FailedPrecondition]: 'source_rejected',
  [Code.Aborted]: 'source_unavailable',
  [Code.OutOfRange]: 'source_rejected',
  [Code.Unimplemented]: 'source_not_found',
  [Code.Internal]: 'source_unavailable',
  [Code.Unavailable]: 'source_unavailable',
  [Code.DataLoss]: 'source_rejected',
  [Code.Unauthenticated]: 'auth_failed',
}

/**
 * The error of a call that did not end well.
 * @param thrown what the client threw: a status of the endpoint, or what happened on the way
 */
export function grpcFailure(thrown: unknown, { redact, clock }: AnswerReading): WeaverError {
  if (thrown instanceof WeaverError) return thrown
  const error = ConnectError.from(thrown)
  const name = Code[error.code] ?? 'Unknown'
  if (!isAnswered(error)) return broken(error, redact)
  const said = shortLine(error.rawMessage, redact)
  const code = meanings[error.code] ?? 'source_unavailable'
  const wait = retryAfterMs(Object.fromEntries(error.metadata), clock)
  return new WeaverError(code, `The endpoint answered ${error.code} (${name})${said === '' ? '' : `: ${said}`}`, {
    upstreamCode: String(error.code),
    ...(code === 'invalid_config' ? { errors: [{ field: 'config', problem: 'is refused by the endpoint', hint: said }] } : {}),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  })
}

/** Whether the error is a status that came from the other side, by gRPC or as a status of HTTP, and none that the client made up. */
const isAnswered = ({ metadata }: ConnectError): boolean => [...metadata.keys()].length > 0

function broken(error: ConnectError, redact: Redaction): WeaverError {
  const said = shortLine(error.rawMessage, redact)
  // Made by the client alone when a message is over its limit.
  if (error.code === Code.ResourceExhausted) return new WeaverError('source_too_large', `A message of the endpoint is too large: ${said}`)
  if (error.code === Code.Unknown) return new WeaverError('source_malformed', `The endpoint does not answer as gRPC: ${said}`)
  return new WeaverError('source_truncated', `The connection to the endpoint was lost: ${said}`)
}
