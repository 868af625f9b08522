import type { FieldProblem } from '@data-weaver/contracts'
import { cursorValue, millisOf } from '../order.ts'
import type { HttpConfig } from '../schema.ts'
import { namesUsed, partitionNames } from './names.ts'
import { bodyHint, noBody } from './pagination.ts'
import { takesBodyParameters } from './request.ts'

export function* incrementalProblems(config: HttpConfig): Generator<FieldProblem> {
  const { incremental, partitions, request } = config
  if (incremental === undefined) return
  const { order, start, parameter, until, format, lookback, sorted, into, scope } = incremental
  const ofTime = order === 'time' || order === 'epochSeconds' || order === 'epochMillis'
  const at = 'config.incremental'
  const windows = partitions?.type === 'window'
  if (start !== undefined && cursorValue(start, order) === undefined) {
    yield { field: `${at}.start`, problem: `cannot be compared in the order \`${order}\`` }
  }
  if (lookback !== undefined && order === 'text') yield { field: `${at}.lookback`, problem: 'has no meaning in the order `text`' }
  for (const [name, given] of Object.entries({ until, format })) {
    if (given !== undefined && !ofTime) yield { field: `${at}.${name}`, problem: `needs times, not the order \`${order}\`` }
  }
  if (windows && !ofTime) yield { field: `${at}.order`, problem: 'must be one of times where partitions are windows' }
  if (windows && parameter !== undefined)
    yield { field: `${at}.parameter`, problem: 'cannot be there beside windows, which say where to begin' }
  if (scope !== undefined && (partitions === undefined || windows)) {
    yield { field: `${at}.scope`, problem: 'is about partitions, and there are none with values of their own' }
  }
  if (into === 'body' && !takesBodyParameters(request)) yield { field: `${at}.into`, problem: noBody, hint: bodyHint }
  const inText = namesUsed(request).includes('cursor')
  if (parameter === undefined && !inText && !windows && sorted !== 'descending') {
    yield {
      field: `${at}.parameter`,
      problem: 'is missing',
      hint: 'Nothing else asks for what is new: it or `{{cursor}}` in `request` does.',
    }
  }
  const { query: _, ...elsewhere } = request
  if (namesUsed(elsewhere).includes('cursor') && start === undefined) {
    yield {
      field: `${at}.start`,
      problem: 'is missing',
      hint: 'Outside of `query`, {{cursor}} must stand for something from the beginning.',
    }
  }
}

export function* partitionProblems({ partitions, request }: HttpConfig): Generator<FieldProblem> {
  if (partitions === undefined) return
  const names = partitionNames(partitions)
  if (partitions.type === 'list') {
    for (const [index, one] of partitions.values.entries()) {
      const same = Object.keys(one).length === names.length && names.every((name) => Object.hasOwn(one, name))
      if (!same)
        yield {
          field: `config.partitions.values.${index}`,
          problem: 'has other names than the first',
          hint: `They are ${names.join(', ')}.`,
        }
    }
  }
  if (partitions.type === 'window') {
    const [start, end] = [millisOf(partitions.start), partitions.end === undefined ? undefined : millisOf(partitions.end)]
    if (start === undefined) yield { field: 'config.partitions.start', problem: 'is not an ISO 8601 time' }
    if (partitions.end !== undefined && end === undefined) yield { field: 'config.partitions.end', problem: 'is not an ISO 8601 time' }
    else if (start !== undefined && end !== undefined && end <= start)
      yield { field: 'config.partitions.end', problem: 'is not after `start`' }
  }
  if (!namesUsed(request).some((name) => name.startsWith('partition.'))) {
    const known = names.map((name) => `{{partition.${name}}}`).join(', ')
    yield {
      field: 'config.partitions',
      problem: 'make no difference: `request` has none of their placeholders',
      hint: `They are ${known}.`,
    }
  }
}
