import { randomUUID } from 'node:crypto'
import type { Doc, DocumentQuery, JsonObject, SearchableSink, WeaverError } from '@data-weaver/contracts'
import { createDatabase, type TestDatabase } from '@data-weaver/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgres } from './index.ts'
import { lookThroughStatement, newestStatement, wordsStatement } from './search.ts'

const never = new AbortController().signal
const lineage = { resultId: randomUUID(), record: 0, runId: randomUUID(), streamId: randomUUID(), streamVersion: 1, transformVersion: 1 }

let database: TestDatabase
let sink: SearchableSink
/** A superuser beside the sink. */
let other: pg.Client

beforeAll(async () => {
  database = await createDatabase()
  sink = await postgres.open({ ledgerUrl: database.url }, {})
  other = new pg.Client({ connectionString: database.url })
  await other.connect()
})
afterAll(async () => {
  await sink.close()
  await other.end()
  await database.drop()
})

let tenants = 0
/** A tenant of its own per test, with documents written one batch after the other: the last is the newest. */
async function tenantWith(...batches: readonly (readonly (Partial<Doc> & { id: string; fields: JsonObject })[])[]): Promise<string> {
  const tenant = `tenant-${(tenants += 1)}`
  for (const [seq, batch] of batches.entries()) {
    const docs = batch.map((one): Doc => ({ stream: 'quakes', seq: seq + 1, deleted: false, lineage, tenant, ...one }))
    expect(await sink.upsert(docs, never)).toEqual([])
    // Changes have a time in milliseconds; the next batch is to have a later one.
    await other.query('SELECT pg_sleep(0.002)')
  }
  return tenant
}

const ids = async (query: Partial<DocumentQuery> & { tenant: string }): Promise<string[]> =>
  (await sink.search({ limit: 50, ...query })).items.map(({ id }) => id)

async function failureOf(query: DocumentQuery): Promise<WeaverError> {
  try {
    await sink.search(query)
  } catch (error) {
    return error as WeaverError
  }
  throw new Error('expected a failure')
}

describe('words', () => {
  const quakes = [
    {
      id: 'q1',
      fields: { place: '18km W of Searles Valley, California', mag: 7.1, net: 'ci', tags: ['Strong', { note: 'felt by many' }] },
    },
    { id: 'q2', fields: { place: '5km SE of Ridgecrest, California', mag: 4.2, url: 'https://example.org/events/q2' } },
    { id: 'q3', fields: { place: 'Ōtaki, Neuseeland — Erdbeben', mag: -1, felt: null, ok: true } },
    { id: 'q4', fields: { place: 'Gone Valley' }, deleted: true },
  ]

  it.each<[string, string[]]>([
    ['california', ['q1', 'q2']],
    ['CALIFORNIA', ['q1', 'q2']],
    ['california searles', ['q1']],
    ['"searles valley"', ['q1']],
    ['"valley searles"', []],
    ['california -ridgecrest', ['q1']],
    ['ridgecrest or erdbeben', ['q2', 'q3']],
    ['felt many', ['q1']],
    ['strong', ['q1']],
    ['7.1', ['q1']],
    ['ōtaki', ['q3']],
    ['example.org', ['q2']],
    ['place', []],
    ['gone', []],
    ['nothing', []],
    ['!!!', []],
    ['"', []],
    [`'; DROP TABLE documents; --`, []],
    ['searles\u0000valley', ['q1']],
    ['\ud800 searles', ['q1']],
  ])('%j finds %j', async (q, expected) => {
    const tenant = await tenantWith(quakes)
    expect((await ids({ tenant, q })).toSorted()).toEqual(expected)
  })

  it('are not needed: blank finds all', async () => {
    const tenant = await tenantWith(quakes)
    for (const q of ['', '  ']) expect(await ids({ tenant, q })).toEqual(['q1', 'q2', 'q3'])
  })

  it('are those of the last write', async () => {
    const tenant = await tenantWith([{ id: 'a', fields: { t: 'before' } }], [{ id: 'a', fields: { t: 'after' } }])
    expect(await ids({ tenant, q: 'before' })).toEqual([])
    expect(await ids({ tenant, q: 'after' })).toEqual(['a'])
  })

  it('are found at the beginning of a document that is larger than what is searchable', async () => {
    const filler = Array.from({ length: 300_000 }, (_, n) => `f${n.toString(36)}`).join(' ')
    const tenant = await tenantWith([{ id: 'large', fields: { head: 'needle', text: filler } }])
    expect(await ids({ tenant, q: 'needle' })).toEqual(['large'])
  })

  it('are found however deep they lie', async () => {
    // More newer documents than are looked through from the newest on.
    const newer = Array.from({ length: 1100 }, (_, n) => ({ id: `n${n}`, fields: { t: 'frequent' } }))
    const tenant = await tenantWith([{ id: 'old', fields: { t: 'rare frequent' } }], newer)
    expect(await ids({ tenant, q: 'rare' })).toEqual(['old'])
    expect(await ids({ tenant, q: 'frequent', limit: 3 })).toEqual(['n0', 'n1', 'n10'])
  })

  it('that are too many are refused by name', async () => {
    const tenant = await tenantWith(quakes)
    expect(await ids({ tenant, q: `searles ${'or x '.repeat(198)}` })).toEqual(['q1'])
    expect(await failureOf({ tenant, q: 'x '.repeat(501), limit: 1 })).toMatchObject({ code: 'invalid_request', errors: [{ field: 'q' }] })
  })
})

