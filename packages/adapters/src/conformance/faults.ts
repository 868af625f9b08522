import type { ErrorCode } from '@data-weaver/contracts'
import { limits } from './harness.ts'
import type { Fault, SourceRequest } from './scripted-source.ts'

/** Something that sources do, and what an adapter must make of it. */
export interface FaultCase {
  readonly name: string
  readonly fault: Fault
  readonly code: ErrorCode
  /** What must be in the message. */
  readonly says?: RegExp
  readonly retryAfterMs?: number
}

/** Headers that every client sends: they say nothing, and would push what matters out of an excerpt. */
const usual = /^(?:host|connection|user-agent|accept|accept-.*|content-.*)$/

/** What a source knows of the caller, as some of them send it back in their errors: credentials first. */
const echo = ({ url, headers }: SourceRequest) => ({
  ...Object.fromEntries(Object.entries(headers).filter(([name]) => !usual.test(name))),
  ...Object.fromEntries(url.searchParams),
  url: url.search,
})

const status = (code: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'answer',
  answer: (request) => ({ status: code, headers: { 'content-type': 'application/json', ...headers }, body: echo(request) }),
})

const body = (make: (healthy: Buffer) => unknown, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'answer',
  answer: (_request, healthy) => ({ headers: { 'content-type': 'application/json', ...headers }, body: make(healthy) }),
})

const page: Fault = {
  kind: 'answer',
  answer: (request) => ({
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html><html>${JSON.stringify(echo(request))}</html>`,
  }),
}

/** Valid JSON with something in it that is not UTF-8. */
const latin1 = (healthy: Buffer) => Buffer.concat([Buffer.from('{"caf\u00e9": ', 'latin1'), healthy, Buffer.from('}')])

export const faultCases: readonly FaultCase[] = [
  { name: '401', fault: status(401), code: 'auth_failed', says: /401/ },
  { name: '403', fault: status(403), code: 'auth_failed', says: /403/ },
  { name: '404', fault: status(404), code: 'source_not_found', says: /404/ },
  { name: '408', fault: status(408), code: 'source_unavailable' },
  { name: '422', fault: status(422), code: 'source_rejected', says: /422/ },
  { name: '429', fault: status(429), code: 'rate_limited' },
  { name: '429 with Retry-After in seconds', fault: status(429, { 'retry-after': '7' }), code: 'rate_limited', retryAfterMs: 7000 },
  {
    name: '429 with Retry-After as a date',
    fault: status(429, { date: 'Sun, 01 Mar 2026 12:00:00 GMT', 'retry-after': 'Sun, 01 Mar 2026 12:00:09 GMT' }),
    code: 'rate_limited',
    retryAfterMs: 9000,
  },
  { name: '429 with X-RateLimit-Reset', fault: status(429, { 'x-ratelimit-reset': '11' }), code: 'rate_limited', retryAfterMs: 11_000 },
  { name: '500', fault: status(500), code: 'source_unavailable', says: /500/ },
  { name: '503 with Retry-After', fault: status(503, { 'retry-after': '3' }), code: 'source_unavailable', retryAfterMs: 3000 },
  { name: 'an HTML page', fault: page, code: 'source_malformed', says: /HTML/ },
  { name: 'half the JSON', fault: body((healthy) => healthy.subarray(0, Math.floor(healthy.length / 2))), code: 'source_malformed' },
  {
    name: 'no JSON',
    fault: body(() => 'true story', { 'content-type': 'text/plain' }),
    code: 'source_malformed',
    says: /text\/plain.*true story/,
  },
  { name: 'an empty body', fault: body(() => ''), code: 'source_malformed', says: /empty/ },
  { name: 'JSON that is not UTF-8', fault: body(latin1), code: 'source_malformed', says: /UTF-8/ },
  {
    name: 'an answer that is too large',
    fault: body((healthy) => Buffer.concat([Buffer.alloc(limits.maxBytes, ' '), healthy])),
    code: 'source_too_large',
  },
  { name: 'an answer that is cut off', fault: { kind: 'cut' }, code: 'source_truncated' },
  { name: 'an answer that never begins', fault: { kind: 'silence' }, code: 'source_timeout' },
  { name: 'an answer that stops half way', fault: { kind: 'hang' }, code: 'source_timeout' },
  { name: 'an answer that comes too slowly', fault: { kind: 'drip' }, code: 'source_timeout' },
]
