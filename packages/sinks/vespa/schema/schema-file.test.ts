import { fileURLToPath } from 'node:url'
import { mkdir, writeFile } from 'node:fs/promises'
import { temporaryFolder } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { parseSchema, readApplicationPackage } from './schema-file.ts'

const applicationPackage = fileURLToPath(new URL('../../../../deploy/vespa', import.meta.url))

describe('a schema', () => {
  it('tells its fields, whatever else is in it', () => {
    const { name, inherits, fields, indexing } = parseSchema(`
      # field none type string {
      schema song {
        document song inherits weaver, thing {
          struct person { field name type string {} }
          field title type string { indexing: summary | index   # field gone type int {
          }
          field chunks type tensor<float>( part{}, x[3] ) {
            indexing: attribute | index
            attribute { distance-metric: angular }
          }
          field by type map<string, person> { indexing: summary struct-field key { indexing: attribute } }
          field exact type string { indexing: summary | index
            match { exact }
            stemming: none
          }
        }
        field outside type string { indexing: input title | index }
        rank-profile default { first-phase { expression: "field a type b" } }
      }`)
    expect({ name, inherits }).toEqual({ name: 'song', inherits: ['weaver', 'thing'] })
    expect([...fields]).toEqual([
      ['title', 'string'],
      ['chunks', 'tensor<float>(part{},x[3])'],
      ['by', 'map<string,person>'],
      ['exact', 'string'],
    ])
    expect(Object.fromEntries(indexing)).toEqual({ title: 'index', chunks: 'index', by: '', exact: 'index, match: exact, stemming: none' })
  })

  it('has the name of its schema when the document has none', () => {
    expect(parseSchema('schema a { document { field b type int { } } }')).toMatchObject({ name: 'a' })
  })

  it.each(['', 'hello', 'schema a { }', 'schema a { document a { field b { } } }'])('is refused when it is none: %j', (text) =>
    expect(() => parseSchema(text, 'a.sd')).toThrow(
      expect.objectContaining({ code: 'invalid_config', message: expect.stringContaining('a.sd') }),
    ),
  )
})

describe('an application package', () => {
  it('tells the fields of each document type, inherited ones among them', async () => {
    const schemas = await readApplicationPackage(applicationPackage)
    expect([...schemas.keys()].toSorted()).toEqual(['article', 'earthquake', 'weaver'])
    const { inherits, fields } = schemas.get('earthquake') ?? { inherits: [], fields: new Map<string, string>() }
    expect(inherits).toEqual(['weaver'])
    expect(fields.get('location')).toBe('position')
    expect(fields.get('weaver_seq')).toBe('long')
    expect(schemas.get('article')?.fields.get('embedding')).toBe('tensor<bfloat16>(x[384])')
  })

  it('is refused when it is none, or inherits itself', async () => {
    await using folder = await temporaryFolder('application')
    await expect(readApplicationPackage(folder.path)).rejects.toMatchObject({ code: 'invalid_config' })
    await mkdir(folder.join('schemas'))
    await writeFile(folder.join('schemas', 'a.sd'), 'schema a { document a inherits b { } }')
    await writeFile(folder.join('schemas', 'b.sd'), 'schema b { document b inherits a { } }')
    await expect(readApplicationPackage(folder.path)).rejects.toMatchObject({ message: expect.stringContaining('inherits itself') })
  })
})
