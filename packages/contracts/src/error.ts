/** Where an error came from, which decides who can mend it: the user, the source, us. */
export type ErrorOrigin = 'config' | 'source' | 'rateLimit' | 'storage' | 'transform' | 'sink' | 'system'

interface ErrorKind {
  readonly origin: ErrorOrigin
  /** HTTP status when the error answers a request. */
  readonly status: number
  /** Whether the same work may succeed later without anybody changing anything. */
  readonly retryable: boolean
  readonly title: string
}

const kind = (origin: ErrorOrigin, status: number, retryable: boolean, title: string): ErrorKind => ({
  origin,
  status,
  retryable,
  title,
})

/** The closed table of error codes. Codes are stable: clients match on them, never on messages. */
export const errorKinds = {
  invalid_request: kind('config', 400, false, 'The request is not valid'),
  invalid_settings: kind('config', 500, false, 'The settings are not valid'),
  unauthorized: kind('config', 401, false, 'A valid bearer token is needed'),
  forbidden: kind('config', 403, false, 'The token does not allow this'),
  signature_invalid: kind('config', 401, false, 'The signature of the request is not valid'),
  too_many_attempts: kind('config', 429, true, 'Too many wrong tokens were sent'),
  not_found: kind('config', 404, false, 'There is no such thing'),
  method_not_allowed: kind('config', 405, false, 'The method is not allowed here'),
  name_taken: kind('config', 409, false, 'The name is taken'),
  stream_stopped: kind('config', 409, false, 'The stream is stopped'),
  stream_paused: kind('config', 429, true, 'The stream is paused'),
  not_polled: kind('config', 422, false, 'The stream fetches nothing: its source sends'),
  workers_outdated: kind('config', 409, true, 'Workers of an earlier version are still up'),
  run_in_progress: kind('config', 409, false, 'A run of the stream is in progress'),
  not_retryable: kind('config', 409, false, 'The run cannot be retried'),
  canary_in_progress: kind('config', 409, false, 'A version of the stream is on trial'),
  idempotency_conflict: kind('config', 409, false, 'The idempotency key was used for another request'),
  version_conflict: kind('config', 412, false, 'The resource has changed'),
  payload_too_large: kind('config', 413, false, 'The request body is too large'),
  unsupported_media_type: kind('config', 415, false, 'The media type is not supported'),
  unknown_adapter: kind('config', 422, false, 'There is no such adapter'),
  unknown_sink: kind('config', 422, false, 'There is no such sink'),
  invalid_config: kind('config', 422, false, 'The configuration is not valid'),
  invalid_schedule: kind('config', 422, false, 'The schedule is not valid'),
  invalid_transform: kind('config', 422, false, 'The transform is not valid'),
  missing_secret: kind('config', 422, false, 'A secret is missing'),
  egress_refused: kind('config', 422, false, 'The address may not be reached'),
  auth_failed: kind('source', 502, false, 'The source refused the credentials'),
  source_not_found: kind('source', 502, false, 'The source has no such thing'),
  source_rejected: kind('source', 502, false, 'The source refused the request'),
  source_unavailable: kind('source', 502, true, 'The source failed'),
  source_unreachable: kind('source', 502, true, 'The source cannot be reached'),
  source_timeout: kind('source', 504, true, 'The source did not answer in time'),
  source_tls: kind('source', 502, false, 'The certificate of the source is not trusted'),
  source_malformed: kind('source', 502, true, 'The answer of the source cannot be read'),
  source_truncated: kind('source', 502, true, 'The answer of the source ended too early'),
  source_too_large: kind('source', 502, false, 'The answer of the source is too large'),
  source_loop: kind('source', 502, false, 'The source leads in a circle'),
  rate_limited: kind('rateLimit', 429, true, 'The source asks to slow down'),
  quota_exhausted: kind('rateLimit', 429, false, 'The quota at the source is used up'),
  budget_wait: kind('rateLimit', 429, true, 'The rate budget is used up for now'),
  budget_exhausted: kind('rateLimit', 429, false, 'The wait for the rate budget is longer than allowed'),
  store_unavailable: kind('storage', 503, true, 'The object store cannot be reached'),
  store_full: kind('storage', 507, true, 'The object store is full'),
  store_refused: kind('storage', 500, false, 'The object store refused the operation'),
  object_missing: kind('storage', 404, false, 'The stored object is missing'),
  object_expired: kind('storage', 410, false, 'The stored object was deleted when its time was over'),
  object_corrupt: kind('storage', 500, false, 'The stored object is not what was stored'),
  record_invalid: kind('transform', 422, false, 'The record cannot become a document'),
  transform_failed: kind('transform', 422, false, 'The transform failed'),
  sink_unavailable: kind('sink', 503, true, 'The sink cannot be reached'),
  sink_full: kind('sink', 507, true, 'The sink is full'),
  sink_rejected: kind('sink', 422, false, 'The sink refused the document'),
  backlog_full: kind('system', 429, true, 'Too much waits to be delivered'),
  overloaded: kind('system', 503, true, 'The process has all in hand that it can'),
  ledger_unavailable: kind('system', 503, true, 'The ledger cannot be reached'),
  queue_unavailable: kind('system', 503, true, 'The queue cannot be reached'),
  api_unreachable: kind('system', 503, true, 'The API cannot be reached'),
  secret_unreadable: kind('system', 500, false, 'A stored secret cannot be opened'),
  folder_in_use: kind('system', 409, false, 'Another process uses the folder'),
  port_in_use: kind('system', 409, false, 'The port is in use'),
  interrupted: kind('system', 409, false, 'The run was interrupted'),
  timed_out: kind('system', 504, false, 'The run took longer than its timeout'),
  lease_lost: kind('system', 409, true, 'The run belongs to another worker now'),
  worker_lost: kind('system', 500, false, 'The worker was lost too often'),
  clock_skew: kind('system', 500, false, 'The clock of the worker is wrong'),
  internal: kind('system', 500, true, 'Something went wrong inside'),
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorKinds
export const errorCodes = Object.keys(errorKinds) as ErrorCode[]

/** One thing that is wrong with an input: the field (dotted path), the problem, and the way out. */
export interface FieldProblem {
  readonly field: string
  readonly problem: string
  readonly hint?: string
}

export interface ErrorDetails {
  readonly cause?: unknown
  /** The fields at fault, when the error is about an input. */
  readonly errors?: readonly FieldProblem[]
  /** What the other side called it (`incorrect_api_key`), when it has a name for it. */
  readonly upstreamCode?: string
  /** Milliseconds after which a retry makes sense, when the other side said so. */
  readonly retryAfterMs?: number
}

/**
 * The one error class. Everything a caller may decide on is data: the code and, by it, origin, status and retryability.
 * The message is for people; it must never contain a secret or a payload.
 */
export class WeaverError extends Error {
  override readonly name = 'WeaverError'
  readonly code: ErrorCode
  readonly errors: readonly FieldProblem[]
  readonly upstreamCode: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.errors = details.errors ?? []
    this.upstreamCode = details.upstreamCode
    this.retryAfterMs = details.retryAfterMs
  }

  get origin(): ErrorOrigin {
    return errorKinds[this.code].origin
  }

  get retryable(): boolean {
    return errorKinds[this.code].retryable
  }

  get status(): number {
    return errorKinds[this.code].status
  }
}

/** Makes any thrown value a {@link WeaverError}; what is not one already becomes `internal`, with the value as its cause. */
export function toWeaverError(thrown: unknown): WeaverError {
  if (thrown instanceof WeaverError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new WeaverError('internal', message, { cause: thrown })
}
