import type { JsonObject, Rec, RecordProblem, StoredPage } from '@data-weaver/contracts'
import { lookup, parsePath } from '../src/path.ts'
import { deadLetterOf } from './handlers.ts'
import { cursorValue, isAfter } from './order.ts'
import { planOf } from './plan.ts'
import type { HttpConfig } from './schema.ts'
import type { VersionField } from './schema/incremental.ts'

/** Answers that have no body by definition, and so no records. */
export const isEmptyByStatus = (status: number): boolean => status === 204 || status === 205

export function records(page: StoredPage, config: HttpConfig): Iterable<Rec | RecordProblem> {
  const all = read(page, config)
  return config.versionField === undefined ? all : newest([...all], config.versionField)
}

function* read(page: StoredPage, config: HttpConfig): Generator<Rec | RecordProblem> {
  const plan = planOf(config)
  const dead = plan.handlers && deadLetterOf(page, plan.handlers)
  if (dead !== undefined) {
    yield { problem: `the source answered ${page.response.status}, which \`errorHandlers.${dead.index}\` makes a dead letter` }
    return
  }
  if (isEmptyByStatus(page.response.status)) return
  const partition = page.request.partition as JsonObject | undefined
  for (const row of plan.list.decoder.read(page.body, page.response.headers['content-type'] ?? '').rows) {
    const record = plan.read(row, partition)
    if (record !== undefined) yield record
  }
}

/** Of records with the same key the newest, in its place. Those without a version are older than all others. */
function newest(all: readonly (Rec | RecordProblem)[], { path, order }: VersionField): (Rec | RecordProblem)[] {
  const segments = parsePath(path)
  const versionOf = (record: Rec) => cursorValue(lookup(record.fields, segments), order)
  const best = new Map<string, Rec>()
  for (const record of all) {
    if ('problem' in record) continue
    const key = JSON.stringify(record.key)
    const other = best.get(key)
    const [ours, theirs] = [versionOf(record), other && versionOf(other)]
    // Of equals the last one counts, as it would without versions.
    const older = theirs !== undefined && (ours === undefined || isAfter(theirs, ours, order))
    if (!older) best.set(key, record)
  }
  const kept = new Set<Rec | RecordProblem>(best.values())
  return all.filter((record) => 'problem' in record || kept.has(record))
}
