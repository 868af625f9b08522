import { randomUUID } from 'node:crypto'
import type { Doc, JsonObject, Lineage, SearchableSink, StoredDocument } from '@data-weaver/contracts'
import { createDatabase, eventually, freePort, type TestDatabase } from '@data-weaver/testkit'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postgres } from './index.ts'

const never = new AbortController().signal
const streamId = randomUUID()

function doc(id: string, seq: number, fields: JsonObject, more: Partial<Omit<Doc, 'lineage'>> & { lineage?: Partial<Lineage> } = {}): Doc {
  const lineage = { resultId: randomUUID(), record: 0, runId: randomUUID(), streamId, streamVersion: 1, transformVersion: 1, ...more.lineage }
  return { id, tenant: 'default', stream: 'quakes', seq, fields, deleted: false, ...more, lineage }
}

let database: TestDatabase
let sink: SearchableSink
/** A superuser beside the sink, to look and to disturb. */
let other: pg.Client

beforeAll(async () => {
  database = await createDatabase()
  sink = await postgres.open({ ledgerUrl: database.url }, {})
  other = new pg.Client({ connectionString: database.url })
  other.on('error', () => {})
  await other.connect()
})
afterAll(async () => {
  await sink.close()
  await other.end()
  await database.drop()
})
beforeEach(async () => {
  await other.query('TRUNCATE weaver_documents.documents')
})

const put = (...batch: readonly Doc[]) => sink.upsert(batch, never)

async function get(id: string): Promise<StoredDocument> {
  const found = await sink.find('default', id)
  if (found === undefined) throw new Error(`no document ${id}`)
  return found
}

/** Where the row lies: another place means that it was written. */
const placeOf = async (id: string): Promise<unknown> =>
  (await other.query('SELECT ctid, xmin FROM weaver_documents.documents WHERE id = $1', [id])).rows[0]

/** Lets the database refuse what it would accept, with this SQLSTATE, while `work` runs. */
async function whileRaising(state: string, when: string, work: () => Promise<void>): Promise<void> {
  await other.query(`
    CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF ${when} THEN RAISE EXCEPTION 'made by a test' USING ERRCODE = '${state}'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER raise BEFORE INSERT ON weaver_documents.documents FOR EACH ROW EXECUTE FUNCTION raise()`)
  try {
    await work()
  } finally {
    await other.query('DROP TRIGGER raise ON weaver_documents.documents; DROP FUNCTION raise()')
  }
}

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
    const { rows } = await other.query('SELECT fields, deleted FROM weaver_documents.documents')
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
        const { rows } = await client.query(`SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = 'documents'`)
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

  it('do not change the batch', async () => {
    const batch = Object.freeze([doc('b', 1, {}), doc('a', 1, {}), doc('a', 2, {})].map((one) => Object.freeze(one)))
    expect(await sink.upsert(batch, never)).toEqual([])
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
    const { rows } = await other.query('SELECT count(*)::int AS n FROM weaver_documents.documents')
    expect(rows).toEqual([{ n: 97 }])
  })

  it.each(['54000', '23514', '22003'])('are made of SQLSTATE %s', async (state) => {
    await whileRaising(state, `NEW.id = 'bad'`, async () => {
      expect((await put(doc('bad', 1, {}), doc('good', 1, {}))).map(({ index }) => index)).toEqual([0])
    })
    expect(await sink.find('default', 'good')).toBeDefined()
  })

  it('are not needed for words that are too many for a tsvector', async () => {
    // Four bytes a character and every word hyphenated: the most that fits into the searchable part of a document.
    const letter = (n: number) => String.fromCodePoint(0x20000 + (n % 40_000))
    const words = Array.from({ length: 40_000 }, (_, n) => `${letter(n)}${letter(n * 7)}-${letter(n * 3)}${letter(n * 11)}`).join(' ')
    const parts = Array.from({ length: 90_000 }, (_, n) => `${letter(n)}`).join('-')
    const urls = Array.from({ length: 20_000 }, (_, n) => `a${n}.com/b${n}`).join(' ')
    const numbers = Array.from({ length: 30_000 }, (_, n) => n * 1.1)
    expect(await put(...[words, words.slice(0, 99_000), parts, parts.slice(0, 99_000), urls, urls.slice(0, 99_000), numbers].map((text, n) => doc(`t${n}`, 1, { text })))).toEqual([])
  })
})

