import type { FieldProblem } from '@data-weaver/contracts'
import type { Pagination } from '../schema/pagination.ts'
import type { PartitionRequest } from '../schema/request.ts'
import { takesBodyParameters } from './request.ts'

/** The rules of a pagination, with the request that it belongs to. */
export function* paginationProblems(field: string, pagination: Pagination | undefined, request: PartitionRequest): Generator<FieldProblem> {
  if (pagination === undefined || pagination.type === 'next') return
  const { stop, size, into } = pagination
  const counted = pagination.type === 'page' || pagination.type === 'offset'
  if (stop?.on === 'total' && !counted) {
    yield { field: `${field}.stop.on`, problem: `cannot be "total" with \`${pagination.type}\``, hint: 'Nobody counts there. Use "value".' }
  } else if (size === undefined && (stop?.on === 'shortPage' || (stop?.on === 'total' && stop.counts === 'records'))) {
    yield { field: `${field}.size`, problem: 'is missing', hint: `\`stop\` cannot tell the last page without it.` }
  }
  if (into === 'body' && !takesBodyParameters(request)) yield { field: `${field}.into`, problem: noBody, hint: bodyHint }
}

export const noBody = 'cannot be "body" where the request has none that fields go into'
export const bodyHint = 'Use `body` or `form`, and a method other than GET.'
