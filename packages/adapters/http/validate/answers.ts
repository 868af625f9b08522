import { errorKinds, type FieldProblem } from '@data-weaver/contracts'
import type { HttpConfig } from '../schema.ts'
import type { Records } from '../schema/records.ts'

export function* recordsProblems(field: string, records: Records | undefined): Generator<FieldProblem> {
  const type = records?.decoder?.type
  if (records?.path !== undefined && (type === 'csv' || type === 'feed')) {
    yield { field: `${field}.path`, problem: `has no meaning with the decoder \`${type}\``, hint: 'Its rows or entries are the records.' }
  }
  if (records?.encoding !== undefined && !isEncoding(records.encoding)) {
    yield { field: `${field}.encoding`, problem: 'is not a character encoding', hint: 'For example utf-8 or windows-1252.' }
  }
}

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== ''
  } catch {
    return false
  }
}

export function* conditionalProblems({ request, pagination, partitions }: HttpConfig): Generator<FieldProblem> {
  if (request.conditional === undefined) return
  const field = 'config.request.conditional'
  const hint = 'One page that did not change says nothing of the others.'
  if (pagination !== undefined) yield { field, problem: 'cannot be there beside `pagination`', hint }
  if (partitions !== undefined && partitions.type !== 'list')
    yield { field, problem: `cannot be there beside partitions of the type \`${partitions.type}\``, hint }
}

export function* handlerProblems({ errorHandlers = [], auth }: HttpConfig): Generator<FieldProblem> {
  for (const [index, { do: action, code }] of errorHandlers.entries()) {
    const at = `config.errorHandlers.${index}`
    if (action === 'refresh' && auth?.type !== 'oauth2' && auth?.type !== 'session') {
      yield {
        field: `${at}.do`,
        problem: 'is "refresh", and `auth` has nothing to renew',
        hint: 'Of the type "oauth2" or "session" it has.',
      }
    }
    if (code === undefined) continue
    const again = action === 'retry' || action === 'rateLimited'
    if (action === 'ignore' || action === 'deadLetter')
      yield { field: `${at}.code`, problem: `has no meaning with "${action}", which is no error` }
    else if (errorKinds[code].retryable !== again) {
      const problem = again ? `cannot be \`${code}\`, which is not tried again` : `cannot be \`${code}\`, which is tried again`
      yield { field: `${at}.code`, problem, hint: 'The code decides whether a run is tried again.' }
    }
  }
}
