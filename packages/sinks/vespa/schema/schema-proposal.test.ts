import { describe, expect, it } from 'vitest'
import { guessField } from './field-guess.ts'
import { parseSchema } from './schema-file.ts'
import { proposeSchema } from './schema-proposal.ts'

describe('what a field is best stored as', () => {
  it.each([
    [['a b', 'c'], 'string', 'index: enable-bm25'],
    [['a', 'b'], 'string', 'attribute: fast-search'],
    [['http://a/b', 'https://c'], 'string', 'indexing: summary'],
    [[1, null, 2], 'long', 'attribute: fast-search'],
    [[1, 2.5], 'double', 'attribute: fast-search'],
    [[true, false], 'bool', 'indexing: summary | attribute'],
    [[['a'], []], 'array<string>', 'attribute: fast-search'],
    [[[1, 2], [3]], 'array<long>', 'indexing: summary | attribute'],
    [[Array.from({ length: 16 }, () => 0.5)], 'tensor<float>(x[16])', 'indexing: attribute | index'],
    [[{ lat: 1, lon: 2 }], 'position', 'indexing: summary | attribute'],
    [[[{ lat: 1, lng: 2 }]], 'array<position>', 'indexing: summary | attribute'],
    [[{ a: 1 }, { b: 2.5 }], 'map<string, double>', 'indexing: summary'],
  ])('%j', (values, type, statement) => {
    const guess = guessField(values as never)
    expect(guess).toMatchObject({ type })
    expect((guess as { statements: readonly string[] }).statements).toContain(statement)
  })

  it.each([
    [[null, undefined], 'has no values'],
    [['a', 1], 'different kinds'],
    [[[]], 'only empty lists'],
    [[[[1]]], 'neither text nor numbers'],
    [[{ a: 1, b: 'c' }], 'objects whose values are of different kinds'],
  ])('%j is not told by its values', (values, why) => expect(guessField(values as never)).toContain(why))
})

describe('a proposal', () => {
  it('has the fields that a sink maps already, with the types it states', () => {
    const documents = [{ headline: 'One two', when: 5, text: 'Long text' }]
    const { schema, fields } = proposeSchema('news', documents, {
      title: 'headline',
      time: { from: 'when', type: 'int' },
      at: { lat: 'la', lng: 'lo' },
      vector: { embed: 'text', type: 'tensor<bfloat16>(x[384])' },
    })
    expect(fields).toMatchObject({
      title: { from: 'headline', type: 'string' },
      time: { from: 'when', type: 'int' },
      at: { lat: 'la', lng: 'lo' },
    })
    const { name, inherits, fields: types } = parseSchema(schema)
    expect({ name, inherits }).toEqual({ name: 'news', inherits: ['weaver'] })
    expect([...types]).toEqual([
      ['title', 'string'],
      ['time', 'int'],
      ['at', 'position'],
      ['vector', 'tensor<bfloat16>(x[384])'],
    ])
  })

  it('leaves out what has no values, and says so', () => {
    expect(proposeSchema('empty', []).fields).toEqual({})
    expect(proposeSchema('empty', [{ a: null }]).notes).toEqual([
      'a has no values to tell its type by: it is only in weaver_fields, as JSON.',
    ])
  })
})
