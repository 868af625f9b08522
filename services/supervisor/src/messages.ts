import { adapter as adapterById, adapterForName } from '@data-weaver/adapters'
import {
  type Adapter,
  defaultRetry,
  specDefaults,
  type FieldProblem,
  type StartMessage,
  type Stream,
  type StreamSpec,
  WeaverError,
} from '@data-weaver/contracts'
import { type SinkParts, type SupervisorParts, tenant } from './parts.ts'
import { changeStream, createStream, currentSpec, timeoutFor } from './stream-input.ts'

type MessageParts = Pick<SupervisorParts, 'ledger' | 'vault' | 'reconcile'> & SinkParts

/**
 * Makes the stream of this name or changes it, and starts it. The same message again changes nothing.
 * @throws WeaverError that names the fields of the message.
 */
export async function startByMessage(parts: MessageParts, message: StartMessage): Promise<void> {
  const { ledger, reconcile } = parts
  const id = await inWordsOfMessage(async () => (await write(parts, message)).id)
  await ledger.streams.start(tenant, id)
  reconcile()
}

async function write(parts: MessageParts, message: StartMessage): Promise<Stream> {
  const found = await parts.ledger.streams.find(tenant, message.adapter)
  if (found !== undefined) return await change(parts, message, found.stream)
  const adapter = adapterOf(message)
  const secrets = message.secret_key === undefined ? {} : { [mappingOf(adapter).secret]: message.secret_key }
  const spec = {
    ...specDefaults,
    transform: null,
    sinks: [{ type: 'postgres' }],
    pool: 'default',
    retry: defaultRetry,
    bucket: 'results',
    ...asked(adapter, message, false),
  }
  try {
    return (await createStream(parts, message.adapter, adapter.id, spec, secrets)).stream
  } catch (error) {
    if (!(error instanceof WeaverError) || error.code !== 'name_taken') throw error
    // The same message came twice at once, and the other one was first.
    return await change(parts, message, (await parts.ledger.streams.get(tenant, message.adapter)).stream)
  }
}

async function change(parts: MessageParts, message: StartMessage, existing: Stream): Promise<Stream> {
  const adapter = adapterById(existing.adapter)
  if (message.type !== undefined && message.type !== adapter.id) {
    const problem = {
      field: 'type',
      problem: `is not "${adapter.id}", which the stream of this name has`,
      hint: 'Choose another name, or delete that stream.',
    }
    throw new WeaverError('name_taken', `there is a stream "${existing.name}" with adapter "${adapter.id}" already`, { errors: [problem] })
  }
  const changed = await changeStream(parts, existing.id, (stream) => ({
    spec: { ...currentSpec(stream), ...asked(adapter, message, stream.secretNames.includes(mappingOf(adapter).secret)) },
    secrets: message.secret_key === undefined ? {} : { [mappingOf(adapter).secret]: message.secret_key },
  }))
  return changed.stream
}

/** What the message asks for; the rest stays as it is. */
function asked(
  adapter: Adapter,
  message: StartMessage,
  hasSecret: boolean,
): Pick<StreamSpec, 'config' | 'schedule' | 'timeout'> & { bucket?: string } {
  const schedule = { every: message.interval }
  return {
    config: mappingOf(adapter).config(message.endpoint, hasSecret || message.secret_key !== undefined),
    schedule,
    timeout: message.timeout ?? timeoutFor(schedule),
    ...(message.bucket_name === undefined ? {} : { bucket: message.bucket_name }),
  }
}

/** The name finds the adapter; where it does not begin with one, `type` says it. */
function adapterOf({ adapter: name, type }: StartMessage): Adapter {
  const byName = adapterForName(name)
  if (type !== undefined && byName !== undefined && byName.id !== type) {
    const problem = {
      field: 'type',
      problem: `is not "${byName.id}", with which the name begins`,
      hint: 'Leave it out, or choose another name.',
    }
    throw new WeaverError('invalid_request', `type contradicts the name "${name}"`, { errors: [problem] })
  }
  if (byName !== undefined) return byName
  if (type !== undefined) return adapterById(type)
  const prefix = name.split('_', 1)[0] ?? name
  try {
    return adapterById(prefix.toLowerCase())
  } catch (error) {
    if (!(error instanceof WeaverError)) throw error
    const way = `Begin the name with one and "_" (IQAIR_DAILY), or name it in "type".`
    const errors = error.errors.map((problem) => ({
      ...problem,
      problem: 'does not begin with a known adapter',
      hint: `${problem.hint ?? ''} ${way}`.trim(),
    }))
    throw new WeaverError('unknown_adapter', error.message, { errors })
  }
}

function mappingOf(adapter: Adapter): NonNullable<Adapter['startMessage']> {
  if (adapter.startMessage !== undefined) return adapter.startMessage
  const hint = 'Make the stream with POST /v1/streams, which takes the whole configuration.'
  const problem = { field: 'endpoint', problem: `is not enough for the adapter "${adapter.id}"`, hint }
  throw new WeaverError('invalid_request', `the adapter "${adapter.id}" cannot be configured by an endpoint alone`, { errors: [problem] })
}

/** Fields of a stream by the fields of the message that they come from. The first that fits counts. */
const origins: readonly (readonly [field: RegExp, inMessage: string])[] = [
  [/^config(\.|$)/, 'endpoint'],
  [/^secrets(\.|$)/, 'secret_key'],
  [/^schedule(\.|$)/, 'interval'],
  [/^bucket$/, 'bucket_name'],
]

/** Problems of the stream named as the sender knows them. */
async function inWordsOfMessage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof WeaverError) || error.errors.length === 0) throw error
    const errors = error.errors.map((problem): FieldProblem => {
      const inMessage = origins.find(([field]) => field.test(problem.field))?.[1]
      if (inMessage === undefined) return problem
      return {
        ...problem,
        field: inMessage,
        problem:
          inMessage === 'endpoint' && problem.field !== 'config'
            ? `gives a configuration whose ${problem.field} ${problem.problem}`
            : problem.problem,
      }
    })
    throw new WeaverError(error.code, errors.map(({ field, problem }) => `${field} ${problem}`).join('; '), { errors, cause: error })
  }
}
