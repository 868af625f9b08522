import type { Doc, Json, JsonObject } from '@data-weaver/contracts'
import { contentHash } from './content.ts'
import type { Mapping } from './mapping.ts'

/** Which documents are meant. */
export interface DocumentPlace {
  readonly namespace: string
  readonly documentType: string
}

/** Where documents go, and what they are made of. */
export interface DocumentShape extends DocumentPlace {
  readonly mapping: Mapping
}

/** What decides which of two writes of one document is the newer one. */
export interface Order {
  readonly seq: number
  readonly transformVersion: number
  readonly record: number
}

export const orderOf = ({ seq, lineage: { transformVersion, record } }: Doc): Order => ({ seq, transformVersion, record })

/** By result, then by transform, then by place in the result. */
export function isOlder(a: Order, b: Order): boolean {
  if (a.seq !== b.seq) return a.seq < b.seq
  if (a.transformVersion !== b.transformVersion) return a.transformVersion < b.transformVersion
  return a.record < b.record
}

/**
 * The path of a document. The tenant is escaped, so it ends at the first colon and no two documents meet. Slashes of the id become `%2F`.
 * @throws URIError when the id holds half of a surrogate pair
 */
export const documentPath = ({ namespace, documentType }: DocumentPlace, { tenant, id }: Pick<Doc, 'tenant' | 'id'>): string =>
  `/document/v1/${namespace}/${documentType}/docid/${encodeURIComponent(`${encodeURIComponent(tenant)}:${id}`)}`

/**
 * The guard as a document selection: true when what is stored is older than this write. Vespa does not look at it when there is no such
 * document and the write may create one. Equal is not older: the same write again changes nothing.
 */
export function guard({ documentType: type }: Pick<DocumentPlace, 'documentType'>, { seq, transformVersion, record }: Order): string {
  const earlierRecord = `${type}.weaver_record < ${record}`
  const earlierTransform = `${type}.weaver_transform_version < ${transformVersion} or (${type}.weaver_transform_version == ${transformVersion} and ${earlierRecord})`
  return `${type}.weaver_seq < ${seq} or (${type}.weaver_seq == ${seq} and (${earlierTransform}))`
}

/** The fields that {@link readOrder} reads, as a field set. */
export const orderFields = (type: string): string => `${type}:weaver_seq,weaver_transform_version,weaver_record`

/** The order of a stored document out of Vespa's answer; undefined when it is not one of ours. */
export function readOrder(body: string): Order | undefined {
  try {
    const { fields } = JSON.parse(body) as { fields?: Readonly<Record<string, unknown>> }
    const { weaver_seq: seq, weaver_transform_version: transformVersion, weaver_record: record } = fields ?? {}
    if (typeof seq !== 'number' || typeof transformVersion !== 'number' || typeof record !== 'number') return undefined
    return { seq, transformVersion, record }
  } catch {
    return undefined
  }
}

/**
 * The body of a put. A delete is a put of a tombstone: the guard has to find its `seq` when an older write comes late.
 * @param writtenAt seconds since the Unix epoch, after which tombstones are collected by age
 * @param vectors the embedded fields
 * @throws RangeError when the fields are nested too deeply
 * @throws WeaverError `sink_rejected` that names a field whose value does not fit its type
 */
export function documentBody({ mapping }: DocumentShape, doc: Doc, writtenAt: number, vectors?: Readonly<Record<string, Json>>): string {
  const { lineage } = doc
  const fields: Record<string, Json> = {
    weaver_id: doc.id,
    weaver_tenant: doc.tenant,
    weaver_stream: doc.stream,
    weaver_seq: doc.seq,
    weaver_transform_version: lineage.transformVersion,
    weaver_record: lineage.record,
    weaver_stream_version: lineage.streamVersion,
    weaver_result_id: lineage.resultId,
    weaver_run_id: lineage.runId,
    weaver_stream_id: lineage.streamId,
    weaver_deleted: doc.deleted,
    weaver_written_at: writtenAt,
    weaver_fields: doc.deleted ? '{}' : fieldsText(doc.fields),
  }
  fields['weaver_content'] = contentHash(fields, mapping.embedded, doc.deleted ? {} : vectors)
  if (!doc.deleted) mapping.values(doc.fields, fields)
  if (!doc.deleted && vectors !== undefined) Object.assign(fields, vectors)
  return JSON.stringify({ fields })
}

/** JSON text of a document's fields that Vespa takes as a string: control characters are escaped by JSON, noncharacters here. */
function fieldsText(fields: JsonObject): string {
  const text = JSON.stringify(fields)
  return text.replace(/\p{Noncharacter_Code_Point}/gu, (character) =>
    [...Array(character.length).keys()].map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  )
}
