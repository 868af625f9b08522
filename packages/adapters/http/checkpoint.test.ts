import { type Json, WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { checkpointOf, readRound, type Round } from './checkpoint.ts'
import type { HttpConfig } from './schema.ts'

const config: HttpConfig = {
  request: { url: 'https://api.example.com/items', query: { a: 1, b: 2 } },
  pagination: { type: 'page', parameter: 'page' },
  incremental: { path: 'updated', parameter: 'since', order: 'number' },
  primaryKey: ['id'],
}
const begin = readRound(config, null)
const middle: Round = { ...begin, known: 5, since: 5, largest: 9, at: { type: 'page', page: 3 } }
const after = (known: number | undefined): Round => ({ ...begin, known, since: known })

function refusal(cursor: Json, of: HttpConfig = config): WeaverError {
  try {
    readRound(of, cursor)
  } catch (error) {
    if (error instanceof WeaverError) return error
    throw error
  }
  throw new Error('it was read')
}

describe('the checkpoint', () => {
  it('in the middle of a round keeps what the round asked for beside what it has seen', () => {
    expect(checkpointOf(config, middle)).toEqual({
      version: 1,
      incremental: { path: 'updated', value: 5 },
      round: { of: expect.stringMatching(/^[0-9a-f]{16}$/), at: { type: 'page', page: 3 }, largest: 9 },
    })
    expect(readRound(config, checkpointOf(config, middle))).toEqual(middle)
  })

  it('after a round has the largest value only', () => {
    const done = { version: 1, incremental: { path: 'updated', value: 9 } }
    expect(checkpointOf(config, after(9))).toEqual(done)
    expect(readRound(config, done)).toEqual(after(9))
    expect(checkpointOf(config, begin)).toEqual({ version: 1 })
  })

  it('is none at first', () => {
    expect(begin).toMatchObject({ known: undefined, since: undefined, largest: undefined, at: undefined, place: undefined })
  })

  it('is read as it was written before there were partitions', () => {
    const old = {
      version: 1,
      incremental: { path: 'updated', value: 5 },
      round: { of: '0048d23a3d018243', at: { type: 'page', page: 3 }, largest: 9 },
    }
    expect(checkpointOf(config, middle)).toEqual(old)
    expect(readRound(config, old)).toEqual(middle)
  })

  it('tells nothing to ask from apart from what is known by now', () => {
    const first: Round = { ...middle, since: undefined }
    expect(checkpointOf(config, first)).toMatchObject({ incremental: { value: 5 }, round: { since: null } })
    expect(readRound(config, checkpointOf(config, first))).toEqual(first)
  })

  it('holds when nothing changed but the order of keys, a limit or a default', () => {
    const { pagination, incremental, primaryKey } = config
    const same: HttpConfig = {
      primaryKey,
      ...(incremental && { incremental }),
      pagination: { maxPages: 7, parameter: 'page', type: 'page', ...pagination } as HttpConfig['pagination'] & object,
      request: { timeout: 5000, conditional: ['etag'], method: 'GET', query: { b: 2, a: 1 }, url: 'https://api.example.com/items' },
    }
    expect(readRound(same, checkpointOf(config, middle))).toEqual(middle)
  })

  it('loses its position, and not more, when the list is another one', () => {
    for (const other of [
      { ...config, request: { url: 'https://api.example.com/v2/items' } },
      { ...config, pagination: { type: 'page', parameter: 'page', size: { value: 50 } } },
      { ...config, pagination: { type: 'next', in: 'link' } },
    ] satisfies HttpConfig[]) {
      expect(readRound(other, checkpointOf(config, middle))).toEqual(after(5))
    }
  })

  it('does not take the value of one field for that of another', () => {
    const other: HttpConfig = { ...config, incremental: { path: 'created', parameter: 'since', order: 'text' } }
    expect(readRound(other, { version: 1, incremental: { path: 'updated', value: 5 } })).toEqual(begin)
  })

  it.each<[Json, string]>([
    ['page 3', 'must be object'],
    [[], 'must be object'],
    [{}, 'cursor.version is missing'],
    [{ version: 2 }, 'cursor.version must be 1'],
    [{ version: 1, page: 4 }, 'cursor.page is not a known field'],
    [{ version: 1, round: { of: 'x', at: { type: 'page', page: -1 } } }, 'cursor.round.at.page'],
    [
      { version: 1, round: { of: 'x', at: { type: 'nowhere' } } },
      'cursor.round.at.type must be one of "page", "offset", "cursor", "keyset", "next"',
    ],
    [{ version: 1, incremental: { path: 'updated', value: 'yesterday' } }, 'has no place in the order `number`'],
  ])('%j is refused, with a way out', (cursor, problem) => {
    const error = refusal(cursor)
    expect(error.code).toBe('invalid_config')
    expect(error.message).toContain(problem)
    expect(error.message).toContain('Reset it')
    expect(error.errors[0]?.field).toBe('cursor')
  })
})
