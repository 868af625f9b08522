import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, ended, openBench, tenant } from '../test/bench.ts'

let bench: Bench
beforeAll(async () => void (bench = await openBench()))
afterAll(async () => await bench[Symbol.asyncDispose]())

describe('a delivery that changed hands', () => {
  /** The first carrier fell silent, the delivery was freed, a second one carries it. */
  async function overtaken(): Promise<string> {
    const { ledger, other, fetched } = bench
    const [id] = (await fetched()).deliveryIds as [string]
    expect(await ledger.beginDeliveries('asleep', [id])).toMatchObject([{ attempts: 1 }])
    await other.query(`update weaver.deliveries set worker_id = null where id = $1`, [id])
    expect(await ledger.beginDeliveries('awake', [id])).toMatchObject([{ attempts: 2 }])
    return id
  }
  const rowOf = async (id: string) =>
    (await bench.other.query(`select state, worker_id, attempts from weaver.deliveries where id = $1`, [id])).rows[0] as unknown

  test('cannot be given back by the one before', async () => {
    const { ledger } = bench
    const id = await overtaken()
    await ledger.acknowledge({ ...ended(id), state: 'retry', attempt: 1 })
    expect(await rowOf(id)).toEqual({ state: 'pending', worker_id: 'awake', attempts: 2 })
    expect(await ledger.beginDeliveries('third', [id])).toEqual([])
    await ledger.acknowledge({ ...ended(id), state: 'retry', attempt: 2 })
    expect(await rowOf(id)).toEqual({ state: 'pending', worker_id: null, attempts: 2 })
  })

  test('is done when its carrier says so, as a stop waits for who carries it; or anyone, when nobody does', async () => {
    const { ledger } = bench
    const id = await overtaken()
    await ledger.acknowledge({ ...ended(id), attempt: 1 })
    expect(await rowOf(id)).toEqual({ state: 'pending', worker_id: 'awake', attempts: 2 })
    await ledger.acknowledge({ ...ended(id), state: 'retry', attempt: 2 })
    await ledger.acknowledge({ ...ended(id), attempt: 1 })
    expect(await rowOf(id)).toMatchObject({ state: 'done' })
  })

  test('is not for the one before to renew, whatever became of it', async () => {
    const { ledger } = bench
    const id = await overtaken()
    expect(await ledger.renewDeliveries('asleep', [{ id, attempts: 1 }])).toEqual(new Set([id]))
    expect(await ledger.renewDeliveries('awake', [{ id, attempts: 2 }])).toEqual(new Set())
    await ledger.acknowledge({ ...ended(id), attempt: 2 })
    expect(await ledger.renewDeliveries('asleep', [{ id, attempts: 1 }])).toEqual(new Set([id]))
    expect(await ledger.renewDeliveries('awake', [{ id, attempts: 2 }])).toEqual(new Set())
  })

  test('is waited for by a drain also when somebody interrupts its run meanwhile', async () => {
    const { ledger, fetched, look } = bench
    const { streamId, runId, deliveryIds } = await fetched()
    const drain = await ledger.operations.stopStream(tenant, streamId, { mode: 'drain', deadline: 60_000 })
    await ledger.beginDeliveries('awake', deliveryIds)
    await ledger.operations.interruptRun(tenant, runId)
    expect(await look(drain)).toMatchObject({ state: 'waiting' })
    await ledger.acknowledge(ended(deliveryIds[0] as string))
    expect(await look(drain)).toMatchObject({ state: 'completed' })
  })
})

describe('what a lost worker had in its hands', () => {
  const leaseMs = 15_000
  const lose = async (id: string) =>
    await bench.other.query(
      `insert into weaver.workers (id, host, pid, version, pools, slots, draining, memory_bytes, heartbeat_at)
       values ($1, 'h', 1, '0', '{default}', 1, false, 1, now() - interval '20 s')`,
      [id],
    )
  const begun = async (id: string, carrier: string | null, fields: string) => {
    const [delivery] = (await bench.fetched()).deliveryIds as [string]
    await bench.other.query(`update weaver.deliveries set worker_id = $2, ${fields} where id = $1`, [delivery, carrier])
    return { [delivery]: id }
  }
  const later = `enqueue_after = now() + interval '5 s'`

  test('is due at once: what it carried, and wake-ups that may have reached it, once', async () => {
    const { ledger, other } = bench
    await lose('lost')
    const cases = {
      ...(await begun('carried by it for long', 'lost', `enqueue_after = now() + interval '400 ms'`)),
      ...(await begun('begun by it a moment ago', 'lost', later)),
      ...(await begun('carried by another', 'up', later)),
      ...(await begun('in the queue', null, later)),
      ...(await begun('tried again later, after an error', null, `error = '{"code":"sink_unavailable"}', ${later}`)),
      ...(await begun('to be looked at in a minute', null, `enqueue_after = now() + interval '60 s'`)),
    }
    const due = async () => {
      const query = `select id::text from weaver.deliveries where enqueue_after < now() + interval '10 ms' and id = any($1) order by id`
      return (await other.query<{ id: string }>(query, [Object.keys(cases)])).rows.map(({ id }) => cases[id])
    }
    expect(await ledger.reconcile.hurryLost(100, leaseMs, ['lost'])).toEqual(['lost'])
    expect(await due()).toEqual(['carried by it for long'])
    expect(await ledger.reconcile.hurryLost(100, leaseMs, [])).toEqual(['lost'])
    expect(await due()).toEqual(['carried by it for long', 'in the queue'])
  })
})
