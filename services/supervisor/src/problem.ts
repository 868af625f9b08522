import type { Socket } from 'node:net'
import { type ErrorCode, fieldProblems, type Problem, summary, toProblem, WeaverError } from '@data-weaver/contracts'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

export const problemType = 'application/problem+json'

type Invalid = NonNullable<FastifyError['validation']>

/** What the framework refuses, by its codes. The texts are ours: those of parsers quote the body, and a body may hold a secret. */
const refusals: Readonly<Record<string, readonly [code: ErrorCode, detail: string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_request', 'the body is not valid JSON'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_request', 'the body is empty'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'the body is not as long as Content-Length says'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'send JSON with "Content-Type: application/json"'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'the body is larger than 1 MiB'],
  FST_ERR_BAD_URL: ['invalid_request', 'the path has a percent sign that is no encoding'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'the path has a part that is longer than any name here'],
}

const byStatus: Readonly<Record<number, readonly [code: ErrorCode, detail: string]>> = {
  400: ['invalid_request', 'the request cannot be understood'],
  404: ['not_found', 'there is nothing here'],
  405: ['method_not_allowed', 'the method is not allowed here'],
  413: ['payload_too_large', 'the request is too large'],
  415: ['unsupported_media_type', 'the media type is not supported'],
}

/** Any error as one of ours. What was not foreseen becomes `internal`, with a text that gives nothing away. */
export function requestError(thrown: unknown, request: Pick<FastifyRequest, 'id' | 'body'>): WeaverError {
  if (thrown instanceof WeaverError && thrown.code !== 'internal') return thrown
  const { code, statusCode, validation, validationContext } = (thrown ?? {}) as Partial<FastifyError>
  if (validation !== undefined) return invalidRequest(validation, validationContext ?? 'body', request.body)
  const known = (code === undefined ? undefined : refusals[code]) ?? (statusCode === undefined ? undefined : byStatus[statusCode])
  if (known !== undefined && !(thrown instanceof WeaverError)) return new WeaverError(known[0], known[1])
  return new WeaverError('internal', `this should not happen; the log says more at ${request.id}`, { cause: thrown })
}

function invalidRequest(validation: Invalid, context: string, body: unknown): WeaverError {
  if (context === 'body' && body === undefined) {
    const hint = 'Send a JSON object with "Content-Type: application/json".'
    return new WeaverError('invalid_request', 'the body is missing', { errors: [{ field: '', problem: 'is missing', hint }] })
  }
  const errors = fieldProblems(validation as Parameters<typeof fieldProblems>[0])
  return new WeaverError('invalid_request', summary(errors), { errors })
}

/** Answers an error as problem details (RFC 9457) and logs it when it is ours to mend. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = requestError(thrown, request)
  if (error.code === 'internal') request.log.error({ err: error.cause ?? error }, 'request failed unexpectedly')
  else if (error.status >= 500) request.log.warn({ code: error.code, err: error }, 'request failed')
  if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000))
  return reply.code(error.status).type(problemType).send(problemFor(error, request))
}

/** The request is named as it is in the log. */
export const problemFor = (error: WeaverError, request: Pick<FastifyRequest, 'id'>): Problem => toProblem(error, `urn:uuid:${request.id}`)

const clientErrors: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}

/** Bytes that are no HTTP never become a request; the answer is written by hand. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return
  const status = clientErrors[error.code ?? ''] ?? '400 Bad Request'
  const problem = {
    ...toProblem(new WeaverError('invalid_request', 'this is not a request in HTTP/1.1')),
    status: Number(status.slice(0, 3)),
  }
  const body = JSON.stringify(problem)
  const head = [`HTTP/1.1 ${status}`, `Content-Type: ${problemType}`, `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close']
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
