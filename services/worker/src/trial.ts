import { adapter as adapterById } from '@data-weaver/adapters'
import { type ObjectStore, type Page, type StreamSpec, WeaverError } from '@data-weaver/contracts'
import type { ClaimedRun, PendingDelivery } from '@data-weaver/ledger'
import { compileTransform } from '@data-weaver/transform'
import { cannotRead, openLarge } from './large-page.ts'

type Stored = Pick<PendingDelivery, 'key' | 'sha256' | 'request' | 'response'>

/** As {@link inspectPage}, of a page that is too large to be held and was stored already. */
export async function inspectLarge(
  run: ClaimedRun,
  stored: Stored,
  spec: StreamSpec,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<void> {
  const adapter = adapterById(run.adapter)
  if (adapter.largeRecords === undefined) throw cannotRead(run.adapter)
  const transform = compileTransform(spec.transform)
  let index = 0
  for await (const record of adapter.largeRecords(await openLarge(stored, store, signal), spec.config)) {
    if ('problem' in record) throw new WeaverError('record_invalid', `record ${index}: ${record.problem}`)
    if (record.deleted !== true) transform(record.fields)
    index += 1
  }
}

/**
 * Reads and transforms a page as the sinks' jobs would, and throws what is wrong with the first record that would be refused: a version
 * that is tried beside the current one fails by it.
 */
export function inspectPage(run: ClaimedRun, { body, request, response }: Page, spec: StreamSpec): void {
  const transform = compileTransform(spec.transform)
  let index = 0
  for (const record of adapterById(run.adapter).records({ body, request, response }, spec.config)) {
    if ('problem' in record) throw new WeaverError('record_invalid', `record ${index}: ${record.problem}`)
    if (record.deleted !== true) transform(record.fields)
    index += 1
  }
}
