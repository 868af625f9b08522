import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { JsonObject } from '@data-weaver/contracts'
import { findVespa, startVespa } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { openVespa } from '../index.ts'
import { applicationWith } from '../test/application.ts'
import { doc, never, quick } from '../test/played-vespa.ts'
import { rawFields } from '../test/stored.ts'
import { schemaChanges } from './schema-change.ts'
import { readApplicationPackage } from './schema-file.ts'
import { proposeSchema } from './schema-proposal.ts'

const folder = await findVespa()
const validate = async (...folders: readonly string[]): Promise<string> =>
  await promisify(execFile)(`${folder}/validate`, folders, { maxBuffer: 2 ** 24 }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  )
const song = (fields: string, inherits = ' inherits weaver') => `schema song { document song${inherits} {\n${fields}\n} }\n`
const field = (type: string, indexing = 'summary | attribute', more = '') => `field a type ${type} { indexing: ${indexing}\n${more}\n }`

describe.skipIf(folder === undefined)('a change of a schema', () => {
  it.each<[what: string, before: string, after: string, isRefused: boolean]>([
    ['another type', field('string'), field('int'), true],
    ['a wider type', field('int'), field('long'), true],
    ['a list of what was one', field('string'), field('array<string>'), true],
    ['another set', field('weightedset<string>'), field('array<string>'), true],
    ['other values of a map', field('map<string,int>', 'summary'), field('map<string,string>', 'summary'), true],
    ['a longer tensor', field('tensor<float>(x[3])', 'attribute'), field('tensor<float>(x[4])', 'attribute'), true],
    ['other cells', field('tensor<float>(x[3])', 'attribute'), field('tensor<bfloat16>(x[3])', 'attribute'), true],
    [
      'the same type, written otherwise',
      field('tensor(y[2],x[3])', 'attribute'),
      field('tensor<double>( x[3], y[2] )', 'attribute'),
      false,
    ],
    ['an index for text', field('string', 'summary'), field('string', 'summary | index'), true],
    ['no index any more', field('string', 'summary | index'), field('string'), true],
    ['another match', field('string', 'summary | index'), field('string', 'summary | index', 'match: word'), true],
    ['no stemming', field('string', 'summary | index'), field('string', 'summary | index', 'stemming: none'), true],
    ['bm25', field('string', 'summary | index'), field('string', 'summary | index', 'index: enable-bm25'), false],
    ['an index for a tensor', field('tensor<float>(x[3])', 'attribute'), field('tensor<float>(x[3])', 'attribute | index'), false],
    ['an attribute more', field('int', 'summary'), field('int'), false],
    ['an attribute less', field('int'), field('int', 'summary'), false],
    ['a field more', field('int'), `${field('int')}\nfield b type int { indexing: summary }`, false],
    ['a field less', `${field('int')}\nfield b type int { indexing: summary }`, field('int'), false],
  ])('is judged as Vespa does: %s', { timeout: 60_000 }, async (_, before, after, isRefused) => {
    await using deployed = await applicationWith({ song: song(before) })
    await using next = await applicationWith({ song: song(after) })
    expect(await validate(next.path, deployed.path)).toMatch(isRefused ? /^INVALID/m : /^OK$/m)
    const changes = schemaChanges(await readApplicationPackage(deployed.path), await readApplicationPackage(next.path))
    expect(changes.some(({ refused }) => refused)).toBe(isRefused)
  })

  it('is judged as Vespa does: a document type less', async () => {
    await using deployed = await applicationWith({ song: song(field('int')) })
    await using next = await applicationWith({})
    expect(await validate(next.path, deployed.path)).toMatch(/^INVALID/m)
    expect(schemaChanges(await readApplicationPackage(deployed.path), await readApplicationPackage(next.path))).toEqual([
      { documentType: 'song', field: '', problem: 'is removed, and all its documents with it', refused: true },
    ])
  })
})

const vector = (n: number) => Array.from({ length: 32 }, (_, at) => (at + n) / 4)
const documents: readonly JsonObject[] = Array.from({ length: 20 }, (_, n) => ({
  title: `A title of several words, ${n}`,
  code: `c-${n}`,
  link: `https://example.com/${n}`,
  count: n,
  size: n + 0.5,
  open: n % 2 === 0,
  tags: ['a', `b${n}`],
  scores: [n, 2.5],
  counts: { a: n, [`k${n}`]: 2 },
  vector: vector(n),
  latitude: 40 + n / 10,
  longitude: -3.5,
  place: { type: 'Point', coordinates: [-3.5, 40] },
  ...Object.fromEntries(
    ['index', 'summary', 'attribute', 'documentid', 'sddocname', 'position', 'host', 'if', 'relevancy', 'type', 'match', 'weaver_seq'].map(
      (name) => [name, n],
    ),
  ),
  'größe in m²': 5,
  '9lives': 9,
  mixed: n % 2 === 0 ? 'text' : 5,
  nested: [{ a: 1 }],
  nothing: null,
}))

describe.skipIf(folder === undefined)('a proposed schema', () => {
  it('is deployable, and takes the documents it was proposed for', { timeout: 120_000 }, async () => {
    const { schema, fields, service, notes } = proposeSchema('proposed', documents)
    expect(notes.map((note) => note.split(' ')[0])).toEqual(['mixed', 'nested', 'nothing'])
    expect(service).toContain('<document type="proposed" mode="index" selection=')
    await using application = await applicationWith({ proposed: schema })
    expect(await validate(application.path)).toMatch(/^OK$/m)
    await using server = await startVespa(folder ?? '', application.path)
    const place = { namespace: 'weaver', documentType: 'proposed' }
    const sink = await openVespa({ ledgerUrl: '', vespaUrl: server.url }, { ...place, fields } as never, quick)
    try {
      const all = documents.map((document, n) => doc(`p:${n}`, 1, document))
      expect(await sink.upsert(all, never)).toEqual([])
      expect(await rawFields(server.url, place, { tenant: 'default', id: 'p:7' })).toMatchObject({
        title: 'A title of several words, 7',
        count: 7,
        size: 7.5,
        open: false,
        tags: ['a', 'b7'],
        counts: { a: 7, k7: 2 },
        vector: { values: vector(7) },
        location: { lat: 40.7, lng: -3.5 },
        place: { lat: 40, lng: -3.5 },
        field_index: 7,
        field_weaver_seq: 7,
        type: 7,
        gro_e_in_m2: 5,
        field_9lives: 9,
      })
    } finally {
      await sink.close()
    }
  })
})
