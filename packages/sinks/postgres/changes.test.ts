import type { ChangePosition, DocumentChange } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench, doc } from './test/bench.ts'

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
})
afterAll(async () => await bench[Symbol.asyncDispose]())

const read = async (
  after: ChangePosition,
  more: { upTo?: ChangePosition; streams?: string[]; limit?: number; maxFieldsBytes?: number } = {},
) => await bench.sink.changes.read({ after, limit: 1000, maxFieldsBytes: 1000, ...more })
/**
 * Waits until everything written so far can be read: changes are held back by any transaction that is open anywhere in the server, and other
 * test files work on other databases of the same one.
 */
const settled = async (): Promise<void> => {
  const { rows } = await bench.other.query<{ id: string }>('select pg_current_xact_id()::text as id')
  const passed = async () =>
    (await bench.other.query<{ passed: boolean }>('select pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 as passed', [rows[0]?.id]))
      .rows
  await eventually(async () => (await passed())[0]?.passed, { what: 'older transactions of the server to end' })
}
const end = async () => (await settled(), await bench.sink.changes.end())
const readAll: typeof read = async (...query) => (await settled(), await read(...query))
const ids = (changes: readonly DocumentChange[]) => changes.map(({ document }) => document.id)

describe('changes', () => {
  it('are new and changed documents, once each, in their last state', async () => {
    const from = await end()
    await bench.put(doc('new', 1, { n: 1 }), doc('other', 1, { n: 1 }))
    await bench.put(doc('new', 2, { n: 2 }))
    const changes = await readAll(from)
    expect(ids(changes)).toEqual(['other', 'new'])
    expect(changes[1]).toEqual({
      position: expect.anything(),
      tenant: 'default',
      deleted: false,
      document: expect.objectContaining({ id: 'new', stream: 'quakes', seq: 2, revision: 2 }),
      fields: '{"n": 2}',
    })
    expect(changes[1]?.document).not.toHaveProperty('fields')
    expect(await readAll(changes[0]?.position ?? from)).toEqual([changes[1]])
    expect(await readAll(changes[1]?.position ?? from)).toEqual([])
    expect(await readAll({ txid: '0', seq: 0 }, { limit: 1 })).toHaveLength(1)
  })

  it('are not: the same fields again, an older write, a delete of what never was', async () => {
    await bench.put(doc('same', 5, { n: 1 }))
    const from = await end()
    await bench.put(doc('same', 6, { n: 1 }), doc('never', 1, {}, { deleted: true }))
    await bench.put(doc('same', 4, { n: 2 }))
    expect(await readAll(from)).toEqual([])
    await bench.put(doc('same', 7, {}, { deleted: true }))
    const [gone] = await readAll(from)
    expect(gone).toMatchObject({ deleted: true, fields: null, document: { id: 'same', seq: 7 } })
    await bench.put(doc('same', 8, { n: 1 }))
    expect(await readAll(from)).toMatchObject([{ deleted: false, fields: '{"n": 1}' }])
  })

  it('are of some streams, up to a place, without fields that are too large', async () => {
    const from = await end()
    await bench.put(
      doc('a', 1, { n: 1 }, { stream: 'one' }),
      doc('b', 1, { n: 1 }, { stream: 'two' }),
      doc('c', 1, { text: 'x'.repeat(2000) }),
    )
    const all = await readAll(from)
    expect(ids(all)).toEqual(['a', 'b', 'c'])
    expect(all[2]).toMatchObject({ deleted: false, fields: null })
    expect(ids(await readAll(from, { streams: ['two', 'none'] }))).toEqual(['b'])
    expect(ids(await readAll(from, { upTo: all[1]?.position ?? from }))).toEqual(['a', 'b'])
    expect(ids(await readAll(from, { maxFieldsBytes: 10_000 }))).toEqual(['a', 'b', 'c'])
  })

  it('wait for older transactions that are open, so that none comes before what was read', async () => {
    const from = await end()
    await using older = await connect()
    await older.query(`begin; select pg_current_xact_id()`)
    await bench.put(doc('later', 1, { n: 1 }))
    expect(await read(from)).toEqual([])
    await older.query(`insert into weaver_documents.documents
      (result_id, run_id, stream_id, seq, changed_at, transform_version, record, stream_version, revision, deleted, tenant, stream, id, fields, changed_in, change)
      values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, now(), 1, 0, 1, 1, false, 'default', 'quakes', 'earlier', '{}', pg_current_xact_id(), 1);
      commit`)
    expect(ids(await readAll(from))).toEqual(['earlier', 'later'])
  })

  it('lose nothing and repeat nothing while many write the same documents', async () => {
    const from = await end()
    const seen = new Map<string, DocumentChange>()
    const places = new Set<string>()
    let position = from
    let writing = true
    const reading = (async () => {
      for (;;) {
        const last = !writing
        const changes = await read(position, { limit: 7 })
        for (const change of changes) {
          const place = JSON.stringify(change.position)
          expect(places).not.toContain(place)
          places.add(place)
          expect(change.document.seq).toBeGreaterThan(seen.get(change.document.id)?.document.seq ?? 0)
          seen.set(change.document.id, change)
        }
        position = changes.at(-1)?.position ?? position
        if (changes.length === 0 && last) return
      }
    })()
    await Promise.all(
      [0, 1, 2, 3].map(async (writer) => {
        for (let round = 0; round < 40; round += 1) {
          const seq = 1000 + round * 4 + writer
          await bench.put(...[0, 1, 2, 3, 4].map((n) => doc(`shared-${(n + writer) % 8}`, seq, { seq })))
        }
      }),
    )
    await settled()
    writing = false
    await reading
    expect(seen.size).toBe(8)
    for (const [id, change] of seen) expect(change.document.seq).toBe((await bench.get(id)).seq)
  })

  it('are announced soon after a batch', async () => {
    await using listener = await connect()
    const heard: unknown[] = []
    listener.on('notification', ({ channel }) => heard.push(channel))
    await listener.query('listen weaver_documents')
    await bench.put(doc('announced', 1, { n: 1 }))
    await eventually(() => heard.length > 0, { what: 'the notification' })
    expect(new Set(heard)).toEqual(new Set(['weaver_documents']))
  })

  it('are read along their index', async () => {
    const { rows } = await bench.other
      .query<{ 'QUERY PLAN': string }>(
        `set enable_seqscan = off; explain select 1 from weaver_documents.documents where (changed_in, change) > ('5'::xid8, 1) and changed_in > '0'
       and changed_in < pg_snapshot_xmin(pg_current_snapshot()) order by changed_in, change limit 10`,
      )
      .then(
        (answers) => (Array.isArray(answers) ? (answers as (typeof answers)[]).at(-1) : answers) as { rows: { 'QUERY PLAN': string }[] },
      )
    await bench.other.query('reset enable_seqscan')
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/documents_changes/)
    expect(plan).not.toMatch(/Sort/)
  })
})

async function connect(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: bench.database.url })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: async () => await client.end() })
}
