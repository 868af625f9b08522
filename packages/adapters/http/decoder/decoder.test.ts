import { gzipSync } from 'node:zlib'
import { WeaverError } from '@data-weaver/contracts'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import type { Records } from '../schema/records.ts'
import { decoder } from './decoder.ts'
import { BrokenRow } from './row.ts'

const read = (records: Records, body: string | Uint8Array, contentType = '', required: readonly string[] = []) =>
  decoder(records, required)
    .read(typeof body === 'string' ? Buffer.from(body) : body, contentType)
    .rows.map((row) => (row instanceof BrokenRow ? row.problem : row))

function refusal(records: Records, body: string | Uint8Array, contentType = '', required: readonly string[] = []): string {
  try {
    read(records, body, contentType, required)
  } catch (error) {
    if (error instanceof WeaverError) return `${error.code} ${error.message}`
    throw error
  }
  return 'it was read'
}

describe('NDJSON', () => {
  const ndjson: Records = { decoder: { type: 'ndjson' } }

  it('may end without a line break, and has none of its empty lines as records', () => {
    expect(read(ndjson, '{"id":1}\r\n\n{"id":12345678901234567890}')).toEqual([{ id: 1 }, { id: '12345678901234567890' }])
    expect(read(ndjson, '')).toEqual([])
  })

  it('that was cut off is refused as a whole, one with a bad line is not', () => {
    expect(refusal(ndjson, '{"id":1}\n{"id":')).toContain('source_malformed')
    expect(read(ndjson, '{"id":1}\n{"id":\n')).toEqual([{ id: 1 }, 'line 2 is not valid JSON'])
    expect(refusal(ndjson, 'oops\noops\n')).toContain('line 2 is not valid JSON')
  })
})

describe('CSV', () => {
  const csv: Records = { decoder: { type: 'csv' } }

  it('has the columns of its first line, or those of the configuration', () => {
    expect(read(csv, '\ufeffid,a b\n1,"x\n""y"""\n\n2,\n')).toEqual([
      { id: '1', 'a b': 'x\n"y"' },
      { id: '2', 'a b': '' },
    ])
    expect(read({ decoder: { type: 'csv', columns: ['id', 'n'], delimiter: '\t', quote: "'" } }, "1\t'a\tb'\n")).toEqual([
      { id: '1', n: 'a\tb' },
    ])
    expect(read(csv, '')).toEqual([])
    expect(read(csv, 'id,__proto__\n1,2\n').map((row) => JSON.stringify(row))).toEqual(['{"id":"1","__proto__":"2"}'])
  })

  it('says which rows do not fit, and is refused where it was cut off or is another table', () => {
    expect(read(csv, 'id,a\n1\n1,2,3\n1,2\n')).toEqual([
      'row 1 has 1 values for 2 columns',
      'row 2 has 3 values for 2 columns',
      { id: '1', a: '2' },
    ])
    expect(refusal(csv, 'id,a\n1,2\n1')).toContain('source_malformed')
    expect(refusal(csv, 'id,a\n1,"2')).toContain('CSV_QUOTE_NOT_CLOSED')
    expect(refusal(csv, '<html>oops</html>', '', ['id'])).toContain('no column `id`')
    expect(refusal(csv, `id\n"${'x'.repeat(1_000_001)}`)).toContain('source_malformed')
  })
})

describe('XML', () => {
  const xml: Records = { decoder: { type: 'xml' }, path: 'a.b' }

  it('has text only, lists where elements repeat, and none where there are none', () => {
    expect(read(xml, '<a><b x="1"><c>007</c><c/></b></a>')).toEqual([{ '@x': '1', c: ['007', ''] }])
    expect(read(xml, '<a><b>1<i>2</i><![CDATA[ <3> ]]></b><b/></a>')).toEqual([{ i: '2', '#text': '1 <3>' }, ''])
    expect(read(xml, '<a/>')).toEqual([])
    expect(read(xml, '<a><b><__proto__>x</__proto__></b></a>').map((row) => JSON.stringify(row))).toEqual(['{"__proto__":"x"}'])
    expect(refusal(xml, '<other/>')).toContain('nothing at `records.path`')
  })

  it('is read in the encoding that it names itself', () => {
    const text = '<?xml version="1.0" encoding="ISO-8859-1"?><a><b><n>caf\u00e9</n></b></a>'
    expect(read(xml, Buffer.from(text, 'latin1'))).toEqual([{ n: 'café' }])
    expect(read(xml, Buffer.from(text, 'utf8'), 'text/xml; charset=utf-8')).toEqual([{ n: 'café' }])
    expect(read(xml, Buffer.from('\ufeff<a><b><n>é</n></b></a>', 'utf16le'))).toEqual([{ n: 'é' }])
    expect(refusal({ ...xml, encoding: 'utf-8' }, Buffer.from(text, 'latin1'))).toContain('UTF-8')
  })

  it.each([
    '<a><b></a>',
    '<a><b/>',
    '<a/><a/>',
    '<a>x & y</a>',
    '<a b=1/>',
    '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><a>&z;</a>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    '<a>'.repeat(5000) + '</a>'.repeat(5000),
  ])('is refused: %.60s', (text) => {
    expect(refusal(xml, text)).toContain('source_malformed')
    expect(refusal(xml, text)).not.toContain('root:')
  })
})

