import { WeaverError } from '@data-weaver/contracts'
import { expect, test } from 'vitest'
import { createVault, generateKey, parseKeyring } from './index.ts'
import type { Vault } from './index.ts'

const place = { tenant: 'default', streamId: '0198c9d4-3a52-7c3e-8a0e-0d1b5a1f0001', name: 'key' }
const secret = 'Tr0ub4dor&3 – ключ 🔑'
const vault = createVault(parseKeyring(`one:${generateKey()}`))

function unreadable(where: typeof place, sealed: string, by: Vault = vault): WeaverError {
  try {
    by.open(where, sealed)
  } catch (error) {
    if (error instanceof WeaverError) return error
  }
  throw new Error('opened')
}

test.each(['', 'x', secret, 'line\nbreak\u0000', 'k'.repeat(100_000)])('opens what it sealed', (text) => {
  const sealed = vault.seal(place, text)
  expect(sealed).toMatch(/^v1\.one\.[\w-]{16}\.[\w-]{22,}$/)
  expect(vault.open(place, sealed)).toBe(text)
})

test('the same secret is never sealed to the same text, and the text holds nothing of it', () => {
  const sealed = Array.from({ length: 50 }, () => vault.seal(place, secret))
  expect(new Set(sealed).size).toBe(50)
  expect(sealed.join()).not.toContain(Buffer.from(secret).toString('base64url').slice(0, 10))
})

test.each([
  { ...place, tenant: 'other' },
  { ...place, streamId: '0198c9d4-3a52-7c3e-8a0e-0d1b5a1f0002' },
  { ...place, name: 'token' },
  // The same letters with the borders elsewhere.
  { tenant: 'default0', streamId: place.streamId.slice(1), name: place.name },
])('a secret does not open elsewhere: %j', (elsewhere) => {
  const error = unreadable(elsewhere, vault.seal(place, secret))
  expect(error.code).toBe('secret_unreadable')
  expect(error.message).toContain('belongs to another stream')
  expect(error.message).toContain('Set the secret of the stream again')
})

test('a change of any character is noticed', () => {
  const sealed = vault.seal(place, secret)
  for (let index = 0; index < sealed.length; index += 1) {
    const other = sealed[index] === 'A' ? 'Q' : 'A'
    const changed = sealed.slice(0, index) + other + sealed.slice(index + 1)
    // The last character of base64 may carry bits that mean nothing; a text that decodes to the same bytes is not a change.
    const same = Buffer.from(changed.split('.')[3] ?? '', 'base64url').equals(Buffer.from(sealed.split('.')[3] ?? '', 'base64url'))
    if (same && index === sealed.length - 1) continue
    expect(unreadable(place, changed).code).toBe('secret_unreadable')
  }
})

test.each(['', 'v1', 'v2.one.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA', 'v1.one.AAAA.AAAA', 'hunter2', 'v1.one.AAAAAAAAAAAAAAAA.AAAA'])(
  'what is no sealed secret is refused without being repeated: %j',
  (stored) => {
    const error = unreadable(place, stored)
    expect(error.code).toBe('secret_unreadable')
    if (stored.length > 2) expect(error.message).not.toContain(stored)
  },
)

test('an unknown key is named with the way out', () => {
  const sealed = createVault(parseKeyring(`old-1:${generateKey()}`)).seal(place, secret)
  const error = unreadable(place, sealed)
  expect(error.message).toBe(
    'The secret "key" cannot be opened: it was sealed with the key "old-1", which is not in WEAVER_SECRET_KEY. ' +
      'Add that key to WEAVER_SECRET_KEY (as old-1:<base64>, after the first), or set the secret of the stream again',
  )
})

test('another key under the same id does not open', () => {
  const sealed = createVault(parseKeyring(`one:${generateKey()}`)).seal(place, secret)
  const error = unreadable(place, sealed)
  expect(error.code).toBe('secret_unreadable')
  expect(`${error.message} ${String(error.cause)}`).not.toContain(secret.slice(0, 4))
})

test('half characters are refused instead of being changed', () => {
  expect(() => vault.seal(place, 'a\ud83d')).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})
