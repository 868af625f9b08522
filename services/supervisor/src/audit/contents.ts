import { type JsonObject, toWeaverError, type VespaSchemas } from '@data-weaver/contracts'
import type { AuditPlace, Ledger } from '@data-weaver/ledger'
import { type ContentCheck, contentCheck, type VisitedDocument } from '@data-weaver/sinks'
import { feeds } from './expected.ts'

/** Tells of documents of a place whether somebody else changed them, by the version of the stream that wrote each. */
export function judgeContents(
  { streams }: { readonly streams: Pick<Ledger['streams'], 'spec'> },
  place: AuditPlace,
  schemas: VespaSchemas | undefined,
): (document: VisitedDocument) => Promise<boolean> {
  const checks = new Map<string, Promise<ContentCheck>>()
  const checkOf = async (streamId: string, version: number): Promise<ContentCheck> => {
    const sinks = await streams.spec(streamId, version).then(
      ({ spec }) => spec.sinks,
      (thrown: unknown) => {
        // A version that the ledger does not know: its mapping is not known either.
        if (toWeaverError(thrown).code === 'not_found') return []
        throw thrown
      },
    )
    return contentCheck(
      sinks.filter((entry) => feeds(place, entry)).map((entry) => entry as JsonObject),
      schemas,
    )
  }
  return async ({ streamId, streamVersion, deleted, stored }) => {
    if (deleted) return false
    const key = `${streamId} ${streamVersion}`
    const check = checks.get(key) ?? checkOf(streamId, streamVersion)
    checks.set(key, check)
    return (await check)(stored)
  }
}
