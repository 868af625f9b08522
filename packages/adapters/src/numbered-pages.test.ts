import { type HttpResponse, type Json, type Log, type Page, WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { numberedPages } from './numbered-pages.ts'

const response = (text: string): HttpResponse => ({
  status: 200,
  headers: {},
  body: Buffer.from(text),
  url: 'https://api.example.com/',
  facts: {
    request: { method: 'GET', url: 'https://api.example.com/', headers: {} },
    response: { status: 200, headers: {}, receivedAt: '2026-03-01T10:00:00.000Z', durationMs: 1 },
  },
})
const write = () => {}
const log: Log = { debug: write, info: write, warn: write, error: write }

interface Walked {
  readonly asked: number[]
  readonly pages: Page[]
  readonly error: unknown
}

/** Walks pages 1 to `last`; those in `gone` are refused with the code. */
async function walk({
  cursor = null as Json | null,
  last = 3,
  list = 'list' as unknown,
  gone = {} as Record<number, WeaverError['code']>,
  textOf = String as (page: number) => string,
}) {
  const asked: number[] = []
  const pages: Page[] = []
  const ask = (at: number) => {
    asked.push(at)
    const code = gone[at]
    if (code !== undefined) return Promise.reject(new WeaverError(code, 'refused by a test'))
    return Promise.resolve({ response: response(textOf(at)), next: at < last ? at + 1 : undefined })
  }
  let error: unknown
  try {
    for await (const page of numberedPages({ cursor, signal: new AbortController().signal, log }, { list, first: 1, ask })) pages.push(page)
  } catch (thrown) {
    error = thrown
  }
  return { asked, pages, error } satisfies Walked
}
const at = async (page: number): Promise<Json> => (await walk({ last: 9 })).pages[page - 2]?.cursor as Json

describe('numbered pages', () => {
  it('have a checkpoint that leads to the next one, and after the last one to a new round', async () => {
    const { asked, pages } = await walk({})
    expect(asked).toEqual([1, 2, 3])
    const round = (next: number) => ({ version: 1, round: { of: expect.stringMatching(/^[0-9a-f]{16}$/), at: next } })
    expect(pages.map(({ cursor }) => cursor)).toEqual([round(2), round(3), { version: 1 }])
    expect((await walk({ cursor: { version: 1 } })).asked).toEqual([1, 2, 3])
  })

  it('end where the source gives the same page again, unless it is the last', async () => {
    const { asked, pages, error } = await walk({ last: 9, textOf: (page) => String(Math.min(page, 3)) })
    expect(error).toMatchObject({ code: 'source_loop' })
    expect(asked).toEqual([1, 2, 3, 4])
    expect(pages).toHaveLength(3)
    expect((await walk({ last: 2, textOf: () => '[]' })).error).toBeUndefined()
  })

  it('say which one is the last', async () => {
    expect((await walk({})).pages.map(({ last }) => last)).toEqual([undefined, undefined, true])
  })

  it('need none where there is one page only, unless there is an old one', async () => {
    expect((await walk({ last: 1 })).pages.map((page) => 'cursor' in page)).toEqual([false])
    expect((await walk({ last: 1, cursor: await at(2), list: 'other' })).pages[0]?.cursor).toEqual({ version: 1 })
  })

  it('go on where they were, in the same list only', async () => {
    expect((await walk({ cursor: await at(2) })).asked).toEqual([2, 3])
    expect((await walk({ cursor: await at(2), list: 'other' })).asked).toEqual([1, 2, 3])
  })

  it('begin again where the source does not know the position of a checkpoint any more', async () => {
    const cursor = await at(5)
    for (const code of ['source_not_found', 'source_rejected'] as const) {
      expect(await walk({ cursor, gone: { 5: code } })).toMatchObject({ asked: [5, 1, 2, 3], error: undefined })
    }
  })

  it('end with the error where it has nothing to do with the checkpoint', async () => {
    const cursor = await at(2)
    expect(await walk({ cursor, gone: { 2: 'rate_limited' } })).toMatchObject({ asked: [2], error: { code: 'rate_limited' } })
    expect(await walk({ cursor, gone: { 3: 'source_not_found' } })).toMatchObject({ asked: [2, 3], error: { code: 'source_not_found' } })
    expect(await walk({ gone: { 1: 'source_not_found' } })).toMatchObject({ asked: [1], error: { code: 'source_not_found' } })
    // Refused at its beginning too, the list is not asked for without end.
    const both = { 2: 'source_not_found', 1: 'source_not_found' } as const
    expect(await walk({ cursor, gone: both })).toMatchObject({ asked: [2, 1], error: { code: 'source_not_found' } })
  })

  it.each<Json>(['page 2', [], {}, { version: 2 }, { version: 1, page: 2 }, { version: 1, round: { of: 'x', at: -1 } }])(
    'do not go on from %j',
    async (cursor) => {
      const { asked, error } = await walk({ cursor })
      expect(asked).toEqual([])
      expect(error).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('Reset it'), errors: [{ field: 'cursor' }] })
    },
  )
})
