import { create, createFileRegistry, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf'
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt'
import { Package } from '@data-weaver/testkit/substreams'

const field = (name: string, number: number, type: Type, more: object = {}) => ({ name, number, type, label: Label.OPTIONAL, ...more })
const repeated = { label: Label.REPEATED }

/** As `buf` would make it of a .proto file that nobody here has: an output with a list of transfers, with every kind of field in them. */
export const transfersFile = create(FileDescriptorProtoSchema, {
  name: 'test/v1/transfers.proto',
  package: 'test.v1',
  syntax: 'proto3',
  dependency: ['google/protobuf/timestamp.proto', 'google/protobuf/wrappers.proto', 'google/protobuf/any.proto', 'test/v1/kind.proto'],
  messageType: [
    {
      name: 'Transfers',
      field: [
        field('transfers', 1, Type.MESSAGE, { ...repeated, typeName: '.test.v1.Transfer' }),
        field('batches', 2, Type.MESSAGE, { ...repeated, typeName: '.test.v1.Transfers' }),
        field('note', 3, Type.STRING),
      ],
    },
    {
      name: 'Transfer',
      field: [
        field('trx_hash', 1, Type.BYTES),
        field('log_index', 2, Type.UINT32),
        field('account', 3, Type.STRING),
        field('amount', 4, Type.UINT64),
        field('change', 5, Type.SINT64),
        field('kind', 6, Type.ENUM, { typeName: '.test.v1.Kind' }),
        field('at', 7, Type.MESSAGE, { typeName: '.google.protobuf.Timestamp' }),
        field('fee', 8, Type.MESSAGE, { typeName: '.google.protobuf.UInt64Value' }),
        field('ratio', 9, Type.DOUBLE),
        field('memo', 10, Type.STRING, { proto3Optional: true, oneofIndex: 1 }),
        field('to_user', 11, Type.STRING, { oneofIndex: 0 }),
        field('to_pool', 12, Type.INT64, { oneofIndex: 0 }),
        field('balances', 13, Type.MESSAGE, { ...repeated, typeName: '.test.v1.Transfer.BalancesEntry' }),
        field('topics', 14, Type.BYTES, repeated),
        field('extra', 15, Type.MESSAGE, { typeName: '.google.protobuf.Any' }),
        field('parent', 16, Type.MESSAGE, { typeName: '.test.v1.Transfer' }),
        field('__proto__', 17, Type.STRING),
      ],
      oneofDecl: [{ name: 'target' }, { name: '_memo' }],
      nestedType: [
        {
          name: 'BalancesEntry',
          field: [field('key', 1, Type.STRING), field('value', 2, Type.INT64)],
          options: { mapEntry: true },
        },
      ],
    },
  ],
})

export const kindFile = create(FileDescriptorProtoSchema, {
  name: 'test/v1/kind.proto',
  package: 'test.v1',
  syntax: 'proto3',
  enumType: [
    {
      name: 'Kind',
      value: [
        { name: 'KIND_UNSET', number: 0 },
        { name: 'KIND_SENT', number: 1 },
        { name: 'KIND_GONE', number: 2 },
      ],
    },
  ],
})

/** In the package, but nothing that the output needs. */
const unrelatedFile = create(FileDescriptorProtoSchema, {
  name: 'test/v1/unrelated.proto',
  package: 'test.v1',
  syntax: 'proto3',
  dependency: ['nowhere/to/be/found.proto'],
})

const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      file_google_protobuf_timestamp.proto,
      file_google_protobuf_wrappers.proto,
      file_google_protobuf_any.proto,
      kindFile,
      transfersFile,
    ],
  }),
)
export const transfersType = registry.getMessage('test.v1.Transfers') as DescMessage
export const transferType = registry.getMessage('test.v1.Transfer') as DescMessage

/** The output of a block with these transfers; the fields by the names that they have in TypeScript. */
export const transfers = (list: readonly object[], more: object = {}): Uint8Array =>
  toBinary(
    transfersType,
    create(transfersType, {
      transfers: list.map((one) => create(transferType, one as never)),
      ...more,
    } as never) as MessageShape<DescMessage>,
  )

export const transfersIn = (output: Uint8Array) =>
  (fromBinary(transfersType, output) as unknown as { transfers: { account: string; amount: bigint }[] }).transfers

const DescriptorFile = (Package.fields.find(1) as unknown as { readonly T: typeof Package }).T
const fileOf = (file: FileDescriptorProto) => DescriptorFile.fromBinary(toBinary(FileDescriptorProtoSchema, file))
const ofType = 'sf.ethereum.type.v2.Block'

/** A whole package as tools make it: with a map that takes parameters, a map that takes none, a store, and the code of them. */
export const packageBytes = (): Uint8Array =>
  new Package({
    protoFiles: [unrelatedFile, transfersFile, kindFile].map(fileOf) as never,
    version: 1n,
    packageMeta: [{ name: 'erc20-transfers', version: 'v0.1.0', url: 'https://packages.example.com', doc: 'Transfers of a token.' }],
    moduleMeta: [{ packageIndex: 0n, doc: 'The transfers of a block.' }],
    network: 'mainnet',
    networks: { sepolia: { initialBlocks: { map_transfers: 500n }, params: { map_transfers: 'network=sepolia' } } },
    image: new Uint8Array([0x89, 0x50, 0x4e, 0x47]),
    modules: {
      binaries: [{ type: 'wasm/rust-v1', content: new Uint8Array([0, 0x61, 0x73, 0x6d]) }],
      modules: [
        {
          name: 'map_transfers',
          kind: { case: 'kindMap', value: { outputType: 'proto:test.v1.Transfers' } },
          inputs: [{ input: { case: 'params', value: { value: 'default' } } }, { input: { case: 'source', value: { type: ofType } } }],
          output: { type: 'proto:test.v1.Transfers' },
          binaryEntrypoint: 'map_transfers',
          initialBlock: 100n,
          blockFilter: { module: 'index_blocks', query: { case: 'queryString', value: 'token' } },
        },
        {
          name: 'map_plain',
          kind: { case: 'kindMap', value: { outputType: 'proto:test.v1.Transfers' } },
          inputs: [{ input: { case: 'store', value: { moduleName: 'store_totals', mode: 1 } } }],
        },
        { name: 'map_lost', kind: { case: 'kindMap', value: { outputType: 'proto:test.v1.Lost' } } },
        { name: 'store_totals', kind: { case: 'kindStore', value: { updatePolicy: 3, valueType: 'int64' } } },
        { name: 'index_blocks', kind: { case: 'kindBlockIndex', value: { outputType: 'proto:sf.substreams.index.v1.Keys' } } },
      ],
    },
  }).toBinary()
