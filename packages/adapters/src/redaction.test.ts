import { describe, expect, it } from 'vitest'
import { excerpt, redaction } from './redaction.ts'

const secret = `k"<&+/= ä'9`

describe('redaction', () => {
  it('finds a secret in each form in which a source may send it back', () => {
    const redact = redaction([secret])
    const html = 'k&quot;&lt;&amp;+/= ä&#39;9'
    const forms = [
      secret,
      encodeURIComponent(secret),
      encodeURIComponent(secret).toLowerCase(),
      encodeURIComponent(encodeURIComponent(secret)),
      encodeURI(secret),
      new URLSearchParams({ k: secret }).toString().slice(2),
      JSON.stringify(secret).slice(1, -1),
      html,
      html.replaceAll('&#39;', '&#x27;'),
      String.raw`k\u0022\u003c\u0026\u002B\/= \u00e4'9`,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
    ]
    for (const form of forms) expect(redact(`before ${form} after`), form).toBe('before [redacted] after')
  })

  it('takes characters as they are, not as a pattern', () => {
    expect(redaction(['a.*b'])('a.*b axxb')).toBe('[redacted] axxb')
    expect(redaction([''])('text')).toBe('text')
    expect(redaction([])('text')).toBe('text')
  })

  it('also finds one of any length', () => {
    const long = 'a/'.repeat(8192)
    const redact = redaction([long])
    for (const form of [long, encodeURIComponent(long), Buffer.from(long).toString('base64')])
      expect(redact(`x${form}x`)).toBe('x[redacted]x')
  })

  it('replaces the longer of two secrets first', () => {
    expect(redaction(['abc', 'abcdef'])('abcdef abc')).toBe('[redacted] [redacted]')
  })
})

describe('excerpt', () => {
  const none = redaction([])

  it('is one short line', () => {
    expect(excerpt(Buffer.from(' <html>\r\n\t<b>\u0000\u001b[31m no \u2028</b> '), none)).toBe('<html> <b> [31m no </b>')
    const long = excerpt(Buffer.from('x'.repeat(10_000)), none)
    expect(long).toBe(`${'x'.repeat(120)}…`)
    expect(excerpt(new Uint8Array(), none)).toBe('')
  })

  it('has no part of a secret, wherever the body is cut', () => {
    const key = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
    const redact = redaction([key])
    // The worst case: one secret after the other, so that much shrinks to little and the cut comes into view.
    for (let shift = 0; shift < key.length; shift++) {
      const text = excerpt(Buffer.from(`${'-'.repeat(shift)}${key.repeat(500)}`), redact)
      expect(text).not.toMatch(/[A-Z0-9]/)
    }
  })
})
