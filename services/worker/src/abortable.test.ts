import { expect, test } from 'vitest'
import { abortable } from './abortable.ts'

async function* endless(ended: { value: boolean }): AsyncGenerator<number> {
  try {
    yield 1
    await new Promise(() => {})
  } finally {
    ended.value = true
  }
}

test('an abort ends the loop although the iterator heeds no signal', async () => {
  const stop = new AbortController()
  const seen: number[] = []
  const loop = (async () => {
    for await (const item of abortable(endless({ value: false }), stop.signal)) seen.push(item)
  })()
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve))
  stop.abort(new Error('enough'))
  await expect(loop).rejects.toThrow('enough')
  expect(seen).toEqual([1])
})

test('an abort between items ends the iterator', async () => {
  const stop = new AbortController()
  const ended = { value: false }
  const loop = (async () => {
    for await (const _item of abortable(endless(ended), stop.signal)) stop.abort(new Error('enough'))
  })()
  await expect(loop).rejects.toThrow('enough')
  expect(ended.value).toBe(true)
})

test('all items come, and the error of the iterator', async () => {
  const seen: number[] = []
  async function* failing(): AsyncGenerator<number> {
    yield 1
    yield 2
    throw new Error('broken')
  }
  const loop = (async () => {
    for await (const item of abortable(failing(), new AbortController().signal)) seen.push(item)
  })()
  await expect(loop).rejects.toThrow('broken')
  expect(seen).toEqual([1, 2])
})
