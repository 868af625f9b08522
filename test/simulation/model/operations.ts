import { type StopMode, type StreamAction, type StreamFilter, WeaverError } from '@data-weaver/contracts'
import type { StopRequest } from '@data-weaver/ledger'
import { interrupt, pause, release, resume, start, stop, trigger } from './control.ts'
import type { OperationRow, StreamRow, TargetRow, Tables } from './rows.ts'

const drainMs = 60_000
const liveDrainMs = 5000

type NewOperation = Pick<OperationRow, 'action' | 'scope' | 'state'> & { readonly mode?: StopMode; readonly deadlineMs?: number }

function open(tables: Tables, { action, scope, state, mode, deadlineMs }: NewOperation): OperationRow {
  const deadlineAt = deadlineMs === undefined || mode === 'interrupt' ? null : tables.now() + deadlineMs
  const row = { id: tables.newId(), action, scope, mode: mode ?? null, deadlineAt, state, position: null, targets: [] }
  tables.operations.set(row.id, row)
  return row
}

export function stopStream(tables: Tables, idOrName: string, { mode, deadline }: StopRequest): string {
  const stream = findStream(tables, idOrName)
  const how = mode ?? (stream.continuous ? 'drain' : 'interrupt')
  const deadlineMs = deadline ?? (stream.continuous ? liveDrainMs : drainMs)
  const operation = open(tables, { action: 'stop', scope: { stream: stream.id }, state: 'waiting', mode: how, deadlineMs })
  stop(tables, stream, operation, how)
  return operation.id
}

export function findStream(tables: Tables, idOrName: string): StreamRow {
  const stream = [...tables.streams.values()].find(({ id, name }) => id === idOrName || name === idOrName)
  if (stream === undefined) throw new WeaverError('not_found', `there is no stream "${idOrName}"`)
  return stream
}

export function interruptRun(tables: Tables, runId: string): string {
  if (!tables.runs.has(runId)) throw new WeaverError('not_found', `there is no run "${runId}"`)
  const operation = open(tables, { action: 'interrupt', scope: { run: runId }, state: 'waiting', mode: 'interrupt' })
  interrupt(tables, (row) => row.runId === runId, operation)
  return operation.id
}

export const releaseRun = (tables: Tables, runId: string): number =>
  release(
    tables,
    [...tables.deliveries.values()].filter((delivery) => delivery.runId === runId),
  )

/** Who has not been heard of for so long drains no more. */
const workerGoneMs = 30_000

export function drainWorker(tables: Tables, workerId: string, deadlineMs = drainMs): string {
  const worker = tables.workers.get(workerId)
  if (worker === undefined) throw new WeaverError('not_found', `there is no worker "${workerId}"`)
  Object.assign(worker, { drainWanted: true, drainMs: deadlineMs })
  const operation = open(tables, { action: 'drainWorker', scope: { worker: workerId }, state: 'waiting', mode: 'drain', deadlineMs })
  for (const run of tables.runs.values())
    if (run.leaseUntil !== null && run.workerId === workerId)
      operation.targets.push({ runId: run.id, deliveryId: null, workerId, acknowledged: false })
  tables.notify('weaver_stop', '')
  return operation.id
}

export function begin(tables: Tables, { action, filter, mode }: { action: StreamAction; filter: StreamFilter; mode?: StopMode }): string {
  const stops = action === 'stop' ? { deadlineMs: drainMs } : {}
  const operation = open(tables, { action, scope: { filter }, state: 'applying', ...(mode === undefined ? {} : { mode }), ...stops })
  tables.notify('weaver_operations', '')
  return operation.id
}

/** Applies the oldest action by filter that is not applied yet. The model's streams fit into one batch. */
export function applyNext(tables: Tables): { readonly woken: readonly { id: string; streamId: string }[] } | undefined {
  const operation = [...tables.operations.values()].find(({ state }) => state === 'applying')
  if (operation === undefined) return undefined
  const matched = [...tables.streams.values()].filter((stream) => matches(stream, operation.scope.filter ?? {}))
  const woken: { id: string; streamId: string }[] = []
  for (const stream of matched.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const runId = act(tables, stream, operation)
    if (runId !== undefined) woken.push({ id: runId, streamId: stream.id })
  }
  settle(tables, operation, operation.action === 'stop' ? 'waiting' : 'completed')
  return { woken }
}