describe('lists', () => {
  it('are of one tenant, or one stream of it', async () => {
    const tenant = await tenantWith([
      { id: 'a', fields: { t: 'x' } },
      { id: 'b', fields: { t: 'x' }, stream: 'air' },
    ])
    const foreign = await tenantWith([{ id: 'a', fields: { t: 'x y' } }])
    expect(await ids({ tenant })).toEqual(['a', 'b'])
    expect(await ids({ tenant, stream: 'air' })).toEqual(['b'])
    expect(await ids({ tenant, stream: 'air', q: 'x' })).toEqual(['b'])
    expect(await ids({ tenant, stream: 'other\u0000' })).toEqual([])
    expect(await ids({ tenant, q: 'y' })).toEqual([])
    expect(await ids({ tenant: foreign, q: 'y' })).toEqual(['a'])
    expect((await sink.find(foreign, 'a'))?.fields).toEqual({ t: 'x y' })
    expect(await sink.find(foreign, 'b')).toBeUndefined()
    expect(await sink.find(foreign, 'a\u0000')).toBeUndefined()
  })

  it.each([undefined, 'word'])('begin with what changed last, and go on where the page before ended (q: %s)', async (q) => {
    const batches = Array.from({ length: 5 }, (_, batch) =>
      Array.from({ length: 7 }, (_each, n) => ({ id: `${batch}-${n}`, fields: { t: 'word', batch } })),
    )
    const tenant = await tenantWith(...batches)
    const seen: string[] = []
    let after: string | undefined
    let pages = 0
    do {
      const page = await sink.search({ tenant, limit: 3, ...(q === undefined ? {} : { q }), ...(after === undefined ? {} : { after }) })
      seen.push(...page.items.map(({ id }) => id))
      after = page.next ?? undefined
      pages += 1
      // A newer document between two pages does not disturb the rest.
      await sink.upsert([{ id: `new-${pages}`, tenant, stream: 's', seq: 100, fields: { t: 'word' }, deleted: false, lineage }], never)
    } while (after !== undefined)
    expect(seen).toEqual(batches.toReversed().flatMap((batch) => batch.map(({ id }) => id)))
    expect(pages).toBe(12)
  })

  it('end without a cursor when the last page is full', async () => {
    const tenant = await tenantWith([1, 2, 3, 4].map((n) => ({ id: `${n}`, fields: {} })))
    const page = await sink.search({ tenant, limit: 2 })
    const rest = await sink.search({ tenant, limit: 2, after: page.next as string })
    expect(rest.items.map(({ id }) => id)).toEqual(['3', '4'])
    expect(rest.next).toBeNull()
  })

  it('go on after ids of any text', async () => {
    const odd = ['a"b', 'a\\b', 'ключ', '🔑', 'x'.repeat(500)]
    const tenant = await tenantWith(odd.map((id) => ({ id, fields: {} })))
    const seen: string[] = []
    for (let after: string | undefined; seen.length < odd.length;) {
      const page = await sink.search({ tenant, limit: 1, ...(after === undefined ? {} : { after }) })
      seen.push(...page.items.map(({ id }) => id))
      after = page.next ?? undefined
    }
    expect(seen.toSorted()).toEqual(odd.toSorted())
  })

  const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  it.each([
    '',
    'x',
    '!!!',
    cursor(null),
    cursor({}),
    cursor(['2024-02-29T00:00:00.000Z']),
    cursor(['2024-02-29', 'a']),
    cursor(['2024-02-30T00:00:00.000Z', 'a']),
    cursor(['0000-01-01T00:00:00.000Z', 'a']),
    cursor(['2024-02-29T00:00:00.000Z', 'a\u0000']),
    cursor(['2024-02-29T00:00:00.000Z', 1]),
    cursor(['2024-02-29T00:00:00.000Z', 'a', 'b']),
    `${cursor(['2024-02-29T00:00:00.000Z', 'a'])}=`,
  ])('refuse the cursor %j', async (after) => {
    const error = await failureOf({ tenant: 't', limit: 1, after })
    expect(error.code).toBe('invalid_request')
    expect(error.errors).toEqual([expect.objectContaining({ field: 'after', problem: 'is not a cursor of this list' })])
  })

  it.each([0, -1, 1.5, Number.NaN])('refuse the limit %d', async (limit) => {
    expect((await failureOf({ tenant: 't', limit })).errors[0]?.field).toBe('limit')
  })
})

