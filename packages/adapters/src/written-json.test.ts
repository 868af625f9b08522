import { expect, it } from 'vitest'
import { decodeJson, decodeWrittenJson } from './exact-json.ts'

const text = '{"a": 0.12345678901234567890123, "b": [1.50, 7, "1.20", 9007199254740993, null], "c": {"a": 5e-9, "b": 1e400}, "d": true}'
const { json, written } = decodeWrittenJson(Buffer.from(text))
const { b, c } = json as { b: never; c: never }

it('is the same JSON', () => {
  expect(json).toEqual(decodeJson(Buffer.from(text)))
})

it('knows each number as it was written', () => {
  expect(written(json, 'a')).toBe('0.12345678901234567890123')
  expect([0, 1, 2, 3].map((index) => written(b, index))).toEqual(['1.50', '7', '1.20', '9007199254740993'])
  expect([written(c, 'a'), written(c, 'b')]).toEqual(['5e-9', '1e400'])
})

it('knows nothing of what is no number and no text, or not there', () => {
  expect([written(json, 'b'), written(json, 'd'), written(json, 'e'), written(json, 'toString')]).toEqual(Array(4).fill(undefined))
  expect([written(b, 4), written(b, 5), written(b, 'length')].slice(0, 2)).toEqual([undefined, undefined])
  expect([written(undefined, 'a'), written(null, 'a'), written('text', 0)]).toEqual(Array(3).fill(undefined))
})
