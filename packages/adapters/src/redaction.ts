/** Replaces each secret, in any of the forms in which a source may send it back, by `[redacted]`. */
export interface Redaction {
  (text: string): string
  /** Length of the longest text that is replaced, in characters. */
  readonly longest: number
}

export function redaction(secrets: readonly string[]): Redaction {
  const present = [...new Set(secrets)].filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length)
  const longest = Math.max(0, ...present.map((secret) => longestForm * Buffer.byteLength(secret)))
  if (present.length === 0) return Object.assign((text: string) => text, { longest })
  let pattern: RegExp | undefined
  return Object.assign(
    (text: string) => {
      // Encoded forms come in either case, so all are looked for in either. Made at the first use: most runs have nothing to redact.
      pattern ??= new RegExp(present.flatMap(forms).join('|'), 'gi')
      return text.replaceAll(pattern, '[redacted]')
    },
    { longest },
  )
}

/** The longest form of a byte (`&quot;`, `\u0022`), in characters. */
const longestForm = 6

/** A pattern that names each character's forms grows with the secret; for a longer one than this the usual encodings have to do. */
const longestMixed = 1024

/** Patterns of a secret as it is, in base64, and with each character escaped or not, however the source mixes it. */
function forms(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replaceAll('=', '')
  const encoded = [base64, Buffer.from(secret).toString('base64url')].map((text) => `${literally(text)}={0,2}`)
  if (secret.length > longestMixed) {
    const usual = [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)]
    return [...usual.map(literally), ...encoded]
  }
  return [Array.from(secret, characterForms).join(''), ...encoded]
}

/** One character: itself, percent-encoded once or twice, as an HTML entity, as a JSON escape. */
function characterForms(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character
  const percent = [...Buffer.from(character)].map((byte) => `%(?:25)?${byte.toString(16).padStart(2, '0')}`).join('')
  const code = character.codePointAt(0) ?? 0
  const units = Array.from({ length: character.length }, (_, index) => `\\\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
  const all = [percent, units.join(''), `&#0?(?:${code}|x${code.toString(16)});`, ...(others[character] ?? []), literally(character)]
  return `(?:${all.join('|')})`
}

const others: Readonly<Record<string, readonly string[]>> = {
  ' ': [String.raw`\+`],
  '&': ['&amp;'],
  '<': ['&lt;'],
  '>': ['&gt;'],
  '"': ['&quot;', String.raw`\\"`],
  "'": ['&apos;'],
  '\\': [String.raw`\\\\`],
  '/': [String.raw`\\/`],
}

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)

/** Longest excerpt of a body in a message, in characters. */
const excerptLength = 120

/** The first characters of a body on one line, for a message; no secret is in it, not even the first half of one. */
export function excerpt(body: Uint8Array, redact: Redaction): string {
  const window = 1024 + 2 * redact.longest
  let text = redact(new TextDecoder().decode(body.subarray(0, window)))
  // Where the window ends inside a secret, that beginning of it was not recognised.
  if (body.length > window) text = text.slice(0, Math.max(0, text.length - redact.longest))
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return line.length <= excerptLength ? line : `${line.slice(0, excerptLength).toWellFormed()}…`
}

/** Longest message of a source that is passed on, in characters. */
const longestMessage = 200

/** What a source says, on one line and of bounded length, without secrets. */
export const shortLine = (text: string, redact: Redaction): string =>
  redact(text)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, longestMessage)
    .toWellFormed()
