import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Bench, openBench, refused, tenant } from '../test/bench.ts'
import type { AuditComparison, AuditEntry } from './audit-comparison.ts'

let bench: Bench
beforeAll(async () => void (bench = await openBench()))
afterAll(async () => await bench[Symbol.asyncDispose]())
beforeEach(async () => void (await bench.other.query('truncate weaver.audits')))

describe('audits', () => {
  test('are taken one after the other, kept with what they found, and begun again when the leader was lost', async () => {
    const { audits } = bench.ledger
    const first = await audits.begin(tenant, 'user', { repair: true })
    const second = await audits.begin(tenant, 'schedule', { documentType: 'song', since: '2027-01-01T00:00:00.000Z' })
    expect(await audits.take()).toEqual({ id: first, tenant, documentType: null, since: null, repair: true })
    expect(await audits.get(tenant, first)).toMatchObject({ state: 'running', trigger: 'user', finishedAt: null, targets: [] })
    await audits.takeBack()
    expect((await audits.take())?.id).toBe(first)
    await audits.finish(first, [], null)
    expect(await audits.take()).toMatchObject({ id: second, documentType: 'song', since: new Date('2027-01-01T00:00:00Z') })
    await audits.finish(second, [], { code: 'sink_unavailable', origin: 'sink', message: 'away' })
    expect(await audits.take()).toBeUndefined()
    expect((await audits.list(tenant, 1)).items).toMatchObject([{ id: second, state: 'failed', error: { code: 'sink_unavailable' } }])
    expect((await audits.list(tenant, 5, second)).items).toMatchObject([{ id: first, state: 'completed' }])
    expect((await audits.latest(tenant))?.id).toBe(first)
    expect(await audits.sinceScheduled(tenant)).toBeGreaterThanOrEqual(0)
    expect(await refused(audits.get(tenant, uuidv7()))).toBe('not_found')
  })

  test('are forgotten after a month', async () => {
    const { ledger, other } = bench
    const old = await ledger.audits.begin(tenant, 'schedule', {})
    await other.query(`update weaver.audits set created_at = now() - interval '31 days'`)
    await ledger.audits.begin(tenant, 'user', {})
    expect(await refused(ledger.audits.get(tenant, old))).toBe('not_found')
    expect(await ledger.audits.sinceScheduled(tenant)).toBeNull()
  })

  test('see where streams feed Vespa, and what was delivered there, the newest first', async () => {
    const { ledger, fetched, change, deliver, other } = bench
    const sinks = [{ type: 'postgres' }, { type: 'vespa', namespace: 'audited', documentType: 'song' }]
    const { streamId, resultIds, deliveryIds } = await fetched({ pages: 3, change: { sinks } })
    const place = { namespace: 'audited', documentType: 'song' }
    expect(await ledger.audits.places(tenant)).toContainEqual(place)
    expect(await ledger.audits.feeders(tenant, place)).toEqual([streamId])
    await deliver(deliveryIds.slice(0, 4))
    await other.query(
      `insert into weaver.dead_letters (tenant, stream_id, run_id, result_id, delivery_id, sink, position, record, error)
       select tenant, stream_id, run_id, result_id, id, sink, position, 1, '{}' from weaver.deliveries where result_id = $1 and sink = 'vespa'`,
      [resultIds[0]],
    )
    const delivered = await ledger.audits.delivered(streamId, Number.MAX_SAFE_INTEGER, 10)
    expect(delivered.map(({ resultId }) => resultId)).toEqual(resultIds.toReversed())
    const done = delivered.flatMap(({ resultId, deliveries }) => deliveries.map((delivery) => ({ resultId, ...delivery })))
    expect(done).toContainEqual({ resultId: resultIds[0], position: 1, version: 1, refused: [1] })
    expect(done.every(({ position }) => position === 1)).toBe(true)
    expect(await ledger.audits.delivered(streamId, delivered[1]?.seq ?? 0, 10)).toHaveLength(1)
    // An earlier version fed it: what it delivered is still there.
    await change(streamId, { sinks: [{ type: 'postgres' }] })
    expect(await ledger.audits.places(tenant)).not.toContainEqual(place)
    expect(await ledger.audits.feeders(tenant, place)).toEqual([streamId])
  })
})

