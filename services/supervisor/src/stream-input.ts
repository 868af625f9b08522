import { adapter as adapterById, parseConfig } from '@data-weaver/adapters'
import {
  type Adapter,
  defaultRetry,
  parse,
  type Schedule,
  type Secrets,
  specDefaults,
  type Stream,
  type StreamCreate,
  StreamSpec,
  WeaverError,
} from '@data-weaver/contracts'
import type { StreamWithRevision } from '@data-weaver/ledger'
import { defaultTimeout, validateSchedule } from '@data-weaver/schedule'
import { parseSinkEntries } from '@data-weaver/sinks'
import { validateTransform } from '@data-weaver/transform'
import { v7 as uuidv7 } from 'uuid'
import { type SinkParts, type SupervisorParts, tenant } from './parts.ts'

/** Longest timeout of a run, milliseconds, as its schema has it. */
const longestTimeoutMs = 7 * 86_400_000

/** Milliseconds that a run may take when the stream does not say. */
export const timeoutFor = (schedule: Schedule): number => Math.min(defaultTimeout(schedule), longestTimeoutMs)

const specFields = Object.keys(StreamSpec.properties) as (keyof StreamSpec)[]

const specPart = (from: Partial<StreamSpec>): Partial<StreamSpec> =>
  Object.fromEntries(specFields.flatMap((field) => (from[field] === undefined ? [] : [[field, from[field]]])))

/** The configuration of a new stream, with everything filled in that was left out. */
export const specOf = (given: StreamCreate): StreamSpec => ({
  ...specDefaults,
  timeout: timeoutFor(given.schedule),
  bucket: 'results',
  transform: null,
  sinks: [{ type: 'postgres' }],
  pool: 'default',
  retry: defaultRetry,
  config: given.config,
  schedule: given.schedule,
  ...specPart(given),
})

/** The configuration that a stream has now. */
export const currentSpec = (stream: Stream): StreamSpec => specPart(stream) as StreamSpec

/** Live adapters hold a connection and run without end, pushed ones never run by themselves; others come and go. @throws WeaverError `invalid_schedule` */
export function matchSchedule({ mode, pushed }: Adapter, schedule: Schedule): void {
  const wanted = mode === 'live' ? 'continuous' : pushed ? 'manual' : undefined
  if (wanted === undefined ? !('continuous' in schedule) : wanted in schedule) return
  const why = wanted === 'manual' ? 'its source sends by itself' : 'the adapter holds a live connection'
  const problem = wanted === undefined ? 'cannot be continuous: the adapter polls' : `must be {"${wanted}":true}: ${why}`
  const hint = wanted === undefined ? 'Set an interval, for example {"every":300000}.' : `Set {"${wanted}":true}.`
  throw new WeaverError('invalid_schedule', `schedule ${problem}`, { errors: [{ field: 'schedule', problem, hint }] })
}

/**
 * Checks a whole configuration, as it would be stored, with the defaults of the adapter filled in.
 * @param secretNames the names of the secrets that the stream has, or will have
 * @param parts what the process has that sinks may need
 * @throws WeaverError `unknown_adapter`, `invalid_config`, `missing_secret`, `invalid_schedule`, `invalid_transform`, `unknown_sink`.
 */
export function checkedSpec(
  adapterId: string,
  spec: StreamSpec,
  secretNames: readonly string[],
  { vespaUrl, vespaSchemas, embedding }: SinkParts,
): StreamSpec {
  const whole = parse(StreamSpec, spec, 'invalid_config')
  const config = parseConfig(adapterById(adapterId), whole.config, secretNames) as StreamSpec['config']
  validateSchedule(whole.schedule)
  matchSchedule(adapterById(adapterId), whole.schedule)
  if (whole.transform !== null) validateTransform(whole.transform)
  const environment = {
    ...(vespaUrl === undefined ? {} : { vespaUrl }),
    ...(vespaSchemas === undefined ? {} : { vespaSchemas }),
    ...(embedding === undefined ? {} : { embedding }),
  }
  return { ...whole, config, sinks: parseSinkEntries(whole.sinks, 'sinks', environment) }
}

