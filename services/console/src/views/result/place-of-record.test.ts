import { expect, it } from 'vitest'
import { hexLines, parsedJson } from './bytes.ts'
import { placeOfRecord } from './place-of-record.ts'

it('finds a record where the configuration says that records are', () => {
  const page = { data: { 'a.b': [{ id: 1 }, { id: 2 }] } }
  const config = { records: { path: String.raw`data.a\.b` } }
  expect(placeOfRecord(page, config, 1)).toMatchObject({ keys: ['data', 'a.b', 1], value: { id: 2 } })
  expect(placeOfRecord(page, config, 2)).toBeUndefined()
  expect(placeOfRecord(page, {}, 0)).toBeUndefined()
  expect(placeOfRecord(null, config, 0)).toBeUndefined()
})

it('reads bytes as JSON, text or neither', () => {
  expect(parsedJson(new TextEncoder().encode('null'))).toEqual({ value: null })
  expect(parsedJson(new TextEncoder().encode('<html>'))).toBeUndefined()
  expect(hexLines(new TextEncoder().encode('hello\n'))).toEqual([`00000000  ${'68 65 6c 6c 6f 0a'.padEnd(47)}  hello·`])
})
