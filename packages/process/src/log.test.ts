import { WeaverError } from '@data-weaver/contracts'
import { expect, test } from 'vitest'
import { describeError } from './log.ts'

const secret = 'pa55word'

test('an error is logged by what it says, without what libraries hang on it', () => {
  const cause = Object.assign(new Error('connection lost'), { code: 'ECONNRESET', client: { connectionParameters: { password: secret } } })
  const described = describeError(new WeaverError('ledger_unavailable', 'the ledger cannot be reached', { cause }))
  expect(described).toMatchObject({
    type: 'WeaverError',
    code: 'ledger_unavailable',
    cause: { code: 'ECONNRESET', message: 'connection lost' },
  })
  expect(JSON.stringify(described)).not.toContain(secret)
})

test('passwords in addresses are taken out of messages and stacks', () => {
  const described = describeError(new Error(`cannot open postgres://weaver:${secret}@db:5432/weaver`))
  expect(described).toMatchObject({ message: 'cannot open postgres://weaver:[redacted]@db:5432/weaver' })
  expect(JSON.stringify(described)).not.toContain(secret)
})

test('a circle of causes ends', () => {
  const error = new Error('round')
  error.cause = error
  expect(JSON.stringify(describeError(error)).length).toBeLessThan(20_000)
})
