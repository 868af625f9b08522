import type { FieldProblem } from '@data-weaver/contracts'
import { invalidConfig, missingSecrets } from '../../src/config.ts'
import type { HttpConfig } from '../schema.ts'
import { conditionalProblems, handlerProblems, recordsProblems } from './answers.ts'
import { authProblems, mentionedSecrets } from './auth.ts'
import { incrementalProblems, partitionProblems } from './incremental.ts'
import { constantNames, requestNames } from './names.ts'
import { paginationProblems } from './pagination.ts'
import { inPiecesProblems, isForLargeAnswers } from '../large/limits.ts'
import { requestProblems } from './request.ts'

/**
 * The rules between fields.
 * @throws WeaverError `invalid_config` naming fields below `config`, `missing_secret` for one that `auth` mentions.
 */
export function validate(config: HttpConfig, secretNames: readonly string[]): void {
  const problems = [...problemsOf(config)]
  if (problems.length > 0) throw invalidConfig(problems)
  const mentioned = mentionedSecrets(config.auth)
  const missing = [...mentioned.keys()].filter((name) => !secretNames.includes(name))
  if (missing.length > 0) throw missingSecrets(missing, (name) => `Named by \`${mentioned.get(name)}\`.`)
}

function* problemsOf(config: HttpConfig): Generator<FieldProblem> {
  const { request, records, pagination, partitions } = config
  yield* requestProblems('config.request', request, config, requestNames(config))
  yield* authProblems(config)
  yield* parameterProblems(config)
  yield* paginationProblems('config.pagination', pagination, request)
  yield* recordsProblems('config.records', records)
  yield* incrementalProblems(config)
  yield* partitionProblems(config)
  yield* conditionalProblems(config)
  yield* handlerProblems(config)
  if (isForLargeAnswers(config)) yield* inPiecesProblems(config)
  if (partitions?.type !== 'request') return
  yield* requestProblems('config.partitions.request', partitions.request, config, constantNames(config))
  yield* paginationProblems('config.partitions.pagination', partitions.pagination, partitions.request)
  yield* recordsProblems('config.partitions.records', partitions.records)
}

/** One query parameter cannot say two things. */
function* parameterProblems({ request, auth, pagination, incremental }: HttpConfig): Generator<FieldProblem> {
  const paged = pagination === undefined || pagination.type === 'next' ? undefined : pagination
  const inQuery = (part: { readonly into?: 'query' | 'body' } | undefined, name: string | undefined) =>
    part?.into === 'body' ? undefined : name
  const signed =
    auth?.type === 'hmac' ? Object.entries({ signature: auth.signature, timestamp: auth.timestamp, nonce: auth.nonce, key: auth.key }) : []
  const uses: [field: string, name: string | undefined][] = [
    ...Object.keys(request.query ?? {}).map((name): [string, string] => [`config.request.query.${name}`, name]),
    ['config.pagination.parameter', inQuery(paged, paged?.parameter)],
    ['config.pagination.size.parameter', inQuery(paged, paged?.size?.parameter)],
    ['config.incremental.parameter', inQuery(incremental, incremental?.parameter)],
    ['config.incremental.until', incremental?.until],
    ['config.auth.name', auth?.type === 'query' ? auth.name : undefined],
    ...signed.map(([field, place]): [string, string | undefined] => [
      `config.auth.${field}.name`,
      place?.in === 'query' ? place.name : undefined,
    ]),
  ]
  const owners = new Map<string, string>()
  for (const [field, name] of uses) {
    if (name === undefined) continue
    const owner = owners.get(name)
    if (owner === undefined) owners.set(name, field)
    else yield { field, problem: `uses the query parameter ${JSON.stringify(name)}, which \`${owner}\` sets` }
  }
}
