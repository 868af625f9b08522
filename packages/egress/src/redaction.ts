/** What stands in the place of a secret. */
export const redacted = '[redacted]'

const sensitiveHeader = /(?:^|[-_.])(?:authorization|auth|cookie2?|token|secret|password|passwd|signature|session|credentials?|api-?key|key)$/
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
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').replace(/=+$/, '')
    const partial = (offset + bytes.length) % 3 === 0 ? 0 : 1
    return text.slice(Math.ceil((offset * 8) / 6), text.length - partial)
  })
  const long = cores.filter((core) => core.length >= BASE64_CORE_MIN)
  return long.length === cores.length ? long : [...long, bytes.toString('base64').replace(/=+$/, '')]
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
const hexDigits = (hex: string) => hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)

/** A pattern for the text in which each character may be percent-encoded, also several times over. */
function percentPattern(text: string): string {
  let pattern = ''
  for (const character of text) {
    const bytes = [...Buffer.from(character)].map((byte) => `%(?:25)*${hexDigits(byte.toString(16).padStart(2, '0'))}`)
    const others = character === ' ' ? '|\\+' : character === '+' ? '|-' : character === '/' ? '|_' : ''
    pattern += `(?:${escaped(character)}${others}|${bytes.join('')})`
  }
  return pattern
}

const base64Character = /[A-Za-z0-9+/_-]/
const afterBase64 = /^(?:[A-Za-z0-9+/_=-]|%(?:25)*(?:2[bBfF]|3[dD]))*/

/** Takes secrets out of texts that are stored or shown. */
export class Redactor {
  readonly #secrets: readonly string[]
  readonly #needles: readonly string[]
  readonly #shortest: number
  #pattern: RegExp | null = null

  constructor(secrets: readonly string[]) {
    const present = [...new Set(secrets.filter((secret) => secret !== ''))]
    // The longest first, so that a secret within another does not leave the rest of it.
    this.#secrets = present.toSorted((a, b) => b.length - a.length)
    const needles = this.#secrets.flatMap((secret) => {
      const cores = base64Cores(secret).flatMap((core) => [core, core.replaceAll('+', '-').replaceAll('/', '_')])
      return [secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('latin1'), ...cores]
    })
    this.#needles = [...new Set(needles)]
    this.#shortest = Math.min(...this.#needles.map((needle) => needle.length))
  }

  /** Whether a secret may be in the text: quick, and never a wrong no. */
  #suspects(text: string): boolean {
    if (text.length < this.#shortest) return false
    return text.includes('%') || this.#needles.some((needle) => text.includes(needle))
  }

  #matcher(): RegExp {
    if (this.#pattern === null) {
      const plain = this.#secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('latin1')])
      const cores = this.#secrets.flatMap((secret) => base64Cores(secret))
      const any = (texts: readonly string[]) => [...new Set(texts)].map(percentPattern).join('|')
      this.#pattern = new RegExp(`(?<plain>${any(plain)})|(?<core>${any(cores)})`, 'g')
    }
    return this.#pattern
  }

  /** Whether the text holds a secret in any of the forms that are redacted. */
  holdsSecret(text: string): boolean {
    if (this.#secrets.length === 0 || !this.#suspects(text)) return false
    const matcher = this.#matcher()
    matcher.lastIndex = 0
    return matcher.test(text)
  }

  /** The text with every secret replaced: as it is, percent-encoded, and in base64 with what stands around it there. */
  values(text: string): string {
    if (this.#secrets.length === 0 || !this.#suspects(text)) return text
    const matcher = this.#matcher()
    matcher.lastIndex = 0
    let result = ''
    let done = 0
    for (let match = matcher.exec(text); match !== null; match = matcher.exec(text)) {
      let start = match.index
      let end = start + match[0].length
      if (match.groups?.['core'] !== undefined) {
        while (start > done && base64Character.test(text[start - 1] as string)) start -= 1
        end += afterBase64.exec(text.slice(end))?.[0].length ?? 0
      }
      result += text.slice(done, start) + redacted
      done = end
      matcher.lastIndex = end
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
