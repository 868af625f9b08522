import { expect, it } from 'vitest'
import { apiTime, fieldTime } from './field-time.ts'

it('reads the times of fields as it writes them', () => {
  const time = Date.UTC(2026, 2, 5, 12, 1, 7)
  expect(apiTime(fieldTime(time))).toBe(new Date(time).toISOString())
  expect(apiTime('')).toBeUndefined()
})
