import { expect, test } from 'vitest'
import { PageCache } from './page-cache.ts'

const page = (bytes: number) => new Uint8Array(bytes)

test('a page is there for as many readers as it was put for', () => {
  const cache = new PageCache(1000)
  cache.put('a', page(10), 2)
  expect([cache.take('a')?.byteLength, cache.take('a')?.byteLength, cache.take('a')]).toEqual([10, 10, undefined])
})

test('the oldest goes when there is no room', () => {
  const cache = new PageCache(400)
  for (const id of ['a', 'b', 'c', 'd', 'e']) cache.put(id, page(100), 1)
  expect(cache.take('a')).toBeUndefined()
  expect(['b', 'c', 'd', 'e'].every((id) => cache.take(id) !== undefined)).toBe(true)
})

test('a page that would push out most of the others is not kept', () => {
  const cache = new PageCache(400)
  cache.put('a', page(101), 1)
  expect(cache.take('a')).toBeUndefined()
})