function act(tables: Tables, stream: StreamRow, operation: OperationRow): string | undefined {
  const { action, mode } = operation
  if (action === 'trigger') return trigger(tables, stream)
  if (action === 'start') start(tables, stream)
  if (action === 'pause') pause(tables, stream)
  if (action === 'resume') resume(tables, stream)
  if (action === 'stop') stop(tables, stream, operation, mode ?? (stream.continuous ? 'drain' : 'interrupt'))
  return undefined
}

const matches = ({ id, name, desired }: StreamRow, filter: StreamFilter): boolean =>
  (filter.names === undefined || filter.names.includes(name) || filter.names.includes(id)) &&
  (filter.prefix === undefined || name.startsWith(filter.prefix)) &&
  (filter.desired === undefined || filter.desired === desired)

function settle(tables: Tables, operation: OperationRow, state: OperationRow['state']): void {
  operation.state = state
  if (state === 'completed') tables.observer.completed?.(operation)
}

const isOpen = ({ state }: OperationRow): boolean => state === 'applying' || state === 'waiting'

/** Looks who has acknowledged, completes what can be, and turns drains beyond their deadline into interruptions; answers whether any are open. */
export function look(tables: Tables, id: string | null = null): boolean {
  const now = tables.now()
  for (const operation of tables.operations.values()) {
    const late = operation.deadlineAt !== null && operation.deadlineAt < now && operation.mode !== 'interrupt'
    if (isOpen(operation) && operation.action === 'stop' && late) interruptLate(tables, operation)
  }
  const looked = [...tables.operations.values()].filter((operation) => isOpen(operation) && (id === null || operation.id === id))
  for (const operation of looked) for (const target of operation.targets) target.acknowledged ||= hasLetGo(tables, operation, target)
  const done = looked.filter(
    (operation) =>
      operation.state === 'waiting' && operation.targets.every(({ acknowledged }) => acknowledged) && !mayClaim(tables, operation),
  )
  for (const operation of done) settle(tables, operation, 'completed')
  if (done.length > 0) tables.notify('weaver_stopped', '')
  return [...tables.operations.values()].some(isOpen)
}

/** The worker that is to drain has not said that it does, or holds what it claimed before it heard of it. */
function mayClaim(tables: Tables, { action, scope }: OperationRow): boolean {
  const worker = action === 'drainWorker' ? tables.workers.get(scope.worker ?? '') : undefined
  if (worker?.drainWanted !== true || worker.heartbeatAt <= tables.now() - workerGoneMs) return false
  return !worker.draining || [...tables.runs.values()].some(({ leaseUntil, workerId }) => leaseUntil !== null && workerId === worker.id)
}

/** Nothing of the target is in its worker's hands any more; a drain waits for its deliveries as well. */
function hasLetGo(tables: Tables, { mode, action }: OperationRow, { runId, deliveryId, workerId }: TargetRow): boolean {
  if (deliveryId !== null) return tables.deliveries.get(deliveryId)?.state !== 'holding'
  const run = runId === null ? undefined : tables.runs.get(runId)
  if (run === undefined) return false
  if (action === 'drainWorker' && run.workerId !== workerId) return true
  if (run.state === 'running' || run.state === 'stopping') return false
  if (mode === 'interrupt' || action === 'drainWorker') return true
  return tables
    .deliveriesOf(run.streamId)
    .every((delivery) => delivery.runId !== run.id || (delivery.state !== 'pending' && delivery.state !== 'holding'))
}

function interruptLate(tables: Tables, operation: OperationRow): void {
  const late = new Set(operation.targets.flatMap(({ runId, acknowledged }) => (runId === null || acknowledged ? [] : [runId])))
  interrupt(tables, ({ runId }) => late.has(runId), operation)
  operation.mode = 'interrupt'
}