describe('plans', () => {
  let tenant: string
  const after = Buffer.from(JSON.stringify(['2124-02-29T00:00:00.000Z', 'a'])).toString('base64url')

  beforeAll(async () => {
    tenant = await tenantWith(
      ...Array.from({ length: 10 }, (_, batch) =>
        Array.from({ length: 500 }, (_each, n) => ({
          id: `${batch}-${n}`,
          stream: `stream-${n % 10}`,
          fields: { t: `frequent w${batch}x${n}` },
        })),
      ),
    )
    await other.query('ANALYZE weaver_documents.documents')
    await other.query('SET enable_seqscan = off')
  })

  async function plan({ text, values }: { text: string; values: readonly unknown[] }): Promise<string> {
    const { rows } = await other.query(`EXPLAIN ${text}`, [...values])
    return rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n')
  }

  it('walk an index in order, without sorting', async () => {
    for (const query of [{}, { after }]) {
      const newest = await plan(newestStatement({ tenant, limit: 50, ...query }))
      expect(newest).toContain('Index Scan using documents_newest on documents')
      expect(newest).not.toContain('Sort')
    }
    const stream = await plan(newestStatement({ tenant, limit: 50, stream: 'stream-3', after }))
    expect(stream).toContain('Index Scan using documents_newest_of_stream on documents')
    expect(stream).not.toContain('Sort')
    const walk = await plan(lookThroughStatement({ tenant, limit: 50, q: 'frequent', after }))
    expect(walk).toContain('Index Scan using documents_newest on documents')
    expect(walk).not.toContain('Sort')
  })

  it('find words in the index of words', async () => {
    for (const query of [{}, { after }]) {
      expect(await plan(wordsStatement({ tenant, limit: 50, q: 'w7x7', ...query }))).toContain('Bitmap Index Scan on documents_words')
    }
  })
})
