import { fakeClock } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { groupCommit } from './group-commit.ts'

test('what comes while a batch is under way goes together', async () => {
  const batches: number[][] = []
  const gate = Promise.withResolvers<void>()
  const add = groupCommit<number, number>(async (items) => {
    batches.push([...items])
    if (batches.length === 1) await gate.promise
    return items.map((item) => item * 10)
  })
  const first = add(1)
  await new Promise((resolve) => setImmediate(resolve))
  const second = add(2)
  await new Promise((resolve) => setImmediate(resolve))
  const rest = [3, 4].map((item) => add(item))
  gate.resolve()
  expect(await Promise.all([first, second, ...rest])).toEqual([10, 20, 30, 40])
  expect(batches).toEqual([[1], [2, 3, 4]])
})

test('one bad item fails alone', async () => {
  const add = groupCommit<number, number>(async (items) => {
    if (items.includes(2)) throw new Error('two is bad')
    return items.map((item) => item * 10)
  })
  const answers = await Promise.allSettled([1, 2, 3].map((item) => add(item)))
  expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed'))).toEqual([10, 'failed', 30])
})

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('under load a batch waits for more, and goes when it is worthwhile or its time is over; a lone item never waits', async () => {
  const clock = fakeClock(0)
  const batches: number[] = []
  const add = groupCommit<number, number>(async (items) => {
    batches.push(items.length)
    return [...items]
  }, clock)
  await add(0)
  expect(batches).toEqual([1])
  // Items that come at once are a quick pace.
  await Promise.all(Array.from({ length: 60 }, (_, index) => add(index)))
  batches.length = 0
  const waiting = [add(1), add(2)]
  await turn()
  await turn()
  expect(batches).toEqual([])
  await clock.advance(24)
  await Promise.all(waiting)
  expect(batches).toEqual([2])
  await Promise.all(Array.from({ length: 24 }, (_, index) => add(index)))
  expect(batches).toEqual([2, 24])
  await clock.advance(10_000)
  for (let index = 0; index < 20; index += 1) {
    await clock.advance(100)
    await add(index)
  }
  expect(batches.at(-1)).toBe(1)
})

test('where few come a batch does not wait for the one under way, but for the fourth; where many come it does', async () => {
  const clock = fakeClock(0)
  const gates: PromiseWithResolvers<void>[] = []
  const add = groupCommit<number, number>(async (items) => {
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    await gate.promise
    return [...items]
  }, clock)
  const open = async (...which: number[]) => {
    for (const index of which) gates[index]?.resolve()
    await turn()
  }
  const added: Promise<number>[] = []
  for (let index = 0; index < 6; index += 1) {
    await clock.advance(100)
    added.push(add(index))
    await turn()
  }
  expect(gates).toHaveLength(4)
  await open(0)
  await turn()
  expect(gates).toHaveLength(5)
  await open(1, 2, 3, 4)
  expect(await Promise.all(added)).toEqual([0, 1, 2, 3, 4, 5])
  gates.length = 0
  const many = Array.from({ length: 60 }, (_, index) => add(index))
  await clock.advance(24)
  await turn()
  const more = add(60)
  await clock.advance(24)
  await turn()
  expect(gates).toHaveLength(1)
  await open(0)
  await clock.advance(24)
  await turn()
  await open(1)
  await Promise.all([...many, more])
  expect(gates).toHaveLength(2)
})
