import { type FieldProblem, Transform, parse, type WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { compileTransform, validateTransform } from './index.ts'

/** As the API does it: the schema first, then the rules that it cannot say. */
function problems(fields: unknown, prefix?: string): readonly FieldProblem[] {
  const transform = parse(Transform, { fields }, 'invalid_transform', prefix ?? 'transform')
  try {
    validateTransform(transform, prefix)
  } catch (error) {
    expect((error as WeaverError).code).toBe('invalid_transform')
    return (error as WeaverError).errors
  }
  return []
}

describe('validateTransform', () => {
  it('accepts what is right', () => {
    const fields = {
      a: 'x.y',
      b: { path: 'x\\.y', convert: 'number', default: 0 },
      c: { constant: null },
      d: { template: '{{x}}' },
      e: { path: 'x', required: true },
    }
    expect(problems(fields)).toEqual([])
    expect(problems({ a: { path: 'x', required: false, default: 1 } })).toEqual([])
  })

  it('names every field at fault, its problem and a way out', () => {
    const found = problems({
      short: 'a..b',
      title: { path: '.a' },
      slash: { path: 'a\\b' },
      both: { path: 'a', default: 1, required: true },
      open: { template: 'M {{mag' },
      empty: { template: '{{ }}' },
      plain: { template: 'fixed {text}' },
      nested: { template: '{{a {{b}} }}' },
    })
    expect(found.map(({ field, problem }) => `${field} ${problem}`)).toEqual([
      'transform.fields.short has an empty key at position 2',
      'transform.fields.title.path has an empty key at position 1',
      'transform.fields.slash.path has a backslash that is followed by neither a dot nor a backslash',
      'transform.fields.both.required contradicts default, with which the field is never missing',
      'transform.fields.open.template has a {{ without its }}',
      'transform.fields.empty.template has a placeholder {{}} whose path is empty',
      'transform.fields.plain.template has no {{path}} placeholder',
      'transform.fields.nested.template has a placeholder {{a {{b}} whose path holds a brace',
    ])
    expect(found.every(({ hint }) => hint !== undefined && hint.length > 10)).toBe(true)
  })

  it('takes the place of the transform in the input', () => {
    expect(problems({ a: '.' }, 'body.transform')[0]?.field).toBe('body.transform.fields.a')
  })

  it.each(['__proto__', 'a b', '1a', 'a.b', 'x'.repeat(65), ''])('refuses a field of the name %j', (name) => {
    const transform = { fields: JSON.parse(`{"ok":"a",${JSON.stringify(name)}:{"constant":{"x":1}}}`) }
    expect(() => validateTransform(transform)).toThrow(expect.objectContaining({ code: 'invalid_transform' }))
  })

  it('is part of compiling', () => {
    expect(() => compileTransform({ fields: { a: 'a..b' } })).toThrow(expect.objectContaining({ code: 'invalid_transform' }))
    expect(() => compileTransform({ fields: { a: { template: 'x' } } })).toThrow(expect.objectContaining({ code: 'invalid_transform' }))
  })
})
