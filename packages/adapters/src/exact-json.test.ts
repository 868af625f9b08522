import { WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { decodeJson } from './exact-json.ts'

const decode = (text: string, contentType?: string) => decodeJson(Buffer.from(text), contentType)

function failure(body: Uint8Array, contentType?: string): WeaverError {
  try {
    decodeJson(body, contentType)
  } catch (error) {
    if (error instanceof WeaverError) return error
    throw error
  }
  throw new Error('it was read')
}

describe('decodeJson', () => {
  it('keeps integers that a number cannot hold, digit by digit', () => {
    expect(decode('{"id": 9007199254740993, "neg": -12345678901234567890, "list": [18446744073709551615]}')).toEqual({
      id: '9007199254740993',
      neg: '-12345678901234567890',
      list: ['18446744073709551615'],
    })
  })

  it('leaves alone what a number holds', () => {
    const text = '{"max": 9007199254740991, "f": 0.12345678901234567890, "text": "12345678901234567890", "e": 1e3, "small": 1e-400}'
    expect(decode(text)).toEqual({ max: 9007199254740991, f: 0.12345678901234568, text: '12345678901234567890', e: 1000, small: 0 })
  })

  it('does not turn a number too large into infinity, which JSON cannot say', () => {
    expect(decode('[1e400, -1E+999]')).toEqual(['1e400', '-1E+999'])
  })

  it('reads another encoding when the answer declares one, and drops a byte order mark', () => {
    expect(decodeJson(Buffer.from('"caf\u00e9"', 'latin1'), 'application/json; charset=ISO-8859-1')).toBe('café')
    expect(decode('\u{feff}{"a":1}')).toEqual({ a: 1 })
  })

  it('says what is wrong without quoting the body', () => {
    const cases: [Uint8Array, string | undefined, RegExp][] = [
      [Buffer.from(''), undefined, /empty/],
      [Buffer.from(' \r\n'), undefined, /empty/],
      [Buffer.from('{"token": "verysecret"'), undefined, /not valid JSON/],
      [Buffer.from('"caf\u00e9"', 'latin1'), undefined, /not valid UTF-8/],
      [Buffer.from('{}'), 'application/json; charset=klingon', /"klingon" is not known/],
      [Buffer.from(`${'['.repeat(200_000)}1234567890123456${']'.repeat(200_000)}`), undefined, /nested too deeply/],
    ]
    for (const [body, contentType, expected] of cases) {
      const error = failure(body, contentType)
      expect(error.code).toBe('source_malformed')
      expect(error.message).toMatch(expected)
      expect(error.message).not.toContain('verysecret')
      expect(error.cause).toBeUndefined()
    }
  })
})
