import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { WeaverError } from './error.ts'
import { parse } from './validation.ts'

const closed = { additionalProperties: false } as const
const Auth = Type.Union([
  Type.Object({ type: Type.Literal('header'), name: Type.String({ description: 'Name of the header.' }) }, closed),
  Type.Object({ type: Type.Literal('next'), in: Type.Literal('body'), path: Type.String() }, closed),
  Type.Object({ type: Type.Literal('next'), in: Type.Literal('link') }, closed),
])
const Config = Type.Object(
  { auth: Auth, list: Type.Optional(Type.Array(Auth)), plain: Type.Optional(Type.Union([Type.String(), Type.Number()])) },
  closed,
)

function problems(value: unknown): unknown {
  try {
    parse(Config, value, 'invalid_config', 'config')
  } catch (error) {
    if (error instanceof WeaverError) return error.errors.map(({ field, problem, hint }) => [field, problem, hint])
    throw error
  }
  return []
}

describe('errors of a union whose branches differ in a constant', () => {
  it('speaks of the chosen branch only', () => {
    expect(problems({ auth: { type: 'header', nam: 'x' } })).toEqual([
      ['config.auth.name', 'is missing', 'Name of the header.'],
      ['config.auth.nam', 'is not a known field', 'Known fields: type, name.'],
    ])
    expect(problems({ auth: { type: 'header', name: 5 } })).toEqual([
      ['config.auth.name', 'must be string, not number', 'Name of the header.'],
    ])
  })

  it('narrows by a second constant', () => {
    expect(problems({ auth: { type: 'next', in: 'body' } })).toEqual([['config.auth.path', 'is missing', 'Add it.']])
    expect(problems({ auth: { type: 'next', in: 'head' } })).toEqual([['config.auth.in', 'must be one of "body", "link"', undefined]])
  })

  it('names the constants when there is none or another', () => {
    expect(problems({ auth: { name: 'x' } })).toEqual([['config.auth.type', 'is missing', 'One of "header", "next".']])
    expect(problems({ auth: { type: 'oauth' } })).toEqual([['config.auth.type', 'must be one of "header", "next"', undefined]])
  })

  it('keeps apart the places where the same union is used', () => {
    const list = [{ type: 'next', in: 'link' }, { type: 'header' }, { type: 'nope' }]
    expect(problems({ auth: { type: 'next', in: 'link' }, list })).toEqual([
      ['config.list.1.name', 'is missing', 'Name of the header.'],
      ['config.list.2.type', 'must be one of "header", "next"', undefined],
    ])
  })

  it('leaves other unions, and what is no object, as they were', () => {
    expect(problems({ auth: { type: 'next', in: 'link' }, plain: true })).toEqual([
      ['config.plain', 'matches none of the allowed forms', undefined],
    ])
    expect(problems({ auth: 'header' })).toEqual([['config.auth', 'matches none of the allowed forms', undefined]])
    expect(problems({ auth: { type: 'next', in: 'link' } })).toEqual([])
  })
})
