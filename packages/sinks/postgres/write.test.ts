import type { Doc } from '@data-weaver/contracts'
import { createDatabase, eventually } from '@data-weaver/testkit'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postgres } from './index.ts'
import { Bench, doc, never } from './test/bench.ts'

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())
beforeEach(() => bench.clear())

const put = (...batch: readonly Doc[]) => bench.put(...batch)
const get = (id: string) => bench.get(id)

/** Where the row lies: another place means that it was written. */
const placeOf = async (id: string): Promise<unknown> =>
  (await bench.other.query('SELECT ctid, xmin FROM weaver_documents.documents WHERE id = $1', [id])).rows[0]

describe('revisions', () => {
  it('count changes of the fields, and only these move changedAt', async () => {
    await put(doc('a', 1, { n: 1, o: { x: 1, y: 2 } }))
    const first = await get('a')
    expect(first.revision).toBe(1)
    expect(first.changedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

    // Equal as values: the order of keys is not part of a JSON object.
    const same = doc('a', 2, { o: { y: 2, x: 1 }, n: 1 }, { lineage: { streamVersion: 9 } })
    await put(same)
    expect(await get('a')).toEqual({ ...first, seq: 2, lineage: same.lineage })

    await put(doc('a', 3, { n: 2 }))
    const changed = await get('a')
    expect(changed.revision).toBe(2)
    expect(Date.parse(changed.changedAt)).toBeGreaterThanOrEqual(Date.parse(first.changedAt))
  })

  it('go on after a delete', async () => {
    await put(doc('a', 1, { n: 1 }))
    await put(doc('a', 2, { n: 1 }, { deleted: true }))
    await put(doc('a', 3, { n: 1 }))
    expect((await get('a')).revision).toBe(2)
    await put(doc('b', 1, {}, { deleted: true }))
    await put(doc('b', 2, {}))
    expect((await get('b')).revision).toBe(1)
  })

  it('keep nothing of what was deleted', async () => {
    await put(doc('a', 1, { secret: 'x' }))
    await put(doc('a', 2, { secret: 'x' }, { deleted: true }))
    const { rows } = await bench.other.query('SELECT fields, deleted FROM weaver_documents.documents')
    expect(rows).toEqual([{ fields: {}, deleted: true }])
  })
})

describe('writes', () => {
  it('do not happen for what is there already, or is older', async () => {
    const batch = [doc('a', 5, { n: 1 }), doc('b', 5, {}, { deleted: true })]
    await put(...batch)
    const places = [await placeOf('a'), await placeOf('b')]
    await put(...batch)
    await put(doc('a', 4, { n: 2 }), doc('b', 4, { n: 2 }))
    expect([await placeOf('a'), await placeOf('b')]).toEqual(places)
  })

  it('touch no index when the fields stay', async () => {
    await using fresh = await createDatabase()
    const client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    // Postgres counts a connection's work for all to see when the connection ends.
    const through = async (...docs: readonly Doc[]) => {
      const once = await postgres.open({ ledgerUrl: fresh.url }, {})
      for (const one of docs) expect(await once.upsert([one], never)).toEqual([])
      await once.close()
    }
    const text = 'x y z '.repeat(10_000)
    await through(doc('a', 1, { text }), doc('b', 1, { n: 1 }))
    await through(...[2, 3, 4, 5].flatMap((seq) => [doc('a', seq, { text }), doc('b', seq, { n: 1 })]))
    const updates = await eventually(
      async () => {
        const { rows } = await client.query(
          `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = 'documents'`,
        )
        const counted = rows[0] as { all: number; hot: number }
        return counted.all === 8 ? counted : undefined
      },
      { what: 'the count of eight updates' },
    )
    expect(updates.hot).toBe(8)
    await client.end()
  })

  it('split what is too much for one statement', async () => {
    const batch = Array.from({ length: 5 }, (_, n) => doc(`big${n}`, 1, { n, text: `${n}`.repeat(3 * 2 ** 20) }))
    expect(await put(...batch)).toEqual([])
    expect((await get('big4')).fields['n']).toBe(4)
  })

  it('of parallel batches lock in one order: there is no deadlock to recover from', async () => {
    await using fresh = await createDatabase()
    const once = await postgres.open({ ledgerUrl: fresh.url }, {})
    const ids = Array.from({ length: 100 }, (_, n) => `id-${n}`)
    const batches = Array.from({ length: 60 }, (_, seq) => (seq % 2 === 0 ? ids : ids.toReversed()).map((id) => doc(id, seq + 1, { seq })))
    await Promise.all(batches.map((batch) => once.upsert(batch, never)))
    await once.close()
    // A connection that has left the list has told what it saw.
    await eventually(
      async () => (await bench.other.query(`SELECT FROM pg_stat_activity WHERE datname = $1`, [fresh.name])).rowCount === 0,
      { what: 'the connections to end' },
    )
    const { rows } = await bench.other.query('SELECT deadlocks::int FROM pg_stat_database WHERE datname = $1', [fresh.name])
    expect(rows).toEqual([{ deadlocks: 0 }])
  })

  it('do not change the batch', async () => {
    const batch = Object.freeze([doc('b', 1, {}), doc('a', 1, {}), doc('a', 2, {})].map((one) => Object.freeze(one)))
    expect(await bench.sink.upsert(batch, never)).toEqual([])
  })
})

describe('rejections', () => {
  it('say which field holds what cannot be stored, and do not show it', async () => {
    const rejections = await put(
      doc('a', 1, { fine: 'x', bad: { deep: ['private\u0000text'] } }),
      doc('b', 1, { half: 'private\ud800text' }),
      doc('c', 1, { 'private\u0000name': 1 }),
      doc('nul\u0000', 1, {}),
      doc('half\ud800', 1, {}),
      doc(`long${'é'.repeat(1000)}`, 1, {}),
    )
    expect(rejections.map(({ message }) => message.replace('the document cannot be stored: ', ''))).toEqual([
      'the field bad holds the character U+0000, which jsonb cannot store',
      'the field half holds half of a surrogate pair, which jsonb cannot store',
      'the name of a field holds the character U+0000, which jsonb cannot store',
      'its id holds the character U+0000',
      'its id holds half of a surrogate pair',
      'its id is longer than 2000 bytes',
    ])
    expect(JSON.stringify(rejections)).not.toContain('private')
  })

  it('of Postgres itself hit only the documents at fault', async () => {
    const batch = Array.from({ length: 100 }, (_, n) => doc(`d${n}`, 1, { n }, { lineage: n % 33 === 7 ? { runId: 'not a uuid' } : {} }))
    const rejections = await put(...batch)
    expect(rejections.map(({ index }) => index)).toEqual([7, 40, 73])
    expect(rejections[0]).toEqual({
      index: 7,
      code: 'sink_rejected',
      message: 'the document cannot be stored: it holds a value that Postgres does not take (SQLSTATE 22P02)',
    })
    const { rows } = await bench.other.query('SELECT count(*)::int AS n FROM weaver_documents.documents')
    expect(rows).toEqual([{ n: 97 }])
  })

  it('of Postgres itself let the newest of the same id that it takes be written', async () => {
    const bad = { lineage: { runId: 'not a uuid' } }
    const rejections = await put(
      doc('a', 4, { n: 4 }, bad),
      doc('a', 1, { n: 1 }),
      doc('a', 3, { n: 3 }, bad),
      doc('a', 2, { n: 2 }),
      doc('b', 9, { n: 9 }),
    )
    expect(rejections.map(({ index }) => index)).toEqual([0, 2])
    expect(await get('a')).toMatchObject({ seq: 2, fields: { n: 2 }, revision: 1 })
    expect((await get('b')).seq).toBe(9)
  })

  it.each(['54000', '23514', '22003'])('are made of SQLSTATE %s', async (state) => {
    await bench.whileRaising(state, `NEW.id = 'bad'`, async () => {
      expect((await put(doc('bad', 1, {}), doc('good', 1, {}))).map(({ index }) => index)).toEqual([0])
    })
    expect(await bench.sink.find('default', 'good')).toBeDefined()
  })

  it('are not needed for words that are too many for a tsvector', async () => {
    // Four bytes a character and every word hyphenated: the most that fits into the searchable part of a document.
    const letter = (n: number) => String.fromCodePoint(0x20000 + (n % 40_000))
    const words = Array.from({ length: 40_000 }, (_, n) => `${letter(n)}${letter(n * 7)}-${letter(n * 3)}${letter(n * 11)}`).join(' ')
    const parts = Array.from({ length: 90_000 }, (_, n) => `${letter(n)}`).join('-')
    const urls = Array.from({ length: 20_000 }, (_, n) => `a${n}.com/b${n}`).join(' ')
    const numbers = Array.from({ length: 30_000 }, (_, n) => n * 1.1)
    expect(
      await put(
        ...[words, words.slice(0, 99_000), parts, parts.slice(0, 99_000), urls, urls.slice(0, 99_000), numbers].map((text, n) =>
          doc(`t${n}`, 1, { text }),
        ),
      ),
    ).toEqual([])
  })
})