describe('the whole batch', () => {
  it.each([
    ['53100', 'sink_full'],
    ['53300', 'sink_unavailable'],
    ['57P03', 'sink_unavailable'],
    ['57014', 'sink_unavailable'],
    ['25006', 'sink_unavailable'],
    ['40P01', 'sink_unavailable'],
    ['42501', 'sink_unavailable'],
    ['58030', 'sink_unavailable'],
  ])('is to be tried again after SQLSTATE %s: %s', async (state, code) => {
    await whileRaising(state, 'true', async () => {
      await expect(put(doc('a', 1, {}))).rejects.toMatchObject({ code, retryable: true })
    })
    expect(await put(doc('a', 1, {}))).toEqual([])
  })

  it('is to be tried again when the connection is lost under way', async () => {
    await put(doc('a', 1, {}))
    await other.query('BEGIN')
    await other.query(`SELECT FROM weaver_documents.documents WHERE id = 'a' FOR UPDATE`)
    const upserted = put(doc('a', 2, {}))
    const outcome = expect(upserted).rejects.toMatchObject({ code: 'sink_unavailable', retryable: true })
    const pid = await waitingBackend()
    await other.query('SELECT pg_terminate_backend($1)', [pid])
    await outcome
    await other.query('ROLLBACK')
    expect(await put(doc('a', 3, {}))).toEqual([])
    expect((await get('a')).seq).toBe(3)
  })

  it('does not suffer from connections that were lost while idle', async () => {
    await put(doc('a', 1, {}))
    const ended = await other.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weaver-sink-postgres' AND datname = current_database()`)
    expect(ended.rowCount).toBeGreaterThan(0)
    await eventually(() => put(doc('a', 2, {})).then(() => true), { what: 'a new connection' })
    expect((await get('a')).seq).toBe(2)
  })
})

/** The process of the sink's statement that waits for a lock. */
const waitingBackend = (): Promise<number> =>
  eventually(
    async () => {
      const { rows } = await other.query(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'weaver-sink-postgres' AND datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return (rows[0] as { pid: number } | undefined)?.pid
    },
    { what: 'the statement to wait for the lock' },
  )

describe('an abort', () => {
  it('rejects at once and ends the statement on the server', async () => {
    await put(doc('a', 1, { n: 1 }))
    await other.query('BEGIN')
    await other.query(`SELECT FROM weaver_documents.documents WHERE id = 'a' FOR UPDATE`)
    try {
      const controller = new AbortController()
      const reason = new Error('stopped')
      const upserted = sink.upsert([doc('a', 2, { n: 2 })], controller.signal)
      const outcome = expect(upserted).rejects.toBe(reason)
      const pid = await waitingBackend()
      controller.abort(reason)
      // The lock is still held: had the rejection to wait for the statement, it would not come.
      await outcome
      await eventually(
        async () => {
          await other.query('SELECT pg_stat_clear_snapshot()')
          return (await other.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount === 0
        },
        { what: 'the statement to end' },
      )
    } finally {
      await other.query('ROLLBACK')
    }
    expect((await get('a')).seq).toBe(1)
    expect(await put(doc('a', 2, { n: 2 }))).toEqual([])
  })

  it('is heard while all connections are in use', async () => {
    await put(doc('a', 1, {}))
    await other.query('BEGIN')
    await other.query(`SELECT FROM weaver_documents.documents WHERE id = 'a' FOR UPDATE`)
    const blocked = Array.from({ length: 6 }, (_, n) => put(doc('a', 2 + n, {})))
    await waitingBackend()
    const controller = new AbortController()
    const upserted = sink.upsert([doc('b', 1, {})], controller.signal)
    const outcome = expect(upserted).rejects.toMatchObject({ message: 'stopped' })
    controller.abort(new Error('stopped'))
    await outcome
    await other.query('ROLLBACK')
    await Promise.all(blocked)
    expect((await get('a')).seq).toBe(7)
    expect(await sink.find('default', 'b')).toBeUndefined()
  })
})

describe('opening', () => {
  it('makes the tables once, however many do it at the same time', async () => {
    await using fresh = await createDatabase()
    const opened = await Promise.all(Array.from({ length: 8 }, () => postgres.open({ ledgerUrl: fresh.url }, {})))
    await opened[7]?.upsert([doc('a', 1, { n: 1 })], never)
    expect(await opened[0]?.find('default', 'a')).toMatchObject({ fields: { n: 1 } })
    await Promise.all(opened.map((one) => one.close()))
  })

  it('finds what is there, with a user that may not create anything', async () => {
    await put(doc('a', 1, { n: 1 }))
    const role = `test_${randomUUID().replaceAll('-', '')}`
    await other.query(`
      CREATE ROLE ${role} LOGIN PASSWORD 'p';
      GRANT USAGE ON SCHEMA weaver_documents TO ${role};
      GRANT SELECT ON weaver_documents.migrations TO ${role};
      GRANT SELECT, INSERT, UPDATE ON weaver_documents.documents TO ${role}`)
    try {
      const url = new URL(database.url)
      url.username = role
      url.password = 'p'
      const limited = await postgres.open({ ledgerUrl: url.href }, {})
      expect(await limited.upsert([doc('a', 2, { n: 2 })], never)).toEqual([])
      expect(await limited.find('default', 'a')).toMatchObject({ fields: { n: 2 } })
      await limited.close()
    } finally {
      await other.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })

  it('fails as unavailable when nobody listens', async () => {
    const url = `postgres://user:hidden@127.0.0.1:${await freePort()}/none`
    const opening = postgres.open({ ledgerUrl: url }, {})
    await expect(opening).rejects.toMatchObject({ code: 'sink_unavailable', message: 'the documents’ database cannot be reached (ECONNREFUSED)' })
  })
})
