import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary, toJson } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { RequestSchema as RequestV2, ResponseSchema as ResponseV2 } from './gen/sf/substreams/rpc/v2/service_pb.ts'
import { RequestSchema as RequestV3 } from './gen/sf/substreams/rpc/v3/service_pb.ts'
import { ResponseSchema as ResponseV4 } from './gen/sf/substreams/rpc/v4/service_pb.ts'

// The messages in hexadecimal were encoded with descriptors made of the public definition, in full. The definition here is a part of it, and means
// the same by the same bytes: these hold it without a server, and for the third and the fourth version by their own definitions.

const blockBytes =
  '0a4f0a0d6d61705f7472616e736665727312330a2d747970652e676f6f676c65617069732e636f6d2f676f6f676c652e70726f746f6275662e54696d657374616d70' +
  '1202080152090a0568656c6c6f180112190a04307862311098f3e5081a0c08a09c90cd061080cab5ee011a02633120ecf2e50852070a056f74686572'
const undo = { blockUndoSignal: { lastValidBlock: { id: '0xb0', number: '99' }, lastValidCursor: 'c0' } }

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const read = (schema: DescMessage, hex: string) => fromBinary(schema, bytes(hex))
describe('what an endpoint says', () => {
  const said: readonly (readonly [string, DescMessage, string, object])[] = [
    ['a greeting', ResponseV2, '0a0e0a057472616365106418c8012005', { session: { traceId: 'trace', resolvedStartBlock: '100' } }],
    ['progress', ResponseV2, '120c12060801100118022a020807', { progress: {} }],
    ['an undo', ResponseV2, '220e0a080a0430786230106312026330', undo],
    ['an undo in the fourth version', ResponseV4, '220e0a080a0430786230106312026330', undo],
    [
      'that a module failed',
      ResponseV2,
      '2a1b0a0d6d61705f7472616e7366657273120570616e69631a01612001',
      { fatalError: { module: 'map_transfers', reason: 'panic' } },
    ],
    ['what is not known here', ResponseV2, '5a030a0163', {}],
  ]

  it.each(said)('%s', (_what, schema, hex, json) => {
    expect(toJson(schema, read(schema, hex))).toEqual(json)
    // Fields that are not known here are kept.
    expect(Buffer.from(toBinary(schema, read(schema, hex))).toString('hex')).toBe(hex)
  })

  const expected = (cursor: string) => ({
    clock: { id: '0xb1', number: 18_446_744n, timestamp: { seconds: 1_772_359_200n, nanos: 500_000_000 } },
    cursor,
    finalBlockHeight: 18_446_700n,
    output: {
      name: 'map_transfers',
      mapOutput: { typeUrl: 'type.googleapis.com/google.protobuf.Timestamp', value: new Uint8Array([8, 1]) },
    },
  })

  it('a block', () => {
    const { message } = fromBinary(ResponseV2, bytes(`1a7e${blockBytes}`))
    expect(message).toMatchObject({ case: 'blockScopedData', value: expected('c1') })
  })

  it('two blocks in one message', () => {
    const { message } = fromBinary(ResponseV4, bytes(`1a80020a7e${blockBytes}0a7e${blockBytes.replace('1a026331', '1a026332')}`))
    expect(message).toMatchObject({ case: 'blockScopedDatas', value: { items: [expected('c1'), expected('c2')] } })
  })
})

describe('what is asked', () => {
  const range = {
    startBlockNum: -5n,
    startCursor: 'c0',
    stopBlockNum: 200n,
    finalBlocksOnly: true,
    productionMode: true,
    outputModule: 'map_transfers',
  }
  const modules: MessageInitShape<typeof RequestV2>['modules'] = {
    modules: [
      {
        name: 'map_transfers',
        kind: { case: 'kindMap', value: { outputType: 'proto:test.v1.Transfers' } },
        inputs: [{ input: { case: 'params', value: { value: 'contract=0x1' } } }],
        initialBlock: 100n,
      },
    ],
  }
  const rangeBytes = '08fbffffffffffffffff011202633018c80120012801320d6d61705f7472616e7366657273'
  const modulesBytes =
    '400a3e0a0d6d61705f7472616e736665727312190a1770726f746f3a746573742e76312e5472616e73666572733210220e0a0c636f6e74726163743d3078314064'

  it('the second version', () => {
    expect(Buffer.from(toBinary(RequestV2, create(RequestV2, { ...range, modules }))).toString('hex')).toBe(
      `${rangeBytes}3a${modulesBytes}`,
    )
  })

  it('the third and the fourth, which ask alike', () => {
    const networks = { mainnet: { initialBlocks: { map_transfers: 100n }, params: { map_transfers: 'a' } } }
    const request = create(RequestV3, {
      ...range,
      package: { ...(modules === undefined ? {} : { modules }), network: 'mainnet', networks },
      params: { map_transfers: 'b' },
      network: 'mainnet',
    })
    expect(Buffer.from(toBinary(RequestV3, request)).toString('hex')).toBe(
      `${rangeBytes}3a7f32${modulesBytes}4a076d61696e6e65746a320a076d61696e6e657412270a110a0d6d61705f7472616e7366657273106412120a0d6d61705f7472616e7366657273` +
        '12016142120a0d6d61705f7472616e73666572731201624a076d61696e6e6574',
    )
  })
})
