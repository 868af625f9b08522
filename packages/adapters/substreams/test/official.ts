import { BlockScopedData, Package, Request, Response } from '@data-weaver/testkit/substreams'
import type { ProtocolVersion } from '../protocol.ts'

// What an endpoint of each version reads and writes. The second version is the public definition, whole. The third and the fourth are made of it: by
// their public definition they take the place of one field, and everything else in them are messages of the second.

type Fields = Parameters<typeof Request.runtime.makeMessageType>[1]

const { runtime } = Request
const text = 9
const repeated = { repeated: true } as const

/** Copies, because a list of fields writes into them what it is the list of. */
const fieldsBut = (type: typeof Request | typeof Response, no: number) =>
  type.fields.list().flatMap((field) => (field.no === no ? [] : [{ ...field, ...(field.oneof && { oneof: field.oneof.name }) }]))

/** The whole package instead of its modules, and what the endpoint is to apply to it. */
const RequestV3 = runtime.makeMessageType('sf.substreams.rpc.v3.Request', [
  ...fieldsBut(Request, 7),
  { no: 7, name: 'package', kind: 'message', T: Package },
  { no: 8, name: 'params', kind: 'map', K: text, V: { kind: 'scalar', T: text } },
  { no: 9, name: 'network', kind: 'scalar', T: text },
] as Fields)

const BlockScopedDatas = runtime.makeMessageType('sf.substreams.rpc.v4.BlockScopedDatas', [
  { no: 1, name: 'items', kind: 'message', T: BlockScopedData, ...repeated },
])

/** Several blocks instead of one. */
const ResponseV4 = runtime.makeMessageType('sf.substreams.rpc.v4.Response', [
  ...fieldsBut(Response, 3),
  { no: 3, name: 'block_scoped_datas', kind: 'message', T: BlockScopedDatas, oneof: 'message' },
] as Fields)

export const official = {
  v2: { request: Request, response: Response },
  v3: { request: RequestV3, response: Response },
  v4: { request: RequestV3, response: ResponseV4 },
} as const satisfies Record<ProtocolVersion, object>

type Message = Pick<Request, 'getType'>

const isMessage = (value: object): value is Message => 'getType' in value && typeof value.getType === 'function'

/** Fields that were in the bytes and are not in the definition, each with the message that it was in. */
export function unknownIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  const below = Object.values(value).flatMap(unknownIn)
  if (!isMessage(value)) return below
  const { runtime, typeName } = value.getType()
  return [...runtime.bin.listUnknownFields(value as Request).map(({ no }) => `${typeName} ${no}`), ...below]
}
