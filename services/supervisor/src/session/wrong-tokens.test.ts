import { systemClock } from '@data-weaver/contracts'
import { expect, it } from 'vitest'
import { WrongTokens } from './wrong-tokens.ts'

it('remembers a limited number of addresses, and forgets the ones it has not heard of for longest', () => {
  const wrongTokens = new WrongTokens({ ...systemClock, monotonic: () => 0 })
  for (let n = 0; n < 20; n += 1) wrongTokens.wrong('198.51.100.1')
  const refused = expect.objectContaining({ code: 'too_many_attempts' })
  expect(() => wrongTokens.demandPatience('198.51.100.1')).toThrow(refused)
  for (let n = 0; n < 12_000; n += 1) {
    wrongTokens.wrong(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
    if (n === 5000) wrongTokens.wrong('198.51.100.1')
  }
  expect(wrongTokens.size).toBe(10_000)
  expect(() => wrongTokens.demandPatience('198.51.100.1')).toThrow(refused)
  for (let n = 0; n < 10_000; n += 1) wrongTokens.wrong(`10.9.${n >> 8}.${n & 255}`)
  expect(() => wrongTokens.demandPatience('198.51.100.1')).not.toThrow()
})