type StoreParts = Pick<SupervisorParts, 'ledger' | 'vault'> & SinkParts

/** Makes a stopped stream. @throws WeaverError what {@link checkedSpec} throws, `name_taken`. */
export async function createStream(
  parts: StoreParts,
  name: string,
  adapter: string,
  spec: StreamSpec,
  secrets: Secrets,
): Promise<StreamWithRevision> {
  const { ledger, vault } = parts
  const checked = checkedSpec(adapter, spec, Object.keys(secrets), parts)
  const id = uuidv7()
  const sealed = Object.fromEntries(
    Object.entries(secrets).map(([secret, value]) => [secret, vault.seal({ tenant, streamId: id, name: secret }, value)]),
  )
  return await ledger.streams.create({ id, tenant, name, adapter, spec: checked, sealed })
}

export interface StreamEdit {
  readonly spec: StreamSpec
  /** Secrets to set, null to remove. */
  readonly secrets: Readonly<Record<string, string | null>>
}

/** Times that a change is tried again because somebody else changed the stream meanwhile. */
const mostTries = 5

/**
 * Changes a stream: `edit` gets it as it is and answers what it should be. A stream that is so already is left alone.
 * @throws WeaverError `not_found`, `version_conflict`, and what {@link checkedSpec} throws.
 */
export async function changeStream(
  parts: StoreParts,
  id: string,
  edit: (stream: Stream) => StreamEdit,
  ifRevision?: number,
): Promise<StreamWithRevision> {
  const { ledger } = parts
  for (let tries = 1; ; tries += 1) {
    const { stream, revision } = await ledger.streams.get(tenant, id)
    if (ifRevision !== undefined && ifRevision !== revision) {
      throw new WeaverError(
        'version_conflict',
        `stream "${stream.name}" was changed meanwhile: its ETag is "${revision}" now, read it again`,
      )
    }
    const { spec, secrets } = edit(stream)
    const names = new Set([...stream.secretNames, ...Object.keys(secrets)])
    for (const [name, value] of Object.entries(secrets)) if (value === null) names.delete(name)
    const checked = checkedSpec(stream.adapter, spec, [...names], parts)
    const sealed = await sealedChanges(parts, stream, secrets)
    try {
      return await ledger.streams.change(tenant, stream.id, { spec: checked, sealed, ifRevision: revision })
    } catch (error) {
      const overtaken = error instanceof WeaverError && error.code === 'version_conflict' && ifRevision === undefined
      if (!overtaken || tries === mostTries) throw error
    }
  }
}

/** What really changes, sealed: a secret that is set to what it is would look like a change, and one that is not there is gone already. */
async function sealedChanges(
  { ledger, vault }: StoreParts,
  stream: Stream,
  secrets: StreamEdit['secrets'],
): Promise<Record<string, string | null>> {
  const entries = Object.entries(secrets)
  if (entries.length === 0) return {}
  const stored = await ledger.streams.sealedSecrets(stream.id)
  const changes = entries.flatMap(([name, value]): [string, string | null][] => {
    const known = stored[name]
    if (value === null) return known === undefined ? [] : [[name, null]]
    const place = { tenant, streamId: stream.id, name }
    return known !== undefined && opens(vault, place, known) === value ? [] : [[name, vault.seal(place, value)]]
  })
  return Object.fromEntries(changes)
}

/** The stored value, or undefined when it cannot be opened: then a new one is welcome. */
function opens(vault: StoreParts['vault'], place: Parameters<StoreParts['vault']['open']>[0], sealed: string): string | undefined {
  try {
    return vault.open(place, sealed)
  } catch (error) {
    if (error instanceof WeaverError && error.code === 'secret_unreadable') return undefined
    throw error
  }
}
