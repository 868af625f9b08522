/** What stands in the place of a secret. */
export const redacted = '[redacted]'

const sensitiveHeader =
  /(?:^|[-_.])(?:authorization|auth|cookie2?|token|secret|password|passwd|signature|session|credentials?|api-?key|key)$/
const harmlessHeaders = new Set(['idempotency-key', 'surrogate-key', 'cache-key', 'x-cache-key'])

/** Names of query fields whose values are never stored, in lower case and without `-`, `_` and `.`. */
const sensitiveFields = new Set([
  ...['key', 'apikey', 'appkey', 'appid', 'accesskey', 'secretkey', 'privatekey', 'subscriptionkey', 'token', 'accesstoken', 'authtoken'],
  ...['apitoken', 'refreshtoken', 'idtoken', 'bearertoken', 'sessiontoken', 'auth', 'authorization', 'secret', 'clientsecret', 'apisecret'],
  ...['password', 'passwd', 'pwd', 'pass', 'passphrase', 'credential', 'credentials', 'sig', 'signature', 'hmac', 'jwt', 'session'],
  ...['sessionid', 'awsaccesskeyid', 'xamzsignature', 'xamzcredential', 'xamzsecuritytoken', 'xgoogsignature', 'xgoogcredential'],
])
const queryField = /([?&;#])([^=&;#?\s"'<>]{1,64})=([^&;#\s"'<>,]+)/g

const MAX_KNOWN_NAMES = 1000
const knownNames = new Map<string, boolean>()

/** Whether the value of this header (lower case) is a credential whatever it is. */
export function isSensitiveHeader(name: string): boolean {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  const sensitive = sensitiveHeader.test(name) && !harmlessHeaders.has(name)
  if (knownNames.size >= MAX_KNOWN_NAMES) knownNames.clear()
  knownNames.set(name, sensitive)
  return sensitive
}

function hideFields(text: string): string {
  if (!text.includes('=')) return text
  return text.replace(queryField, (whole, mark: string, name: string) =>
    sensitiveFields.has(name.toLowerCase().replace(/[-_.]|%2d|%5f|%2e/g, '')) ? `${mark}${name}=${redacted}` : whole,
  )
}

const BASE64_CORE_MIN = 6

/**
 * What every base64 of a text that contains the secret contains, at the three ways in which the secret can lie in its triplets. Short
 * secrets leave too little to tell them from chance; for them only the base64 of the secret alone counts.
 */
function base64Cores(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const cores = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const partial = (offset + bytes.length) % 3 === 0 ? 0 : 1
    return text.slice(Math.ceil((offset * 8) / 6), text.length - partial)
  })
  const long = cores.filter((core) => core.length >= BASE64_CORE_MIN)
  return long.length === cores.length ? long : [...long, bytes.toString('base64').replace(/=+$/, '')]
}

/** One character of what is looked for, with the other forms in which it may stand. */
interface Character {
  readonly raw: string
  /** What also stands for it: `+` for a space in a form, and the two characters that base64 for URLs changes. */
  readonly other: string
  /** Its UTF-8 bytes, for percent-encoding. */
  readonly bytes: Uint8Array
}

interface Sought {
  readonly whole: string
  readonly characters: readonly Character[]
  /** The core of a base64 text: what stands around it belongs to it. */
  readonly core: boolean
}

const others: Readonly<Record<string, string>> = { ' ': '+', '+': '-', '/': '_' }

const sought = (text: string, core: boolean): Sought => ({
  whole: text,
  characters: Array.from(text, (raw) => ({ raw, other: others[raw] ?? '', bytes: Buffer.from(raw) })),
  core,
})

const hexAt = (text: string, at: number) => {
  const digits = text.slice(at, at + 2)
  return /^[0-9a-fA-F]{2}$/.test(digits) ? Number.parseInt(digits, 16) : -1
}

const PERCENT = 0x25
const encodedByte = /%([0-9a-fA-F]{2})/g
/** A text in which something is encoded more often than this is searched the slow way. */
const MAX_ENCODINGS = 4

/** Where the byte ends that is percent-encoded at `at`, perhaps several times over; -1 when it is another or none. */
function afterByte(text: string, at: number, byte: number): number {
  if (text[at] !== '%') return -1
  let next = at + 1
  while (text.startsWith('25', next)) next += 2
  if (hexAt(text, next) === byte) return next + 2
  return byte === PERCENT && next > at + 1 ? next : -1
}

function afterCharacter(text: string, at: number, { raw, other, bytes }: Character): number {
  if (text.startsWith(raw, at) && !(raw === '%' && text.startsWith('25', at + 1))) return at + raw.length
  if (other !== '' && text[at] === other) return at + 1
  let next = at
  for (const byte of bytes) {
    next = afterByte(text, next, byte)
    if (next === -1) return -1
  }
  return next
}

