import { fromBinary, toJson } from '@bufbuild/protobuf'
import { readSegment, type StoredMessage } from '@data-weaver/adapters/kit'
import type { JsonObject, Rec, RecordProblem, StoredPage } from '@data-weaver/contracts'
import { type Change, ChangeSchema, ItemSchema } from './gen/items_pb.ts'

/** Pure: it gets a segment that may have been stored years ago, and nothing else. What is wrong with one message is a problem of its own. */
export function* records(page: StoredPage): Generator<Rec | RecordProblem> {
  for (const message of readSegment(page.body)) yield 'problem' in message ? message : recordOf(message)
}

function recordOf({ data }: StoredMessage): Rec | RecordProblem {
  const change = changeOf(data)
  if (change === undefined) return { problem: 'the message is not a change' }
  const { item, removed } = change
  if (item === undefined || item.id === '') return { problem: 'the change names no item' }
  // Names and types are those of the .proto file; fields that are empty are there as well, so that what was there before does not stay.
  const fields = toJson(ItemSchema, item, { alwaysEmitImplicit: true, useProtoFieldName: true }) as JsonObject
  return { key: [item.id], fields, ...(removed ? { deleted: true } : {}) }
}

function changeOf(data: string | Uint8Array): Change | undefined {
  if (typeof data === 'string') return undefined
  try {
    return fromBinary(ChangeSchema, data)
  } catch {
    return undefined
  }
}
