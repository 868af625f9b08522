import type { Adapter, FieldProblem, Page } from '@data-weaver/contracts'
import { invalidConfig, missingSecrets } from '../src/config.ts'
import { records } from './records.ts'
import { KafkaConfig, KafkaSecrets } from './schema.ts'

export const kafka: Adapter<typeof KafkaConfig, typeof KafkaSecrets> = {
  id: 'kafka',
  summary: 'Topics of Apache Kafka and of what speaks its protocol: every message once, from its offset on.',
  mode: 'live',
  config: KafkaConfig,
  secrets: KafkaSecrets,
  example: { brokers: ['kafka-1.example.com:9092'], topics: ['orders'], primaryKey: ['id'] },
  validate,
  // The library is loaded by who reads, not by who only knows that it can be done.
  async *pages(context): AsyncGenerator<Page> {
    const { pages } = await import('./pages.ts')
    yield* pages(context)
  },
  records,
}

function validate(config: KafkaConfig, secretNames: readonly string[]): void {
  const { brokers, sasl, tls = false, value = 'json', records: { path } = {}, reconnect } = config
  const problems: FieldProblem[] = []
  for (const [index, broker] of brokers.entries()) {
    const url = /^[^/?#@\s]+:\d{1,5}$/.test(broker) ? URL.parse(`http://${broker}`) : null
    if (url === null || url.hostname === '')
      problems.push({
        field: `config.brokers.${index}`,
        problem: 'is not a host and a port',
        hint: 'For example kafka-1.example.com:9092.',
      })
  }
  if (sasl?.mechanism === 'plain' && !tls)
    problems.push({
      field: 'config.sasl.mechanism',
      problem: 'would send the password in the clear',
      hint: 'Set `tls`, or use `scram-sha-512`.',
    })
  if (path !== undefined && value !== 'json')
    problems.push({ field: 'config.records.path', problem: `leads nowhere in values that are ${value}` })
  if (reconnect?.minMs !== undefined && reconnect.maxMs !== undefined && reconnect.minMs > reconnect.maxMs)
    problems.push({ field: 'config.reconnect.minMs', problem: 'is more than `config.reconnect.maxMs`' })
  if (problems.length > 0) throw invalidConfig(problems)
  const missing = [
    ...(sasl !== undefined ? ['password'] : []),
    ...(secretNames.includes('certificate') || secretNames.includes('private_key') ? ['certificate', 'private_key'] : []),
  ].filter((name) => !secretNames.includes(name))
  if (missing.length > 0)
    throw missingSecrets(missing, (name) => (name === 'password' ? 'Needed by `config.sasl`.' : 'A certificate and its key go together.'))
}
