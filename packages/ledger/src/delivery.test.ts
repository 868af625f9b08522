import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, ended, openBench } from '../test/bench.ts'

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

  test('is done when either says so: what arrived has arrived', async () => {
    const id = await overtaken()
    await bench.ledger.acknowledge({ ...ended(id), attempt: 1 })
    expect(await rowOf(id)).toMatchObject({ state: 'done' })
  })
})
