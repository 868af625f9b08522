import type { FieldProblem } from '@data-weaver/contracts'

export const credentialHeaders: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie'])

const connectionHeaders: ReadonlySet<string> = new Set([
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

const isToken = (name: string): boolean => /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)

/** What stands in the way of sending a header with this name. */
export function nameProblem(field: string, name: string): FieldProblem | undefined {
  if (!isToken(name)) return { field, problem: 'is not a header name' }
  return connectionHeaders.has(name.toLowerCase()) ? { field, problem: 'cannot be set', hint: 'The connection sets it.' } : undefined
}

/** What stands in the way of sending a header with this value. */
export function valueProblem(field: string, value: string): FieldProblem | undefined {
  return /^[\t\x20-\x7e]*$/.test(value) ? undefined : { field, problem: 'has characters that a header cannot carry' }
}