/** Where what is sought ends when it stands at `start`, as it is or each character in any of its forms; -1 when it does not. */
function endOf(text: string, start: number, { whole, characters }: Sought): number {
  const plain = text.startsWith(whole, start) ? start + whole.length : -1
  let at = start
  for (const character of characters) {
    at = afterCharacter(text, at, character)
    if (at === -1) return plain
  }
  // A percent sign can be read both ways; the longer reading leaves nothing behind.
  return Math.max(plain, at)
}

/** A secret as it may stand in a text, in JSON, and in UTF-8 that was read as Latin-1 (as headers are). */
const plainForms = (secret: string) => [...new Set([secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('latin1')])]

const base64Character = /[A-Za-z0-9+/_-]/
const afterBase64 = /(?:[A-Za-z0-9+/_=-]|%(?:25)*(?:2[bBfF]|3[dD]))*/y

/** Takes secrets out of texts that are stored or shown. */
export class Redactor {
  readonly #secrets: readonly string[]
  /** Plain texts of which one is in every text that holds a secret, unless percent signs hide it. */
  readonly #needles: readonly string[]
  readonly #needleBytes: readonly string[]
  readonly #shortest: number
  #all: readonly Sought[] | null = null

  constructor(secrets: readonly string[]) {
    const present = [...new Set(secrets.filter((secret) => secret !== ''))]
    // The longest first, so that a secret within another does not leave the rest of it.
    this.#secrets = present.toSorted((a, b) => b.length - a.length)
    this.#needles = this.#secrets.flatMap((secret) => [
      ...plainForms(secret),
      secret.replaceAll(' ', '+'),
      ...base64Cores(secret).flatMap((core) => [core, core.replaceAll('+', '-').replaceAll('/', '_')]),
    ])
    this.#needleBytes = this.#needles.map((needle) => Buffer.from(needle).toString('latin1'))
    this.#shortest = Math.min(...this.#needles.map((needle) => needle.length))
  }

  /** Whether a secret may be in the text: quick, and never a wrong no. */
  #suspects(text: string): boolean {
    if (text.length < this.#shortest) return false
    return this.#needles.some((needle) => text.includes(needle)) || (text.includes('%') && this.#suspectsEncoded(text))
  }

  /** The same for what percent signs may hide. Compared as bytes, because an encoded letter may be several of them. */
  #suspectsEncoded(text: string): boolean {
    let bytes = Buffer.from(text).toString('latin1')
    for (let round = 0; round < MAX_ENCODINGS; round += 1) {
      const decoded = bytes.replace(encodedByte, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      if (decoded === bytes) return false
      if (this.#needleBytes.some((needle) => decoded.includes(needle))) return true
      bytes = decoded
    }
    return true
  }

  /** The first secret at or after `from`. */
  #find(text: string, from: number): { readonly start: number; readonly end: number; readonly core: boolean } | null {
    this.#all ??= [
      ...this.#secrets.flatMap((secret) => plainForms(secret).map((form) => sought(form, false))),
      ...this.#secrets.flatMap((secret) => base64Cores(secret).map((core) => sought(core, true))),
    ]
    for (let start = from; start < text.length; start += 1) {
      for (const one of this.#all) {
        const end = endOf(text, start, one)
        if (end !== -1) return { start, end, core: one.core }
      }
    }
    return null
  }

  /** Whether the text holds a secret in any of the forms that are redacted. */
  holdsSecret(text: string): boolean {
    return this.#secrets.length > 0 && this.#suspects(text) && this.#find(text, 0) !== null
  }

  /** The text with every secret replaced: as it is, percent-encoded, and in base64 with what stands around it there. */
  values(text: string): string {
    if (this.#secrets.length === 0 || !this.#suspects(text)) return text
    let result = ''
    let done = 0
    for (let found = this.#find(text, 0); found !== null; found = this.#find(text, done)) {
      let { start, end } = found
      if (found.core) {
        while (start > done && base64Character.test(text[start - 1] as string)) start -= 1
        afterBase64.lastIndex = end
        end += afterBase64.exec(text)?.[0].length ?? 0
      }
      result += text.slice(done, start) + redacted
      done = end
    }
    return result + text.slice(done)
  }

  /** A text that may hold URLs: besides the secrets, the values of query fields with telling names are replaced. */
  text(text: string): string {
    return this.values(hideFields(text))
  }

  /** Headers (lower-case names): besides, the values of headers with telling names are replaced. */
  headers(headers: Readonly<Record<string, string>>): Record<string, string> {
    const result: Record<string, string> = {}
    for (const name in headers) result[name] = isSensitiveHeader(name) ? redacted : this.text(headers[name] as string)
    return result
  }
}
