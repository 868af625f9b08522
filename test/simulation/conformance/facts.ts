import type pg from 'pg'
import type { Tables } from '../model/rows.ts'

/** What a ledger holds, in words that do not depend on how it names its rows. Times are milliseconds from its present. */
export type Facts = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Tells rows apart by when they were made, in the order of the commands. */
export class Names {
  readonly #names = new Map<string, string>()
  #count = 0

  of(id: string | null): string | null {
    return id === null ? null : (this.#names.get(id) ?? `unknown ${id}`)
  }

  has(id: string): boolean {
    return this.#names.has(id)
  }

  id(name: string): string {
    for (const [id, known] of this.#names) if (known === name) return id
    throw new Error(`nothing has the name ${name}`)
  }

  /** Gives the next names, in this order. */
  add(ids: readonly string[]): void {
    for (const id of ids) if (!this.#names.has(id)) this.#names.set(id, `${(this.#count += 1)}`)
  }
}

/** A nominal time as the number of the grid it lies on and its place there. */
export function tickName(tick: number | null, anchors: readonly number[], every: number): string | null {
  if (tick === null) return null
  const at = Math.round(tick)
  const grid = anchors.findLastIndex((anchor) => (at - anchor) % every === 0)
  return grid === -1 ? `off the grid by ${at - (anchors.at(-1) ?? 0)}` : `${grid}:${(at - (anchors[grid] as number)) / every}`
}

/** Rows as both sides give them, before they are named. */
export interface RawFacts {
  readonly now: number
  readonly streams: readonly RawRow[]
  readonly runs: readonly RawRow[]
  readonly deliveries: readonly RawRow[]
  readonly targets: readonly RawRow[]
  readonly operations: readonly RawRow[]
  readonly workers: readonly RawRow[]
  readonly deadLetters: readonly RawRow[]
}
type RawRow = Readonly<Record<string, unknown>>

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`

const query = `select json_build_object(
  'now', ${ms('clock_timestamp()')},
  'streams', (select coalesce(json_agg(json_build_object('id', id, 'desired', desired, 'pausedBy', paused_by, 'failures', failures, 'cursor', cursor,
    'activeRunId', active_run_id, 'openStretch', open_stretch, 'anchorAt', ${ms('anchor')}, 'accountedUntilAt', ${ms('accounted_until')},
    'probeAt', ${ms('probe_at')}, 'recoveredAt', ${ms('recovered_at')})), '[]') from weaver.streams),
  'runs', (select coalesce(json_agg(json_build_object('id', id, 'streamId', stream_id, 'trigger', trigger, 'tick', ${ms('tick')}, 'ticks', ticks, 'state', state,
    'reason', reason, 'draining', draining, 'epoch', epoch, 'attempt', attempt, 'losses', losses, 'workerId', worker_id, 'leaseUntilAt', ${ms('lease_until')},
    'enqueueAfterAt', ${ms('enqueue_after')}, 'over', finished_at is not null, 'fetched', fetched_at is not null, 'error', error ->> 'code', 'parts', parts, 'pages', pages,
    'bytes', bytes, 'records', records, 'documents', documents, 'deadLetters', dead_letters, 'pendingDeliveries', pending_deliveries)), '[]') from weaver.runs),
  'deliveries', (select coalesce(json_agg(json_build_object('id', id::text, 'resultId', result_id, 'position', position, 'runId', run_id, 'state', state,
    'attempts', attempts, 'workerId', worker_id, 'records', records, 'documents', documents, 'deadLetters', dead_letters,
    'failed', error is not null, 'enqueueAfterAt', ${ms('enqueue_after')})), '[]') from weaver.deliveries),
  'operations', (select coalesce(json_agg(json_build_object('id', id, 'action', action, 'mode', mode, 'state', state, 'deadlineAt', ${ms('deadline_at')})), '[]') from weaver.operations),
  'targets', (select coalesce(json_agg(json_build_object('operationId', operation_id, 'runId', run_id, 'deliveryId', delivery_id::text, 'workerId', worker_id,
    'acknowledged', acknowledged_at is not null)), '[]') from weaver.operation_targets),
  'workers', (select coalesce(json_agg(json_build_object('id', id, 'drainWanted', drain_wanted, 'draining', draining, 'drainMs', drain_ms)), '[]') from weaver.workers),
  'deadLetters', (select coalesce(json_agg(json_build_object('deliveryId', delivery_id::text, 'record', record)), '[]') from weaver.dead_letters)) as facts`

export async function readReal(client: pg.Client): Promise<RawFacts> {
  const { rows } = await client.query<{ facts: RawFacts }>(query)
  return (rows[0] as { facts: RawFacts }).facts
}

export const readModel = (tables: Tables): RawFacts => ({
  now: tables.now(),
  streams: [...tables.streams.values()].map(
    ({ id, desired, pausedBy, failures, cursor, activeRunId, openStretch, anchor, accountedUntil, probeAt, recoveredAt }) => ({
      ...{ id, desired, pausedBy, failures, cursor, activeRunId, openStretch },
      ...{ anchorAt: anchor, accountedUntilAt: accountedUntil, probeAt, recoveredAt },
    }),
  ),
  runs: [...tables.runs.values()].map(
    ({ leaseUntil, enqueueAfter, finishedAt, fetchedAt, error, tickUntil: _, createdAt: _made, ...run }) => ({
      ...run,
      leaseUntilAt: leaseUntil,
      enqueueAfterAt: enqueueAfter,
      over: finishedAt !== null,
      fetched: fetchedAt !== null,
      error: error?.code ?? null,
    }),
  ),
  deliveries: [...tables.deliveries.values()].map(({ enqueueAfter, streamId: _, ...delivery }) => ({
    ...delivery,
    enqueueAfterAt: enqueueAfter,
  })),
  operations: [...tables.operations.values()].map(({ id, action, mode, state, deadlineAt }) => ({ id, action, mode, state, deadlineAt })),
  targets: [...tables.operations.values()].flatMap(({ id, targets }) => targets.map((target) => ({ operationId: id, ...target }))),
  workers: [...tables.workers.values()].map(({ id, drainWanted, draining, drainMs }) => ({ id, drainWanted, draining, drainMs })),
  deadLetters: tables.deadLetters.map((letter) => ({ ...letter })),
})

/** The grids that streams have had, and the names of rows, on one side. */
export interface Naming {
  readonly runs: Names
  readonly operations: Names
  /** By stream. */
  readonly anchors: ReadonlyMap<string, readonly number[]>
  readonly every: number
}

/** Rows by names that both sides give alike. */
export function nameFacts(raw: RawFacts, { runs, operations, anchors, every }: Naming): Facts {
  const deliveryName = (id: unknown): string | null => {
    const delivery = raw.deliveries.find((row) => row['id'] === id)
    return delivery === undefined ? null : `${String(delivery['resultId'])}/${String(delivery['position'])}`
  }
  const since = (row: RawRow): RawRow =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [
        key,
        key.endsWith('At') && typeof value === 'number' ? Math.round(value - raw.now) : value,
      ]),
    )
  const facts: Record<string, RawRow> = {}
  for (const { id, activeRunId, openStretch, anchorAt: _, ...row } of raw.streams)
    facts[`stream ${String(id)}`] = {
      ...since(row),
      active: runs.of(activeRunId as string | null),
      open: runs.of(openStretch as string | null),
    }
  for (const { id, tick, ...row } of raw.runs)
    facts[`run ${runs.of(id as string)}`] = {
      ...since(row),
      tick: tickName(tick as number | null, anchors.get(row['streamId'] as string) ?? [], every),
    }
  for (const { id, runId, ...row } of raw.deliveries)
    facts[`delivery ${deliveryName(id)}`] = { ...since(row), run: runs.of(runId as string) }
  for (const { id, ...row } of raw.operations) facts[`operation ${operations.of(id as string)}`] = since(row)
  for (const { operationId, runId, deliveryId, ...row } of raw.targets)
    facts[`target ${operations.of(operationId as string)} ${runs.of(runId as string | null)} ${deliveryName(deliveryId)}`] = row
  for (const { id, ...row } of raw.workers) facts[`worker ${String(id)}`] = row
  for (const { deliveryId, record } of raw.deadLetters) facts[`letter ${deliveryName(deliveryId)} ${String(record)}`] = {}
  return facts
}

/** Both sides do the same a little later or earlier, milliseconds. */
const toleranceMs = 1000

/** What differs, in words; empty when nothing does. */
export function difference(real: Facts, model: Facts): readonly string[] {
  const found: string[] = []
  for (const key of new Set([...Object.keys(real), ...Object.keys(model)])) {
    const [ours, theirs] = [real[key], model[key]]
    if (ours === undefined || theirs === undefined) {
      found.push(`${key}: only in the ${ours === undefined ? 'model' : 'real ledger'}: ${JSON.stringify(ours ?? theirs)}`)
      continue
    }
    for (const field of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const [a, b] = [ours[field] ?? null, theirs[field] ?? null]
      const close = field.endsWith('At') && typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) < toleranceMs
      if (!close && JSON.stringify(a) !== JSON.stringify(b))
        found.push(`${key}: ${field} is ${JSON.stringify(a)} in the real ledger, ${JSON.stringify(b)} in the model`)
    }
  }
  return found
}
