import { createHash, createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { WeaverError } from '@data-weaver/contracts'

/** The keys by their ids, none of which is ever shown. */
export interface Keyring {
  /** The id of the key that seals. */
  readonly current: string
  /** The keys that open, the current one among them, each also under the id it would have without one. */
  readonly keys: ReadonlyMap<string, KeyObject>
}

const variable = 'WEAVER_SECRET_KEY'
const KEY_BYTES = 32
const example = `${variable}=<base64 of ${KEY_BYTES} random bytes>, for example from: openssl rand -base64 ${KEY_BYTES}`

const keyId = /^[A-Za-z0-9_-]{1,32}$/
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/

/** A new key as the setting takes it: base64 of 32 random bytes. */
export function generateKey(): string {
  return randomBytes(KEY_BYTES).toString('base64')
}

/** The problem names an entry by its place and never repeats it: a mistyped key is still nearly the key. */
function wrong(place: string, problem: string): WeaverError {
  const message = `${variable}${place}: ${problem}. Example: ${example}`
  return new WeaverError('invalid_settings', message, {
    errors: [{ field: variable, problem: `${place.trim()} ${problem}`.trim(), hint: example }],
  })
}

function readKey(text: string, place: string): Buffer {
  if (text === '') throw wrong(place, 'the key is empty')
  if (!base64.test(text)) throw wrong(place, 'the key is not base64')
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== KEY_BYTES) throw wrong(place, `the key has ${bytes.length} bytes instead of ${KEY_BYTES}`)
  if (bytes.every((byte) => byte === bytes[0])) throw wrong(place, 'the key is one byte repeated and protects nothing')
  return bytes
}

/** The id of a key that was given none: it stays the same when a second key comes before it. */
const derivedId = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex').slice(0, 8)

/**
 * Reads the setting WEAVER_SECRET_KEY: base64 of 32 bytes, or several keys with commas between them, each with an id in front
 * (`2027:<base64>,2026:<base64>`). The first seals, all open; so a key is changed by putting a new one in front. A key without an id goes by
 * the first 8 hex digits of its SHA-256. @throws WeaverError `invalid_settings` that says what is wrong without repeating the value.
 */
export function parseKeyring(text: string): Keyring {
  const entries = text.split(',').map((entry) => entry.trim())
  const keys = new Map<string, KeyObject>()
  const derived = new Map<string, KeyObject>()
  for (const [index, entry] of entries.entries()) {
    const place = entries.length === 1 ? '' : ` (entry ${index + 1})`
    const colon = entry.indexOf(':')
    const bytes = readKey(entry.slice(colon + 1), place)
    const id = colon === -1 ? derivedId(bytes) : entry.slice(0, colon)
    if (!keyId.test(id)) throw wrong(place, 'the id before the colon must be 1 to 32 letters, digits, "-" or "_"')
    if (keys.has(id)) throw wrong(place, 'another entry has the same id')
    const key = createSecretKey(bytes)
    keys.set(id, key)
    derived.set(derivedId(bytes), key)
  }
  const current = keys.keys().next().value as string
  // A key that had no id may get one later; what it sealed before is still found.
  for (const [id, key] of derived) if (!keys.has(id)) keys.set(id, key)
  return { current, keys }
}