describe('a feed', () => {
  const feed: Records = { decoder: { type: 'feed' } }

  it('is RSS', () => {
    const rss = `<rss version="2.0" xmlns:dc="x" xmlns:content="y"><channel><title>T</title><link>l</link>
      <item><title>A &amp; B</title><link>https://a.example/1</link><guid isPermaLink="false">g1</guid><description><![CDATA[<p>x</p>]]></description>
        <content:encoded>all</content:encoded><dc:creator>Ann</dc:creator><category>x</category><category domain="d">y</category>
        <pubDate>Sun, 01 Mar 2026 12:00:00 +0100</pubDate></item>
      <item><link>https://a.example/2</link><pubDate>yesterday</pubDate></item></channel></rss>`
    expect(read(feed, rss)).toEqual([
      {
        ...{ id: 'g1', title: 'A & B', link: 'https://a.example/1', summary: '<p>x</p>', content: 'all', author: 'Ann' },
        ...{ categories: ['x', 'y'], published: '2026-03-01T11:00:00.000Z' },
      },
      { id: 'https://a.example/2', link: 'https://a.example/2', published: 'yesterday' },
    ])
    expect(read(feed, '<rss><channel><title>empty</title></channel></rss>')).toEqual([])
  })

  it.each([
    ['Sun, 01 Mar 2026 12:00:00 EST', '2026-03-01T17:00:00.000Z'],
    ['Sun, 01 Mar 2026 12:00:00', '2026-03-01T12:00:00.000Z'],
    ['1 Mar 2026 12:00 +0200', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T12:00:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['Sun, 32 Mar 2026 12:00:00 GMT', 'Sun, 32 Mar 2026 12:00:00 GMT'],
  ])('has the time %s in every time zone', (written, expected) => {
    const item = `<rss><channel><item><guid>1</guid><pubDate>${written}</pubDate></item></channel></rss>`
    expect(read(feed, item)).toEqual([{ id: '1', published: expected }])
  })

  it('is Atom', () => {
    const atom = `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>urn:1</id><title type="html">A</title>
      <link rel="self" href="https://a.example/self"/><link href="https://a.example/1"/><author><name>Ann</name></author>
      <category term="x"/><published>2026-03-01T12:00:00Z</published><updated>2026-03-02T12:00:00+01:00</updated><summary>s</summary></entry></feed>`
    expect(read(feed, atom)).toEqual([
      {
        ...{ id: 'urn:1', title: 'A', link: 'https://a.example/1', summary: 's', author: 'Ann', categories: ['x'] },
        ...{ published: '2026-03-01T12:00:00.000Z', updated: '2026-03-02T11:00:00.000Z' },
      },
    ])
  })

  it('is RSS 1.0, and nothing else', () => {
    expect(read(feed, '<rdf:RDF xmlns:rdf="r"><channel/><item rdf:about="https://a.example/1"><title>A</title></item></rdf:RDF>')).toEqual([
      { id: 'https://a.example/1', title: 'A' },
    ])
    expect(refusal(feed, '<html><body/></html>')).toContain('is no feed')
  })
})

describe('what is packed', () => {
  const json = Buffer.from('[{"id":1}]')

  it('is refused beyond its limit, however small it comes', () => {
    const bomb = Buffer.alloc(2_000_000, ' ')
    expect(refusal({ compression: { type: 'gzip', maxBytes: 1_000_000 } }, gzipSync(bomb))).toMatch(/^source_too_large .*1000000 bytes/)
    const archive = zipSync({ 'a.json': bomb, 'b.json': bomb })
    expect(refusal({ compression: { type: 'zip', maxBytes: 3_000_000 } }, archive)).toMatch(/^source_too_large/)
    expect(read({ compression: { type: 'zip', entry: 'c.json', maxBytes: 100 } }, zipSync({ 'a.json': bomb, 'c.json': json }))).toEqual([
      { id: 1 },
    ])
  })

  it('is refused when it is damaged, cut off, or something else', () => {
    const archive = zipSync({ 'a.json': [strToU8('[{"id":11111}]'), { level: 0 }] })
    expect(read({ compression: { type: 'zip' } }, archive)).toEqual([{ id: 11111 }])
    const damaged = Uint8Array.from(archive)
    const at = Buffer.from(damaged).indexOf('11111')
    damaged[at] = '2'.charCodeAt(0)
    expect(refusal({ compression: { type: 'zip' } }, damaged)).toContain('is damaged')
    expect(refusal({ compression: { type: 'zip' } }, archive.subarray(0, archive.length - 5))).toContain('source_malformed')
    expect(refusal({ compression: { type: 'zip', entry: 'x' } }, archive)).toContain('has no file "x"')
    const packed = gzipSync(json)
    expect(read({ compression: { type: 'gzip' } }, Buffer.concat([packed, gzipSync(Buffer.from(' '))]))).toEqual([{ id: 1 }])
    for (const bad of [packed.subarray(0, packed.length - 3), json, Buffer.alloc(0)]) {
      expect(refusal({ compression: { type: 'gzip' } }, bad)).toContain('not a whole gzip file')
    }
  })
})
