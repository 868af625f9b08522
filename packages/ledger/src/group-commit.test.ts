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
