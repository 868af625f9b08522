import { createHash } from 'node:crypto'
import { WeaverError } from '@data-weaver/contracts'
import { expect, test } from 'vitest'
import { createVault, generateKey, parseKeyring } from './index.ts'

const place = { tenant: 'default', streamId: 'b5a1', name: 'key' }

function problemOf(text: string): WeaverError {
  try {
    parseKeyring(text)
  } catch (error) {
    if (error instanceof WeaverError) return error
  }
  throw new Error('accepted')
}

test('a single key goes by the first 8 hex digits of its hash', () => {
  const key = generateKey()
  const id = createHash('sha256').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 8)
  expect(parseKeyring(key).current).toBe(id)
  expect(parseKeyring(`  ${key}\n`).current).toBe(id)
})

test('the first of several keys seals, all open', () => {
  const [older, newer] = [generateKey(), generateKey()]
  const before = createVault(parseKeyring(`2026:${older}`)).seal(place, 'hunter2')
  const rotated = createVault(parseKeyring(`2027:${newer}, 2026:${older}`))
  expect(rotated.open(place, before)).toBe('hunter2')
  expect(rotated.seal(place, 'hunter2')).toMatch(/^v1\.2027\./)
})

test('a key without an id keeps opening when a new one is put before it', () => {
  const older = generateKey()
  const before = createVault(parseKeyring(older)).seal(place, 'hunter2')
  expect(createVault(parseKeyring(`${generateKey()},${older}`)).open(place, before)).toBe('hunter2')
})

test('a key that is given an id later still opens what it sealed without one', () => {
  const older = generateKey()
  const before = createVault(parseKeyring(older)).seal(place, 'hunter2')
  expect(createVault(parseKeyring(`2027:${generateKey()},2026:${older}`)).open(place, before)).toBe('hunter2')
})

test('base64 for URLs and without padding is the same key', () => {
  const key = generateKey()
  expect(parseKeyring(Buffer.from(key, 'base64').toString('base64url')).current).toBe(parseKeyring(key).current)
})

test.each([
  ['', 'the key is empty'],
  ['   ', 'the key is empty'],
  ['2026:', 'the key is empty'],
  ['correct horse battery staple', 'not base64'],
  [Buffer.alloc(31, 'k3').toString('base64'), '31 bytes instead of 32'],
  [Buffer.alloc(64, 'k3').toString('base64'), '64 bytes instead of 32'],
  [Buffer.alloc(32, 7).toString('base64'), 'one byte repeated'],
  [`a b:${generateKey()}`, 'the id before the colon'],
  [`:${generateKey()}`, 'the id before the colon'],
  [`${'x'.repeat(33)}:${generateKey()}`, 'the id before the colon'],
  [`a:${generateKey()},a:${generateKey()}`, '(entry 2): another entry has the same id'],
  [`a:${generateKey()},`, '(entry 2): the key is empty'],
])('refuses %j: %s', (text, problem) => {
  const error = problemOf(text)
  expect(error.code).toBe('invalid_settings')
  expect(error.message).toContain('WEAVER_SECRET_KEY')
  expect(error.message).toContain(problem)
  expect(error.message).toContain('Example: WEAVER_SECRET_KEY=')
  expect(error.errors[0]?.field).toBe('WEAVER_SECRET_KEY')
})

test('a refused value is not repeated', () => {
  const nearly = `${generateKey()}x`
  const error = problemOf(`2026:${nearly}`)
  expect(`${error.message} ${JSON.stringify(error.errors)} ${error.stack}`).not.toContain(nearly.slice(0, 12))
})

test('generated keys are valid and differ', () => {
  const keys = Array.from({ length: 20 }, generateKey)
  expect(new Set(keys).size).toBe(20)
  for (const key of keys) expect(parseKeyring(key).keys.size).toBe(1)
})