describe('a comparison', () => {
  const strange = uuidv7()
  let known = ''
  beforeAll(async () => void (known = (await bench.fetched({ pages: 1 })).resultIds[0] as string))
  const streamId = uuidv7()
  const entry = (id: string, seq: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
    tenant,
    id,
    seq,
    transformVersion: 1,
    record: 0,
    deleted: false,
    resultId: known,
    streamId,
    writtenAt: 0,
    altered: false,
    ...more,
  })
  const compared = async (work: (comparison: AuditComparison) => Promise<void>) => {
    const comparison = await bench.ledger.audits.compare()
    try {
      await work(comparison)
      const { missing, stale, altered, unknown, ...counts } = await comparison.conclude()
      const found = (await comparison.examples(100)).map(({ finding, id }) => `${finding} ${id}`)
      return {
        missing,
        stale,
        altered,
        unknown,
        counts,
        found,
        repairs: await comparison.repairs(),
        mendable: await comparison.altered(100),
      }
    } finally {
      await comparison.close()
    }
  }

  test('tells what is missing, stale and unknown; newer, equal and tombstones are fine', async () => {
    const { resultIds } = await bench.fetched({ pages: 1 })
    const result = resultIds[0] as string
    const {
      found,
      counts,
      repairs,
      mendable: _,
      ...sums
    } = await compared(async (comparison) => {
      await comparison.expect([
        entry('equal', 5),
        entry('newer', 5),
        entry('missing', 5),
        entry('stale', 5, { record: 3 }),
        entry('older transform', 5, { transformVersion: 2 }),
        entry('gone', 5, { deleted: true }),
        entry('collected', 5, { deleted: true }),
        entry('lives', 5, { deleted: true, resultId: result }),
      ])
      // The newest of one document counts, in whatever order it is said.
      await comparison.expect([entry('equal', 4), entry('newer', 6), entry('newer', 3)])
      await comparison.noteRead([result, result])
      await comparison.find([
        entry('equal', 5),
        entry('newer', 7),
        entry('stale', 5, { record: 2 }),
        entry('older transform', 5, { transformVersion: 1, record: 9, resultId: strange }),
        entry('gone', 6, { deleted: true }),
        entry('lives', 4),
        entry('strange', 5, { resultId: strange }),
        entry('unsaid', 5, { resultId: result }),
        entry('tombstone', 5, { deleted: true, resultId: strange }),
      ])
    })
    expect(found).toEqual(['missing missing', 'stale lives', 'stale older transform', 'stale stale', 'unknown strange', 'unknown unsaid'])
    expect(sums).toEqual({ missing: 1, stale: 3, altered: 0, unknown: 2 })
    expect(counts).toEqual({ expected: 5, found: 7, tombstones: 2 })
    expect(repairs.map(({ streamId: of, results }) => [of, results.toSorted()])).toEqual([[streamId, [known, result].toSorted()]])
  })

  test('says nothing of what a result that was not read may have written', async () => {
    const { resultIds } = await bench.fetched({ pages: 1 })
    const { found } = await compared(async (comparison) => await comparison.find([entry('a', 5, { resultId: resultIds[0] as string })]))
    expect(found).toEqual([])
  })

  test('tells what was altered, unless it is something else as well, and what of it can be written again', async () => {
    const { streamId: own, resultIds } = await bench.fetched({ pages: 2 })
    const [kept, expired] = resultIds as [string, string]
    const of = (id: string, more: Partial<AuditEntry> = {}) => entry(id, 5, { streamId: own, resultId: kept, ...more })
    const told = async () =>
      await compared(async (comparison) => {
        await comparison.expect([
          of('altered'),
          of('fine'),
          of('older'),
          of('hidden'),
          of('revived', { deleted: true }),
          of('deleted', { deleted: true }),
        ])
        await comparison.noteRead([kept])
        await comparison.find([
          of('altered', { altered: true }),
          of('fine'),
          of('older', { altered: true, seq: 4 }),
          of('hidden', { deleted: true }),
          of('revived'),
          of('deleted', { deleted: true, altered: true }),
          of('strange', { altered: true, resultId: strange }),
          of('unsaid', { altered: true }),
          of('not read again', { altered: true, resultId: expired }),
        ])
      })
    const first = await told()
    expect(first.found).toEqual([
      'altered altered',
      'altered hidden',
      'altered not read again',
      'altered revived',
      'stale older',
      'unknown strange',
      'unknown unsaid',
    ])
    expect(first).toMatchObject({ altered: 4, stale: 1, unknown: 2, missing: 0 })
    expect(first.mendable.map(({ id }) => id)).toEqual(['altered', 'hidden', 'not read again', 'revived'])
    expect(first.mendable[0]).toEqual({ tenant, id: 'altered', seq: 5, transformVersion: 1, record: 0, streamId: own })
    expect(first.repairs.map(({ results }) => results.toSorted())).toEqual([[kept, expired].toSorted()])
    // What is not kept any more cannot be read again.
    await bench.other.query(
      `update weaver.streams set expired_until = (select max(seq) from weaver.results where stream_id = $1) where id = $1`,
      [own],
    )
    const then = await told()
    expect([then.altered, then.mendable, then.repairs]).toEqual([4, [], [{ streamId: own, results: [kept] }]])
  })

  test('finds tombstones that no older write can come after', async () => {
    const { fetched, deliver, other, ledger } = bench
    await other.query('truncate weaver.operations cascade')
    const { streamId: quiet, resultIds, deliveryIds } = await fetched({ pages: 3 })
    const { rows } = await other.query<{ seq: string }>('select seq::text from weaver.results r where stream_id = $1 order by r.seq', [
      quiet,
    ])
    const [first = 0, second = 0, third = 0] = rows.map(({ seq }) => Number(seq))
    const old = Math.floor(Date.now() / 1000) - 7200
    const tombstone = (id: string, seq: number, more: Partial<AuditEntry> = {}) =>
      entry(id, seq, { deleted: true, streamId: quiet, resultId: resultIds[0] as string, writtenAt: old, ...more })
    const collectable = async () => {
      const comparison = await ledger.audits.compare()
      try {
        await comparison.find([
          tombstone('first', first),
          tombstone('second', second),
          tombstone('third', third),
          tombstone('young', first, { writtenAt: old + 7200 }),
          tombstone('alive', first, { deleted: false }),
        ])
        return (await comparison.collectable(3600, 100)).map(({ id, seq }) => [id, seq])
      } finally {
        await comparison.close()
      }
    }
    // The first result is still on its way, and could bring anything back that was deleted later.
    expect(await collectable()).toEqual([])
    await deliver(deliveryIds.slice(0, 1))
    expect(await collectable()).toEqual([['first', first]])
    await deliver(deliveryIds)
    expect(await collectable()).toEqual([
      ['first', first],
      ['second', second],
      ['third', third],
    ])
    await other.query(
      `insert into weaver.dead_letters (tenant, stream_id, run_id, result_id, delivery_id, sink, position, record, error)
       select tenant, stream_id, run_id, result_id, id, sink, position, 1, '{}' from weaver.deliveries where result_id = $1`,
      [resultIds[1]],
    )
    expect(await collectable()).toEqual([['first', first]])
    await other.query('update weaver.dead_letters set resolved_at = now() where stream_id = $1', [quiet])
    await ledger.redeliveries.reparse(tenant, quiet, {})
    expect(await collectable()).toEqual([])
  })
})
