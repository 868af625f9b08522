import type { Doc, JsonObject, StoredDocument } from '@data-weaver/contracts'
import { request } from 'undici'
import { documentPath, type DocumentPlace } from '../document.ts'

/** All fields of a document in Vespa, as they are there; undefined when there is none. */
export async function rawFields(url: string, shape: DocumentPlace, doc: Pick<Doc, 'tenant' | 'id'>): Promise<JsonObject | undefined> {
  const { statusCode, body } = await request(`${url}${documentPath(shape, doc)}`)
  const answer = (await body.json()) as { fields?: JsonObject; message?: string }
  if (statusCode === 404) return undefined
  if (statusCode !== 200 || answer.fields === undefined) throw new Error(`Vespa answered ${statusCode}: ${answer.message}`)
  return answer.fields
}

/** The document as a reader sees it: a tombstone is none. */
export async function storedDocument(url: string, shape: DocumentPlace, tenant: string, id: string): Promise<StoredDocument | undefined> {
  const raw = await rawFields(url, shape, { tenant, id })
  if (raw === undefined || raw['weaver_deleted'] !== false) return undefined
  const {
    weaver_id,
    weaver_stream: stream,
    weaver_seq: seq,
    weaver_fields,
    weaver_result_id: resultId,
    weaver_record: record,
    weaver_run_id: runId,
    weaver_stream_id: streamId,
    weaver_stream_version: streamVersion,
    weaver_transform_version: transformVersion,
    weaver_written_at,
  } = raw
  return {
    id: weaver_id as string,
    stream: stream as string,
    seq: seq as number,
    fields: JSON.parse(weaver_fields as string) as JsonObject,
    lineage: { resultId, record, runId, streamId, streamVersion, transformVersion } as unknown as StoredDocument['lineage'],
    changedAt: new Date((weaver_written_at as number) * 1000).toISOString(),
    revision: 1,
  }
}
