import { describe, expect, it } from 'vitest'
import { compareIds, earlierId, laterId, timeOfId } from './status-id.ts'

const snowflake = '117648182484664327'
const ulid = '01M7XP7YBPT87JNMYD65YSW35W'

it('ids are in the order of time, however many digits they have', () => {
  expect(['100', '99', '9', snowflake, '0'].toSorted(compareIds)).toEqual(['0', '9', '99', '100', snowflake])
  expect([laterId(undefined, '5'), laterId('99', '100'), laterId('100', '99'), laterId(ulid, '01M7XNP33RJGC7C11CAE0K0TEK')]).toEqual([
    '5',
    '100',
    '100',
    ulid,
  ])
})

describe('an id tells its time', () => {
  it.each([
    [snowflake, '2026-11-20T10:00:00.120Z'],
    [ulid, '2026-11-20T23:56:35.574Z'],
  ])('%s', (id, time) => {
    expect(new Date(timeOfId(id) ?? 0).toISOString()).toBe(time)
    const earlier = earlierId(id, 60_000)
    expect([earlier.length, timeOfId(earlier)]).toEqual([id.length, Date.parse(time) - 60_000])
    expect(compareIds(earlier, id)).toBeLessThan(0)
    expect(earlierId(id, 0)).toBe(id)
  })

  it.each(['5', '0', '9vK3mXq1TzYbFoo', 'zzzzzzzzzzzzzzzzzzzzzzzzzz', ''])('and %j does not', (id) => {
    expect([timeOfId(id), earlierId(id, 60_000)]).toEqual([undefined, id])
  })
})
