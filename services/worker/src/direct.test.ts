import { silentLog, systemClock } from '@data-weaver/contracts'
import type { DeliveryEnd, PendingDelivery } from '@data-weaver/ledger'
import { eventually } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { DirectDelivery } from './direct.ts'
import { Slots } from './slots.ts'

const deliveryOf = (id: string): PendingDelivery => ({ id, attempts: 1, streamId: `stream of ${id}` }) as PendingDelivery

/** Direct delivery with one place, a clock that is set by hand, and a ledger that knows which deliveries are not ours any more. */
function bench(gone: readonly string[]) {
  const carried: string[][] = []
  const asked: (readonly string[])[] = []
  const ends: DeliveryEnd[] = []
  const slots = new Slots(1)
  let now = 0
  const direct = new DirectDelivery({
    ledger: {
      renewDeliveries: async (_workerId, deliveries) => {
        const ids = deliveries.map(({ id }) => id)
        if (ids.length > 0) asked.push(ids)
        return new Set(gone.filter((id) => ids.includes(id)))
      },
      acknowledge: async (end) => void ends.push(end),
    },
    workerId: 'worker',
    carrier: { fromQueue: async () => {}, carry: async (load) => void carried.push(load.map(({ id }) => id)) },
    slots,
    clock: { ...systemClock, monotonic: () => now },
    log: silentLog,
  })
  const carry = (...ids: string[]): void => {
    for (const id of ids) {
      direct.promise()
      direct.carry('lane', [deliveryOf(id)], now)
    }
  }
  return { direct, slots, carry, carried, asked, ends, pass: (ms: number) => (now += ms) }
}

test('what comes together goes together, and nobody is asked', async () => {
  const { carry, carried, asked } = bench([])
  carry('1', '2')
  await eventually(() => carried.length === 1, { what: 'a load' })
  expect(carried).toEqual([['1', '2']])
  expect(asked).toEqual([])
})

test('what has waited for long is carried only when it is still ours, and given back when not', async () => {
  const { slots, carry, carried, asked, ends, pass } = bench(['1'])
  await slots.take('lane')
  carry('1', '2')
  pass(2000)
  carry('3')
  slots.release('lane')
  await eventually(() => carried.length === 1, { what: 'a load' })
  expect(asked).toEqual([['1', '2']])
  expect(carried).toEqual([['2', '3']])
  expect(ends).toMatchObject([{ deliveryId: '1', attempt: 1, state: 'retry' }])
})

test('a worker that leaves gives back what waits', async () => {
  const { direct, slots, carry, carried, ends } = bench([])
  await slots.take('lane')
  carry('1', '2')
  expect(await direct.close()).toEqual([
    { lane: 'lane', id: '1' },
    { lane: 'lane', id: '2' },
  ])
  expect(ends.map(({ deliveryId, state }) => [deliveryId, state])).toEqual([
    ['1', 'retry'],
    ['2', 'retry'],
  ])
  expect(direct.promise()).toBe(false)
  slots.release('lane')
  expect(carried).toEqual([])
})
