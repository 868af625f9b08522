import type { SinkEntry, VespaSchemas } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { parseSinkEntries } from '../src/entries.ts'
import { compileMapping, type FieldSource } from './mapping.ts'

const schemas: VespaSchemas = new Map([
  [
    'song',
    {
      inherits: ['weaver'],
      fields: new Map([
        ['title', 'string'],
        ['vector', 'tensor<float>(x[3])'],
        ['weaver_seq', 'long'],
      ]),
    },
  ],
  ['foreign', { inherits: [], fields: new Map() }],
])
const problems = (entry: object, environment: object = { vespaUrl: 'http://vespa:8080', vespaSchemas: schemas }) => {
  try {
    const whole: SinkEntry & Record<string, unknown> = { type: 'vespa', documentType: 'song', ...entry }
    parseSinkEntries([whole], 'sinks', environment)
    return []
  } catch (error) {
    return (error as { errors: readonly { field: string; problem: string }[] }).errors.map(({ field, problem }) => `${field} ${problem}`)
  }
}

describe('values of mapped fields', () => {
  const valuesOf = (sources: Record<string, FieldSource>, fields: object, schema = schemas.get('song')) => {
    const into = {}
    compileMapping(sources, schema).values(fields as never, into)
    return into
  }

  it('are checked by the type that the entry states, or else by that of the schema', () => {
    expect(valuesOf({ vector: 'v' }, { v: [1, 2, 3] })).toEqual({ vector: { values: '3f8000004000000040400000' } })
    expect(() => valuesOf({ title: 't' }, { t: 5 })).toThrow(expect.objectContaining({ code: 'sink_rejected' }))
    expect(() => valuesOf({ any: { from: 't', type: 'int' } }, { t: 'x' })).toThrow(/the field any/)
    expect(valuesOf({ any: { from: 't' } }, { t: 5 })).toEqual({ any: 5 })
  })

  it('are left out when there are none', () => {
    expect(valuesOf({ title: 't', at: { lat: 'a', lng: 'b' } }, { t: null, a: 1 })).toEqual({})
  })
})

describe('an entry that does not fit the schema that is deployed is refused', () => {
  it('when the document type is not there, or is none of ours', () => {
    expect(problems({ documentType: 'nope' })).toEqual([
      'sinks.0.documentType is "nope", which the deployed application package does not have',
    ])
    expect(problems({ documentType: 'foreign' })).toEqual(['sinks.0.documentType is "foreign", whose schema does not inherit weaver'])
    expect(problems({ documentType: 'nope' }, { vespaUrl: 'http://vespa:8080' })).toEqual([])
  })

  it('when a field is not there, or has another type', () => {
    expect(
      problems({ fields: { strength: 's', title: { from: 't', type: 'int' }, vector: { from: 'v', type: 'tensor<float>( x[3] )' } } }),
    ).toEqual([
      'sinks.0.fields.strength is not in the schema that is deployed',
      'sinks.0.fields.title is int here and string in the schema that is deployed',
    ])
  })

  it('when a type is none', () => {
    expect(problems({ fields: { title: { from: 't', type: 'text' } } })).toEqual([
      'sinks.0.fields.title is text here and string in the schema that is deployed',
    ])
    expect(problems({ fields: { title: { from: 't', type: 'array<' } } })).toEqual([
      'sinks.0.fields.title.type is "array<", which is no type of a Vespa field',
    ])
  })

  it('when a text cannot be embedded', () => {
    const embedding = { model: 'm' }
    const environment = { vespaUrl: 'http://vespa:8080', embedding: { url: 'http://e/v1/embeddings' } }
    const fields = { vector: { embed: 'title', type: 'tensor<float>(x[3])' } }
    expect(problems({ fields, embedding }, environment)).toEqual([])
    expect(problems({ fields, embedding })).toEqual(['sinks.0.embedding needs the setting WEAVER_EMBEDDING_URL, which is not set'])
    expect(problems({ fields }, environment)).toEqual(['sinks.0.fields.vector is embedded, and the sink does not say by which model'])
    expect(problems({ fields: { vector: { embed: 'title' } }, embedding }, environment)).toEqual([
      'sinks.0.fields.vector.type is missing: the vector’s length is part of it',
    ])
    for (const type of ['string', 'tensor<int8>(x[3])', 'tensor<float>(x{})', 'tensor<float>(x[2],y[2])', 'tensor<float>(a{},b{},x[2])'])
      expect(problems({ fields: { vector: { embed: 'title', type } }, embedding }, environment)).toEqual([
        `sinks.0.fields.vector.type is ${type}, which holds no vector of numbers`,
      ])
  })
})
