import { type Adapter, type FieldProblem, type Page, WeaverError } from '@data-weaver/contracts'
import { invalidConfig, missingSecrets } from '../src/config.ts'
import { records } from './records.ts'
import { PushConfig, PushSecrets } from './schema.ts'

export const push: Adapter<typeof PushConfig, typeof PushSecrets> = {
  id: 'push',
  summary: 'Whatever a source sends by itself to this API: webhooks, events, lines of logs, files.',
  mode: 'poll',
  pushed: true,
  config: PushConfig,
  secrets: PushSecrets,
  example: {
    contentTypes: ['application/json'],
    records: { path: 'items' },
    primaryKey: ['id'],
    deletedWhen: { path: 'action', equals: 'deleted' },
  },
  validate,
  pages: nothingToFetch,
  records,
}

function nothingToFetch(): AsyncIterable<Page> {
  const message = 'there is nothing to fetch for this stream: its source sends to POST /v1/ingest/{stream}'
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new WeaverError('not_polled', message)) }) }
}

/** Headers that are or may be credentials. */
const credentialHeaders = new Set(['authorization', 'proxy-authorization', 'cookie'])

function validate(config: PushConfig, secretNames: readonly string[]): void {
  const { auth, keepHeaders = [], headersField, format = 'json', records: { path } = {}, idempotencyHeader } = config
  const problems: FieldProblem[] = []
  const proof = auth === undefined ? undefined : 'header' in auth ? auth.header.toLowerCase() : undefined
  for (const [index, name] of keepHeaders.entries()) {
    const lower = name.toLowerCase()
    if (credentialHeaders.has(lower) || lower === proof)
      problems.push({ field: `config.keepHeaders.${index}`, problem: 'would keep a credential in plain text', hint: 'Leave it out.' })
  }
  if (proof !== undefined && idempotencyHeader?.toLowerCase() === proof)
    problems.push({ field: 'config.idempotencyHeader', problem: 'is the header of `config.auth`' })
  if (headersField !== undefined && keepHeaders.length === 0)
    problems.push({ field: 'config.headersField', problem: 'has no headers to hold', hint: 'Name them in `config.keepHeaders`.' })
  if (path !== undefined && (format === 'text' || format === 'binary'))
    problems.push({ field: 'config.records.path', problem: `leads nowhere in a body that is ${format}` })
  if (problems.length > 0) throw invalidConfig(problems)
  if (auth !== undefined && !secretNames.includes('signing_key')) throw missingSecrets(['signing_key'], () => 'Needed by `config.auth`.')
}
