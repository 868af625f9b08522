import { readFile } from 'node:fs/promises'
import { parse, StreamCreate } from '@data-weaver/contracts'
import { expect, test } from 'vitest'
import { demoStream, liveFeedUrl } from './stream.ts'

test('the demo stream is one that anybody could make through the API', () => {
  const stream = demoStream('http://127.0.0.1:1/feed')
  expect(parse(StreamCreate, stream, 'invalid_request')).toMatchObject(stream)
})

test('the live feed takes the place of the demo source in one line', () => {
  const { config: demo } = demoStream('http://127.0.0.1:1/feed')
  const { config: live } = demoStream(liveFeedUrl)
  expect({ ...live, request: demo['request'] }).toEqual(demo)
  expect(live['request']).toEqual({ url: liveFeedUrl })
})

test('the README says how', async () => {
  expect(await readFile(new URL('../../../../README.md', import.meta.url), 'utf8')).toContain(liveFeedUrl)
})
