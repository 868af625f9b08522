import { systemClock } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { run } from '../src/conformance/harness.ts'
import { ScriptedSource } from '../src/conformance/scripted-source.ts'
import { http } from './index.ts'

const pages: readonly (readonly object[])[] = [
  [
    { id: 1, name: 'a' },
    { id: 2, name: 'b', colour: 'red' },
    { id: 3, state: 'draft', weight: 5 },
    { id: 4, gone: true },
  ],
  [
    { id: 5, name: 7, colour: 'blue' },
    { id: '6', name: 'c', size: 1 },
  ],
]
let egress: Egress
let source: ScriptedSource

beforeAll(async () => {
  egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  source = await ScriptedSource.start(({ url }) => ({ body: pages[Number(url.searchParams.get('page')) - 1] ?? [] }))
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await egress.close()
})

const fields = { id: { type: 'integer' }, name: { type: 'text' } }

/** The differences that a run notes, page by page. */
async function noted(schema: object | undefined, more: object = {}): Promise<unknown[]> {
  const config = {
    request: { url: `${source.origin}/items` },
    pagination: { type: 'page', parameter: 'page' },
    records: { filter: [{ path: 'state', is: 'notEquals', value: 'draft' }] },
    deletedWhen: { path: 'gone', equals: true },
    primaryKey: ['id'],
    ...(schema && { schema }),
    ...more,
  }
  const found: unknown[] = []
  const onLog = (line: object, message: string) => {
    if (message === 'records differ from the schema of the stream') found.push((line as { differences: string[] }).differences)
  }
  const { error } = await run({ adapter: http, config: parseConfig(http, config, []), secrets: {}, egress, onLog })
  expect(error).toBeUndefined()
  return found
}

describe('what differs from the schema of records', () => {
  it('is noted once in a run where records are taken as they are, and nothing of those that are left out or gone', async () => {
    expect(await noted({ mode: 'evolve', fields })).toEqual([
      ['`colour` is not known'],
      ['`name` is a number, not text', '`id` is a text, not integer', '`size` is not known'],
    ])
  })

  it('is noted where it is dropped; for what is refused there are dead letters', async () => {
    expect(await noted({ mode: 'discard', fields })).toEqual([['`colour` is not known'], ['`size` is not known']])
    expect(await noted({ mode: 'freeze', fields })).toEqual([])
  })

  it('is nothing where nothing is declared, or all is as declared', async () => {
    expect(await noted(undefined)).toEqual([])
    const all = { colour: { type: 'text', optional: true }, size: { type: 'any', optional: true } }
    expect(await noted({ mode: 'evolve', fields: { id: { type: 'any' }, name: { type: 'any' }, ...all } })).toEqual([])
  })

  it('is noted up to a limit', async () => {
    const many = await ScriptedSource.start(() => ({
      body: [{ id: 1, ...Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`f${n}`, n])) }],
    }))
    try {
      const [found] = await noted({ mode: 'evolve', fields: { id: fields.id } }, { request: { url: many.origin }, pagination: undefined })
      expect(found).toHaveLength(20)
    } finally {
      await many[Symbol.asyncDispose]()
    }
  })
})
