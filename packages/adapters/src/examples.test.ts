import { readdirSync, readFileSync } from 'node:fs'
import { parse, StreamCreate } from '@data-weaver/contracts'
import { compileTransform } from '@data-weaver/transform'
import { expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { adapter } from './registry.ts'

const folder = new URL('../../../examples/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

it.each(files)('the example %s is a stream that can be made', (file) => {
  const body = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as unknown
  const stream = parse(StreamCreate, body, 'invalid_request', '')
  // One adapter may have several, each with a word for what it shows.
  expect(file).toMatch(new RegExp(`^${stream.adapter}(?:-[a-z]+)*\\.json$`))
  expect(parseConfig(adapter(stream.adapter), stream.config, Object.keys(stream.secrets ?? {}))).toMatchObject(stream.config)
  expect(() => compileTransform(stream.transform ?? null)).not.toThrow()
})
