import { clone, create, toBinary } from '@bufbuild/protobuf'
import { AnySchema, FileDescriptorProtoSchema, SourceCodeInfoSchema, TimestampSchema } from '@bufbuild/protobuf/wkt'
import { describe, expect, it } from 'vitest'
import { packDescriptors, unpackDescriptors } from './descriptors.ts'
import { outputReader, type ReadingConfig } from './output.ts'
import { kindFile, transfers, transfersFile, transfersType, transferType } from './test/package.ts'

const files = new Map([transfersFile, kindFile].map((file) => [file.name, file]))
const packed = packDescriptors(files, 'test.v1.Transfers')
const block = { number: 100, id: '64', time: '2026-03-01T12:00:00Z' }
const read = (config: ReadingConfig, output: Uint8Array) =>
  outputReader(unpackDescriptors(packed, 'test.v1.Transfers'), config)(block, output)
const byIndex: ReadingConfig = { records: 'transfers', primaryKey: ['_block.number', '_index'] }

describe('a record', () => {
  const full = {
    trxHash: Uint8Array.of(0, 0xab, 0xff),
    logIndex: 4_294_967_295,
    account: 'ann',
    amount: 18_446_744_073_709_551_615n,
    change: -9_223_372_036_854_775_808n,
    kind: 1,
    at: create(TimestampSchema, { seconds: 1_772_366_400n, nanos: 123_456_789 }),
    fee: 9_007_199_254_740_993n,
    ratio: -0,
    memo: '',
    target: { case: 'toPool', value: 5n },
    balances: { ann: -1n, __proto__x: 2n },
    topics: [Uint8Array.of(1), new Uint8Array()],
    extra: create(AnySchema, {
      typeUrl: 'type.googleapis.com/test.v1.Transfer',
      value: toBinary(transferType, create(transferType, { account: 'inner', amount: 1n } as never)),
    }),
    parent: create(transferType, { account: 'outer' } as never),
  }

  it('has all fields by their names, exactly', () => {
    const [record] = read(byIndex, transfers([full]))
    expect(record).toMatchObject({
      key: [100, 0],
      fields: {
        trx_hash: '00abff',
        log_index: 4_294_967_295,
        account: 'ann',
        amount: '18446744073709551615',
        change: '-9223372036854775808',
        kind: 'KIND_SENT',
        at: '2026-03-01T12:00:00.123456789Z',
        fee: '9007199254740993',
        ratio: 0,
        memo: '',
        to_user: null,
        to_pool: '5',
        balances: { ann: '-1', __proto__x: '2' },
        topics: ['01', ''],
        extra: { '@type': 'type.googleapis.com/test.v1.Transfer', account: 'inner', amount: '1' },
        parent: { account: 'outer', amount: '0', parent: null },
        _block: block,
        _index: 0,
      },
    })
    expect(JSON.parse(JSON.stringify(record))).toEqual(record)
  })

  it('has a field that is called like what every object has', () => {
    const [record] = read(byIndex, transfers([{ account: 'ann' }]))
    if (record === undefined || !('fields' in record)) throw new Error('no record')
    expect(Object.keys(record.fields)).toContain('__proto__')
    expect(Object.getPrototypeOf(record.fields)).toBe(Object.prototype)
  })

  it('has null where a field is not set, and zero where that makes no difference', () => {
    const [record] = read(byIndex, transfers([{}]))
    expect(record).toMatchObject({
      fields: {
        trx_hash: '',
        log_index: 0,
        amount: '0',
        kind: 'KIND_UNSET',
        at: null,
        fee: null,
        memo: null,
        balances: {},
        topics: [],
        extra: null,
      },
    })
  })

  it.each([
    ['hex', '00ab'],
    ['0x', '0x00ab'],
    ['base64', 'AKs='],
  ] as const)('has bytes as %s', (bytes, text) => {
    const [record] = read({ ...byIndex, bytes, primaryKey: ['trx_hash'] }, transfers([{ trxHash: Uint8Array.of(0, 0xab) }]))
    expect(record).toMatchObject({ key: [text], fields: { trx_hash: text } })
  })

  it.each([
    ['a value of an enum that the package does not know', { kind: 77 }, { kind: 77 }],
    ['a number that is none', { ratio: Number.NaN }, { ratio: 'NaN' }],
    ['an infinite number', { ratio: -Infinity }, { ratio: '-Infinity' }],
    ['text with a control character', { account: 'a\u0000b' }, { account: 'a\u0000b' }],
    [
      'an unknown type in an Any',
      { extra: create(AnySchema, { typeUrl: 'x/unknown.Type', value: Uint8Array.of(9) }) },
      { extra: { '@type': 'x/unknown.Type', value: '09' } },
    ],
    [
      'an Any that cannot be read',
      { extra: create(AnySchema, { typeUrl: 'x/test.v1.Transfer', value: Uint8Array.of(0xff) }) },
      { extra: { '@type': 'x/test.v1.Transfer', value: 'ff' } },
    ],
    [
      'a time outside the calendar',
      { at: create(TimestampSchema, { seconds: -99_999_999_999_999n }) },
      { at: { seconds: '-99999999999999', nanos: 0 } },
    ],
  ])('%s', (_name, fields, expected) => {
    expect(read(byIndex, transfers([fields]))).toMatchObject([{ fields: expected }])
  })

  it('with messages packed in messages is unpacked to a depth that is bounded', () => {
    let inner = create(transferType, { account: 'innermost' } as never)
    for (let depth = 0; depth < 200; depth++) {
      const extra = create(AnySchema, { typeUrl: 'x/test.v1.Transfer', value: toBinary(transferType, inner) })
      inner = create(transferType, { extra } as never)
    }
    const [record] = read(byIndex, transfers([inner]))
    const text = JSON.stringify(record)
    expect(text.split('"@type"').length).toBeGreaterThan(5)
    expect(text.split('"@type"').length).toBeLessThan(15)
  })
})

