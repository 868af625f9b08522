import { describe, expect, it } from 'vitest'
import { StreamCreate, StreamPatch } from './stream.ts'
import { parse } from './validation.ts'
import { WeaverError } from './error.ts'

const fieldsOf = (work: () => unknown): readonly string[] => {
  try {
    work()
  } catch (error) {
    if (error instanceof WeaverError) return error.errors.map(({ field }) => field)
  }
  return []
}

describe('the schemas of a stream', () => {
  const minimal = { name: 'a', adapter: 'http', config: {}, schedule: { manual: true } }

  it('fill in defaults when a stream is made', () => {
    expect(parse(StreamCreate, minimal, 'invalid_request')).toEqual({
      ...minimal,
      bucket: 'results',
      sinks: [{ type: 'postgres' }],
      pool: 'default',
      overlap: 'skip',
    })
  })

  it('leave a patch as it is: what it does not mention must not be reset', () => {
    expect(parse(StreamPatch, { timeout: 500 }, 'invalid_request')).toEqual({ timeout: 500 })
    expect(fieldsOf(() => parse(StreamPatch, {}, 'invalid_request'))).toEqual([''])
  })

  it('refuse names of secrets that are no names', () => {
    expect(fieldsOf(() => parse(StreamCreate, { ...minimal, secrets: { 'a b': 'x', ok: 'y' } }, 'invalid_request'))).toEqual([
      'secrets.a b',
    ])
    expect(fieldsOf(() => parse(StreamPatch, { secrets: { '1': null, ok: null } }, 'invalid_request'))).toEqual(['secrets.1'])
  })
})
