import type { CarriedDelivery, DeliveryEnd, PendingDelivery } from '@data-weaver/ledger'
import type { DeliveryRow, ResultRow, Tables } from './rows.ts'

/** How long a begun delivery is left alone by the reconciler; who carries it for longer renews that. */
const patienceMs = 7000

const isOpen = ({ state }: DeliveryRow): boolean => state !== 'done' && state !== 'dead'

const known = (tables: Tables, ids: readonly string[]): DeliveryRow[] =>
  ids.flatMap((id) => tables.deliveries.get(id) ?? []).toSorted((a, b) => Number(a.id) - Number(b.id))

/** Begins an attempt for each that is still pending and that nobody carries. */
export function beginDeliveries(tables: Tables, workerId: string, ids: readonly string[]): readonly PendingDelivery[] {
  const begun = known(tables, [...new Set(ids)]).filter(({ state, workerId: carrier }) => state === 'pending' && carrier === null)
  for (const delivery of begun)
    Object.assign(delivery, { attempts: delivery.attempts + 1, workerId, enqueueAfter: tables.now() + patienceMs })
  return begun.map((delivery) => pendingDelivery(tables, delivery)).toSorted((a, b) => a.seq - b.seq || a.position - b.position)
}

function pendingDelivery(tables: Tables, { id, attempts, position, resultId, streamId }: DeliveryRow): PendingDelivery {
  const { runId, seq, key, sha256, request, response } = tables.results.get(resultId) as ResultRow
  const { name: stream, adapter, version: streamVersion } = tables.stream(streamId)
  const result = { runId, resultId, seq, key, sha256, request, response }
  return { id, attempts, position, tenant: 'default', stream, streamId, adapter, streamVersion, ...result }
}

/** Keeps deliveries that this worker carries; answers those that it is to let go of. */
export function renewDeliveries(tables: Tables, workerId: string, carried: readonly CarriedDelivery[]): ReadonlySet<string> {
  const gone = new Set<string>()
  for (const { id, attempts } of carried) {
    const delivery = tables.deliveries.get(id)
    if (delivery === undefined || (!isOpen(delivery) && delivery.attempts === attempts)) continue
    if (delivery.state === 'pending' && delivery.workerId === workerId && delivery.attempts === attempts)
      delivery.enqueueAfter = tables.now() + patienceMs
    else gone.add(id)
  }
  return gone
}

/** A delivery that was settled before, or is in another's hands by now, stays as it is; one that was told to stop is held, unless it had arrived already. */
export function acknowledge(tables: Tables, end: DeliveryEnd): void {
  const now = tables.now()
  const delivery = tables.deliveries.get(end.deliveryId)
  if (delivery === undefined) return
  if (delivery.state === 'holding') tables.notify('weaver_stopped', '')
  if (end.state === 'retry') {
    if ((delivery.state !== 'pending' && delivery.state !== 'holding') || delivery.attempts !== end.attempt) return
    const state = delivery.state === 'holding' ? 'held' : 'pending'
    Object.assign(delivery, { workerId: null, state, enqueueAfter: now + Math.round(end.retryAfterMs), failed: end.error !== null })
    return
  }
  if (!isOpen(delivery) || (delivery.attempts !== end.attempt && delivery.workerId !== null)) return
  const { state, records, documents, refusals } = end
  const deadLetters = refusals.length
  Object.assign(delivery, { state, records, documents, deadLetters, workerId: null, failed: end.error !== null })
  for (const { record } of refusals) bury(tables, delivery.id, record)
  count(tables, delivery)
}

function bury(tables: Tables, deliveryId: string, record: number | null): void {
  if (tables.deadLetters.some((letter) => letter.deliveryId === deliveryId && letter.record === record)) return
  tables.deadLetters.push({ deliveryId, record })
}

/** The last delivery of a fetched run ends it. */
function count(tables: Tables, { runId, records, documents, deadLetters }: DeliveryRow): void {
  const run = tables.runs.get(runId)
  if (run === undefined) return
  run.pendingDeliveries -= 1
  run.records += records
  run.documents += documents
  run.deadLetters += deadLetters
  if (run.state === 'delivering' && run.pendingDeliveries === 0) {
    run.finishedAt = tables.now()
    tables.setState(run, run.deadLetters > 0 ? 'partial' : 'succeeded')
  } else if (run.state === 'succeeded' && deadLetters > 0) tables.setState(run, 'partial')
}
