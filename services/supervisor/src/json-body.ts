import { WeaverError } from '@data-weaver/contracts'
import type { FastifyInstance } from 'fastify'

/** Escapes of characters that no database takes: NUL, and halves of a surrogate pair. */
const suspicious = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i

/** Deepest nesting of a body. Nothing here needs more, and recursion on a million brackets would end in a stack overflow. */
const deepest = 100

/**
 * Parses JSON bodies. An empty one is none, because many clients send the content type with every POST. Text that could not be
 * stored is refused here, where the field can be named.
 */
export function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body as string
    if (text.trim() === '') {
      done(null, undefined)
      return
    }
    if (isTooDeep(text)) {
      done(new WeaverError('invalid_request', `the body is nested more than ${deepest} levels deep`), undefined)
      return
    }
    void parse(request, text, (error, value) => {
      const field = error === null && suspicious.test(text) ? unstorable(value, '') : undefined
      if (field === undefined) done(error, value)
      else done(refusal(field), undefined)
    })
  })
}

function isTooDeep(text: string): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (inString) {
      if (char === backslash) at++
      else if (char === quote) inString = false
    } else if (char === quote) inString = true
    else if (char === openBrace || char === openBracket) {
      if (++depth > deepest) return true
    } else if (char === closeBrace || char === closeBracket) depth--
  }
  return false
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = ['"', '\\', '{', '}', '[', ']'].map((char) =>
  char.charCodeAt(0),
)

function unstorable(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`
    const found = isStorable(key) ? unstorable(inner, at) : path
    if (found !== undefined) return found
  }
  return undefined
}

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

const refusal = (field: string): WeaverError =>
  new WeaverError('invalid_request', `${field || 'the body'} has a character that is none: NUL or half of a surrogate pair`, {
    errors: [{ field, problem: 'has a character that is none: NUL or half of a surrogate pair', hint: 'Remove it.' }],
  })
