import { type DescMessage, fromBinary, type Message } from '@bufbuild/protobuf'
import { reflect, type ReflectList, type ReflectMessage } from '@bufbuild/protobuf/reflect'
import type { JsonObject, Rec, RecordProblem } from '@data-weaver/contracts'
import { invalidConfig } from '../src/config.ts'
import { lookup, parsePath, type Path } from '../src/path.ts'
import type { OutputType } from './descriptors.ts'
import { messageJson } from './message-json.ts'
import type { SubstreamsConfig } from './schema.ts'

/** What is known of a block besides its output. */
export interface BlockFacts {
  readonly number: number
  readonly id: string
  /** ISO 8601, or null when the endpoint did not say. */
  readonly time: string | null
}

export type ReadingConfig = Pick<SubstreamsConfig, 'records' | 'primaryKey' | 'deletedWhen' | 'bytes'>

/** Reads the records in the output of one block. */
export type OutputReader = (block: BlockFacts, output: Uint8Array) => (Rec | RecordProblem)[]

/** Fields that each record has besides its own. */
const added = ['_block', '_index'] as const

/**
 * Made once per page or run.
 * @throws WeaverError `invalid_config` when the configuration names fields that the output does not have.
 */
export function outputReader({ message: type, registry }: OutputType, config: ReadingConfig): OutputReader {
  const steps = config.records?.split('.') ?? []
  const recordType = typeAt(type, steps)
  const problems = config.primaryKey.flatMap((path, index) => fieldProblem(recordType, path, `config.primaryKey.${index}`))
  if (config.deletedWhen !== undefined) problems.push(...fieldProblem(recordType, config.deletedWhen.path, 'config.deletedWhen.path'))
  if (problems.length > 0) throw invalidConfig(problems)
  const reading = { bytes: config.bytes ?? 'hex', registry } as const
  const key = config.primaryKey.map((text) => ({ text, path: parsePath(text) }))
  const gone = config.deletedWhen && { path: parsePath(config.deletedWhen.path), equals: config.deletedWhen.equals }
  return (block, output) => {
    let message: Message
    try {
      message = fromBinary(type, output)
    } catch {
      return [{ problem: `the output of block ${block.number} cannot be read as ${type.typeName}` }]
    }
    return messagesAt([reflect(type, message)], steps).map((record, index) => {
      const fields: JsonObject = { ...messageJson(recordType, record.message, reading), _block: { ...block }, _index: index }
      const deleted = gone !== undefined && lookup(fields, gone.path) === gone.equals
      return recordOf(fields, key, deleted)
    })
  }
}

function recordOf(
  fields: JsonObject,
  parts: readonly { readonly text: string; readonly path: Path }[],
  deleted: boolean,
): Rec | RecordProblem {
  const key: (string | number)[] = []
  for (const { text, path } of parts) {
    const value = lookup(fields, path)
    if (typeof value !== 'number' && (typeof value !== 'string' || value === '')) {
      return { problem: `the record has no text or number at \`${text}\`, which is part of its primary key` }
    }
    key.push(value)
  }
  return deleted ? { key, fields, deleted } : { key, fields }
}

/** The type of what a path leads to, through messages and lists of messages. */
function typeAt(type: DescMessage, steps: readonly string[]): DescMessage {
  let current = type
  for (const step of steps) {
    const field = current.fields.find(({ name }) => name === step)
    if (field?.message === undefined || field.fieldKind === 'map') {
      const candidates = current.fields.filter(({ message, fieldKind }) => message !== undefined && fieldKind !== 'map')
      const hint = `${current.typeName} has: ${candidates.map(({ name }) => name).join(', ') || 'none'}.`
      throw invalidConfig([{ field: 'config.records', problem: `has "${step}", which is no field with messages`, hint }])
    }
    current = field.message
  }
  return current
}

function fieldProblem(type: DescMessage, path: string, field: string) {
  const first = path.split('.')[0] ?? ''
  if (added.some((name) => name === first) || type.fields.some(({ name }) => name === first)) return []
  const names = type.fields.map(({ name }) => name).join(', ')
  return [{ field, problem: `has "${first}", which is no field of the record`, hint: `${type.typeName} has: ${names}.` }]
}

function messagesAt(messages: readonly ReflectMessage[], steps: readonly string[]): readonly ReflectMessage[] {
  const [step, ...rest] = steps
  if (step === undefined) return messages
  const inner = messages.flatMap((message): ReflectMessage[] => {
    const field = message.fields.find(({ name }) => name === step)
    if (field === undefined || !message.isSet(field)) return []
    if (field.fieldKind === 'list') return Array.from(message.get(field) as ReflectList<ReflectMessage>)
    return field.fieldKind === 'message' ? [message.get(field)] : []
  })
  return messagesAt(inner, rest)
}
