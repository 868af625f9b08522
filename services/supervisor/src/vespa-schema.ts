import { adapter as adapterById } from '@data-weaver/adapters'
import { type JsonObject, type Stream, toWeaverError, type VespaSchemaProposal } from '@data-weaver/contracts'
import { proposeSchema } from '@data-weaver/sinks'
import { compileTransform } from '@data-weaver/transform'
import { type SupervisorParts, tenant } from './parts.ts'

/** Newest results that are read, and documents that are looked at, at most. */
const mostResults = 20
const mostDocuments = 5000

type ProposalParts = Pick<SupervisorParts, 'ledger' | 'store'>

/**
 * Proposes a schema of Vespa for a stream: by how its vespa sink maps documents, when it has one, else for all their fields. What fields hold is told by the newest stored
 * results, as the current version transforms them.
 */
export async function proposeFor(
  { ledger, store }: ProposalParts,
  stream: Stream,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<VespaSchemaProposal> {
  const entry = stream.sinks.find(({ type }) => type === 'vespa') as Readonly<Record<string, unknown>> | undefined
  const mapped = entry?.['fields'] as Parameters<typeof proposeSchema>[2] | undefined
  const documentType = wanted ?? nameOf(stream.name, entry?.['documentType'])
  const documents: JsonObject[] = []
  const { items } = await ledger.history.results({ tenant, streamId: stream.id, limit: mostResults })
  let results = 0
  for (const { key, expired, request, response } of items) {
    if (expired || documents.length >= mostDocuments) continue
    try {
      documents.push(...documentsOf(stream, { body: await store.get(key, signal), request, response }))
      results += 1
    } catch (thrown) {
      // One that cannot be read says nothing; a store that is away says so.
      const error = toWeaverError(thrown)
      if (error.retryable && error.origin === 'storage') throw error
    }
  }
  const usesAll = mapped === undefined || Object.keys(mapped).length === 0
  const proposal = proposeSchema(documentType, documents.slice(0, mostDocuments), usesAll ? undefined : mapped)
  const { fields, ...rest } = proposal
  const sink = { ...entry, type: 'vespa', documentType, fields }
  return { documentType, ...rest, notes: [...rest.notes], sink, results, documents: Math.min(documents.length, mostDocuments) }
}

/** The records of a page as documents; what cannot become one is left out. */
function documentsOf(stream: Stream, page: Parameters<ReturnType<typeof adapterById>['records']>[0]): readonly JsonObject[] {
  const transform = compileTransform(stream.transform)
  const documents: JsonObject[] = []
  for (const record of adapterById(stream.adapter).records(page, stream.config)) {
    if (documents.length >= mostDocuments) break
    if ('problem' in record || record.deleted === true) continue
    try {
      documents.push(transform(record.fields))
    } catch {
      // It is a dead letter of its own.
    }
  }
  return documents
}

/** Of a sink its document type, unless it is the one for anything; else the stream's name as far as it can be one. */
function nameOf(stream: string, documentType: unknown): string {
  if (typeof documentType === 'string' && documentType !== 'weaver') return documentType
  const plain = stream.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')
  return /^[a-z_]/.test(plain) ? plain : `stream_${plain}`
}