describe('records', () => {
  it('are found through lists of messages', () => {
    const batch = (...accounts: string[]) =>
      create(transfersType, { transfers: accounts.map((account) => create(transferType, { account } as never)) } as never)
    const output = transfers([], { batches: [batch('a', 'b'), batch(), batch('c')] })
    const found = read({ records: 'batches.transfers', primaryKey: ['account'] }, output)
    expect(found.map((record) => 'key' in record && [record.key[0], record.fields._index])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ])
  })

  it('are the output itself without a path', () => {
    expect(read({ primaryKey: ['_block.number', 'note'] }, transfers([{ account: 'a' }], { note: 'n' }))).toMatchObject([
      { key: [100, 'n'], fields: { note: 'n', transfers: [{ account: 'a' }], batches: [] } },
    ])
  })

  it('without a key are problems, and the others go on', () => {
    const found = read({ ...byIndex, primaryKey: ['account'] }, transfers([{ account: 'a' }, {}, { account: 'c' }]))
    expect(found.map((record) => ('key' in record ? record.key : record.problem))).toEqual([
      ['a'],
      expect.stringMatching(/no text or number at `account`/),
      ['c'],
    ])
  })

  it('that cannot be read are one problem', () => {
    expect(read(byIndex, Uint8Array.of(0xff, 0xff))).toEqual([
      { problem: expect.stringMatching(/block 100 cannot be read as test.v1.Transfers/) },
    ])
  })

  it.each([
    [{ records: 'transferz', primaryKey: ['account'] }, 'config.records', /transfers, batches/],
    [{ records: 'note', primaryKey: ['account'] }, 'config.records', /transfers, batches/],
    [{ records: 'transfers.balances', primaryKey: ['account'] }, 'config.records', /test.v1.Transfer has: at, fee/],
    [{ records: 'transfers', primaryKey: ['_index', 'acount'] }, 'config.primaryKey.1', /trx_hash, log_index/],
    [{ ...byIndex, deletedWhen: { path: 'gone', equals: true } }, 'config.deletedWhen.path', /trx_hash/],
  ])('where %j leads nowhere are refused', (config, field, hint) => {
    const error = expect.objectContaining({
      code: 'invalid_config',
      errors: [expect.objectContaining({ field, hint: expect.stringMatching(hint) })],
    })
    expect(() => read(config, transfers([]))).toThrow(error)
  })
})

describe('descriptors', () => {
  it('are only those that the type needs, without comments, whatever else the package has', () => {
    const commented = clone(FileDescriptorProtoSchema, transfersFile)
    commented.sourceCodeInfo = create(SourceCodeInfoSchema, {
      location: [{ path: [1], span: [1, 2, 3], leadingComments: 'x'.repeat(10_000) }],
    })
    const more = new Map([
      [commented.name, commented],
      [kindFile.name, kindFile],
    ])
    expect(packDescriptors(more, 'test.v1.Transfers')).toBe(packed)
    expect(packed.length).toBeLessThan(2000)
  })

  it('give the same types for the same text', () => {
    expect(unpackDescriptors(packed, 'test.v1.Transfers')).toBe(unpackDescriptors(packed, 'test.v1.Transfers'))
  })

  it.each([
    ['nonsense', 'test.v1.Transfers'],
    [packed, 'test.v1.Missing'],
    ['', 'test.v1.Transfers'],
  ])('that cannot be read are said so (%.8s, %s)', (text, type) => {
    expect(() => unpackDescriptors(text, type)).toThrow(expect.objectContaining({ code: 'source_malformed' }))
  })

  it('that a package lacks are named', () => {
    expect(() => packDescriptors(files, 'test.v1.Lost')).toThrow(/no descriptor of test.v1.Lost/)
    expect(() => packDescriptors(new Map([[transfersFile.name, transfersFile]]), 'test.v1.Transfers')).toThrow(
      /no file test\/v1\/kind.proto/,
    )
  })
})
