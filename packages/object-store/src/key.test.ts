import { expect, test } from 'vitest'
import { checkSize, maxObjectBytes, splitKey } from './key.ts'

// Which keys and prefixes are refused is in the conformance suite, where each driver is asked.

test('the limit of an object is refused by one byte more', () => {
  expect(() => checkSize('results/a', maxObjectBytes)).not.toThrow()
  expect(() => checkSize('results/a', maxObjectBytes + 1)).toThrow(expect.objectContaining({ code: 'store_refused' }))
})

test('the first segment is the bucket', () => {
  expect(splitKey('results/run/x')).toEqual({ bucket: 'results', name: 'run/x' })
})
