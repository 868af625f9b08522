/** Replaces each secret, in any of the forms in which a source may send it back, by `***`. */
export interface Redaction {
  (text: string): string
  /** Length of the longest text that is replaced, in characters. */
  readonly longest: number
}

export function redaction(secrets: readonly string[]): Redaction {
  const variants = [...new Set(secrets.filter((secret) => secret !== '').flatMap(forms))].toSorted((a, b) => b.length - a.length)
  const longest = variants[0]?.length ?? 0
  if (longest === 0) return Object.assign((text: string) => text, { longest })
  // Percent-encoding may come in either case, so all forms are looked for in either.
  const pattern = new RegExp(variants.map((variant) => variant.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)).join('|'), 'gi')
  return Object.assign((text: string) => text.replaceAll(pattern, '***'), { longest })
}

function forms(secret: string): string[] {
  const html = secret.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
  const base64 = Buffer.from(secret).toString('base64')
  return [
    secret,
    encodeURI(secret.toWellFormed()),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    html,
    base64,
    base64.replaceAll('=', ''),
    Buffer.from(secret).toString('base64url'),
  ]
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Longest excerpt of a body in a message, in characters. */
const excerptLength = 120

/** The first characters of a body on one line, for a message; no secret is in it, not even the first half of one. */
export function excerpt(body: Uint8Array, redact: Redaction): string {
  const window = 4 * (1024 + redact.longest)
  let text = redact(new TextDecoder().decode(body.subarray(0, window)))
  // Where the window ends inside a secret, that beginning of it was not recognised.
  if (body.length > window) text = text.slice(0, Math.max(0, text.length - redact.longest))
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return line.length <= excerptLength ? line : `${line.slice(0, excerptLength).toWellFormed()}…`
}
