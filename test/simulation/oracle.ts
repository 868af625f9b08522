import { documentId } from '@data-weaver/contracts'
import { ticksBetween } from '@data-weaver/schedule'
import type { DeliveryRow, ResultRow, RunRow, StreamRow, Tables } from './model/rows.ts'
import type { KeptDocument } from './ports/sink.ts'
import { recordsOf, type SourceRecord } from './ports/source.ts'
import { isOver, type Kind, type Reign, type Violation } from './witness.ts'

export interface Evidence {
  readonly tables: Tables
  readonly objects: ReadonlyMap<string, Uint8Array>
  readonly documents: ReadonlyMap<string, KeptDocument>
  readonly reigns: ReadonlyMap<string, readonly Reign[]>
  readonly waits: ReadonlyMap<string, number>
}

/** Ticks of one reign, more than any story has. */
const mostTicks = 100_000

/** Judges what a story left behind. An empty answer is the proof: nothing lost, nothing doubled, nothing open. */
export function judge(evidence: Evidence): readonly Violation[] {
  const found: Violation[] = []
  const find = (kind: Kind, what: string): void => void found.push({ kind, what })
  for (const stream of evidence.tables.streams.values()) {
    judgeTicks(stream, evidence, find)
    judgeOrder(stream, evidence, find)
    if (stream.activeRunId !== null) find('unsettled', `stream ${stream.name} still has the active run ${stream.activeRunId}`)
  }
  for (const run of evidence.tables.runs.values()) judgeRun(run, evidence, find)
  judgeResults(evidence, find)
  judgeDeliveries(evidence, find)
  return found
}

type Find = (kind: Kind, what: string) => void

/** Every nominal time of each reign has exactly one row that covers it. */
function judgeTicks(stream: StreamRow, { tables, reigns }: Evidence, find: Find): void {
  if (stream.every === null) return
  const covered = new Map<number, number>()
  for (const { tick, ticks } of tables.runsOf(stream.id)) {
    if (tick === null) continue
    for (let index = 0; index < ticks; index += 1) {
      const at = tick + index * stream.every
      covered.set(at, (covered.get(at) ?? 0) + 1)
    }
  }
  for (const { anchor, until } of reigns.get(stream.id) ?? []) {
    const { ticks } = ticksBetween(stream.spec.schedule, anchor, anchor - 1, until ?? stream.accountedUntil, mostTicks)
    for (const tick of ticks) {
      const rows = covered.get(tick) ?? 0
      if (rows === 0) find('lost', `stream ${stream.name}: nobody says what became of the tick ${new Date(tick).toISOString()}`)
      if (rows > 1) find('doubled', `stream ${stream.name}: ${rows} rows cover the tick ${new Date(tick).toISOString()}`)
      covered.delete(tick)
    }
    // Ticks that have a run although they are not accounted for yet.
    for (const [tick] of covered)
      if (until === null && tick > stream.accountedUntil && (tick - anchor) % stream.every === 0) covered.delete(tick)
  }
  for (const [tick] of covered) find('wrong', `stream ${stream.name}: a row for ${new Date(tick).toISOString()}, which is no tick`)
}

/** Runs of a stream follow one another: a checkpoint follows from the one before, and no page is older than the one before. */
function judgeOrder({ id, name, overlap }: StreamRow, { tables, objects }: Evidence, find: Find): void {
  if (overlap === 'allow') return
  let checkpoint = 0
  const newest = new Map<string, number>()
  for (const result of tables.results.values()) {
    if (result.streamId !== id) continue
    if (typeof result.cursor === 'number') {
      if (result.cursor <= checkpoint)
        find('doubled', `stream ${name}: result ${result.seq} has the checkpoint ${result.cursor} after ${checkpoint}`)
      if (result.cursor > checkpoint + 1)
        find('lost', `stream ${name}: result ${result.seq} has the checkpoint ${result.cursor} after ${checkpoint}`)
      checkpoint = result.cursor
    }
    for (const record of recordsIn(result, objects)) {
      if (record.version < (newest.get(record.id) ?? 0))
        find('stale', `stream ${name}: result ${result.seq} is older than what was committed before`)
      newest.set(record.id, record.version)
    }
  }
}

const recordsIn = ({ key }: ResultRow, objects: Evidence['objects']): readonly SourceRecord[] => {
  const body = objects.get(key)
  return body === undefined ? [] : recordsOf(body)
}

/** All that is open of the run is held, by a stop or an interruption, until somebody releases it. */
export function isHeld(tables: Tables, { id, streamId, state }: RunRow): boolean {
  const open = tables
    .deliveriesOf(streamId)
    .filter((delivery) => delivery.runId === id && delivery.state !== 'done' && delivery.state !== 'dead')
  return state === 'delivering' && open.length > 0 && open.every((delivery) => delivery.state === 'held')
}

