import { expect, it } from 'vitest'
import { alternativeOf, alternatives, blank, choicesOf, kindOf, type Schema, typeText } from './schema.ts'

const auth: Schema = {
  anyOf: [
    { type: 'object', required: ['type', 'secret'], properties: { type: { const: 'bearer' }, secret: { type: 'string' } } },
    {
      type: 'object',
      required: ['type', 'name', 'secret'],
      properties: { type: { const: 'header' }, name: { type: 'string' }, secret: { type: 'string' } },
    },
  ],
}

it.each<[Schema, string]>([
  [{ type: 'string' }, 'text'],
  [{ type: 'integer' }, 'integer'],
  [{ const: 'a' }, 'constant'],
  [{ enum: ['a', 'b'] }, 'choice'],
  [{ anyOf: [{ const: 'a' }, { const: 'b' }] }, 'choice'],
  [auth, 'union'],
  [{ type: 'array', items: { type: 'string' } }, 'list'],
  [{ type: 'object', additionalProperties: { type: 'string' } }, 'map'],
  [{ type: 'object', properties: { a: {} } }, 'object'],
  [{}, 'json'],
])('%j is edited as %s', (schema, kind) => {
  expect(kindOf(schema)).toBe(kind)
})

it('finds the alternative that a value is meant as, even half filled in', () => {
  expect(alternativeOf(auth, { type: 'header', name: 'x' })).toBe(1)
  expect(alternativeOf(auth, { type: 'bearer' })).toBe(0)
  expect(alternativeOf({ anyOf: [{ type: 'string' }, { type: 'number' }] }, 3)).toBe(1)
  expect(alternativeOf({ anyOf: [{ type: 'object', required: ['every'], properties: { every: {} } }, { type: 'null' }] }, null)).toBe(1)
})

it('begins with what is required and with defaults', () => {
  const schema: Schema = {
    type: 'object',
    required: ['auth', 'limit'],
    properties: { auth, limit: { type: 'integer', minimum: 1 }, method: { type: 'string', default: 'GET' } },
  }
  expect(blank(schema)).toEqual({ auth: { type: 'bearer', secret: '' }, limit: 1 })
})

it('says what a field takes', () => {
  expect(typeText({ type: 'integer', minimum: 1, maximum: 9 })).toBe('integer, 1 to 9')
  expect(typeText({ type: 'array', items: { enum: ['a', 'b'] } })).toBe('list of one of "a", "b"')
  expect(choicesOf({ type: 'string' })).toBeUndefined()
})

it('offers the alternatives of unions in unions side by side, each where a value fits it', () => {
  const nested = { anyOf: [{ anyOf: [{ type: 'string' }, { type: 'boolean' }] }, { type: 'array', items: { type: 'string' } }] }
  expect(alternatives(nested).map(({ type }) => type)).toEqual(['string', 'boolean', 'array'])
  expect([alternativeOf(nested, true), alternativeOf(nested, ['a']), alternativeOf(nested, 'a')]).toEqual([1, 2, 0])
})