/** Every run is over, and its counts are the sums of what belongs to it. */
function judgeRun(run: RunRow, { tables, waits }: Evidence, find: Find): void {
  const name = `run ${run.id}`
  if (!isOver(run.state) && !isHeld(tables, run)) find('unsettled', `${name} is ${run.state}`)
  if (run.leaseUntil !== null) find('unsettled', `${name} still has a lease`)
  if (run.epoch > 0 && run.attempt !== run.epoch - (waits.get(run.id) ?? 0))
    find('wrong', `${name} was claimed ${run.epoch} times, waited ${waits.get(run.id) ?? 0} times, and is at attempt ${run.attempt}`)
  const deliveries = tables.deliveriesOf(run.streamId).filter(({ runId }) => runId === run.id)
  const sum = (field: 'records' | 'documents' | 'deadLetters'): number => deliveries.reduce((total, row) => total + row[field], 0)
  for (const field of ['records', 'documents', 'deadLetters'] as const)
    if (run[field] !== sum(field)) find('wrong', `${name} counts ${run[field]} ${field}, its deliveries ${sum(field)}`)
  const open = deliveries.filter(({ state }) => state !== 'done' && state !== 'dead').length
  if (run.pendingDeliveries !== open) find('wrong', `${name} counts ${run.pendingDeliveries} pending deliveries, there are ${open}`)
  if (run.state === 'succeeded' && open > 0) find('wrong', `${name} succeeded with ${open} deliveries under way`)
  const pages = [...tables.results.values()].filter(({ runId }) => runId === run.id).length
  if (run.pages !== pages) find('wrong', `${name} counts ${run.pages} pages, there are ${pages}`)
}

/** Every committed page is stored, and none was committed twice. */
function judgeResults({ tables, objects }: Evidence, find: Find): void {
  const seen = new Map<string, number>()
  for (const result of tables.results.values()) {
    if (!objects.has(result.key)) find('lost', `result ${result.seq} is not in the store`)
    const content = `${result.runId} ${result.part} ${result.sha256}`
    const before = seen.get(content)
    if (before !== undefined) find('doubled', `results ${before} and ${result.seq} are the same page`)
    seen.set(content, result.seq)
  }
}

/** Every record of a page that was delivered is in the sink, in its newest version, or a dead letter. */
function judgeDeliveries(evidence: Evidence, find: Find): void {
  const { tables, documents, objects } = evidence
  const letters = new Set(tables.deadLetters.map(({ deliveryId, record }) => `${deliveryId} ${record}`))
  const newest = new Map<string, number>()
  const bySeq = new Map([...tables.results.values()].map((result) => [result.seq, result]))
  for (const delivery of tables.deliveries.values()) {
    if (delivery.state === 'pending' || delivery.state === 'holding') find('unsettled', `delivery ${delivery.id} is ${delivery.state}`)
    if (delivery.state === 'dead' && !letters.has(`${delivery.id} null`))
      find('lost', `delivery ${delivery.id} is dead and no dead letter says why`)
    if (delivery.state === 'done') judgeDelivered(delivery, evidence, { find, letters, newest })
  }
  for (const [id, seq] of newest) {
    const document = documents.get(id)
    if (document === undefined) find('lost', `document ${id} of result ${seq} is not in the sink`)
    else if (document.seq < seq) find('lost', `document ${id} is of result ${document.seq}, it should be of ${seq}`)
  }
  for (const { id, seq, fields, lineage } of documents.values()) {
    const result = bySeq.get(seq)
    const record = result === undefined ? undefined : recordsIn(result, objects)[lineage.record]
    if (record === undefined || fields['version'] !== record.version) find('wrong', `document ${id} is not what result ${seq} says`)
  }
}

function judgeDelivered(
  delivery: DeliveryRow,
  { tables, objects }: Evidence,
  { find, letters, newest }: { find: Find; letters: ReadonlySet<string>; newest: Map<string, number> },
): void {
  const result = tables.results.get(delivery.resultId) as ResultRow
  const records = recordsIn(result, objects)
  const { name } = tables.stream(delivery.streamId)
  let refused = 0
  for (const [index, record] of records.entries()) {
    if (record.broken === true || record.refused === true) {
      refused += 1
      if (!letters.has(`${delivery.id} ${index}`)) find('lost', `record ${index} of result ${result.seq} has no dead letter`)
    } else {
      const id = documentId(name, [record.id])
      newest.set(id, Math.max(newest.get(id) ?? 0, result.seq))
    }
  }
  const expected = [records.length, records.length - refused, refused].join()
  const counted = [delivery.records, delivery.documents, delivery.deadLetters].join()
  if (expected !== counted) find('wrong', `delivery ${delivery.id} counts ${counted}, its page ${expected}`)
}
