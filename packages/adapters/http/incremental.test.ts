import { describe, expect, it } from 'vitest'
import { asked, lastCursor, serving } from './conformance/serving.ts'
import { increment, sentValue } from './incremental.ts'
import type { Incremental } from './schema/incremental.ts'

const of = (changes: Partial<Incremental>): Incremental => ({ path: 'at', parameter: 'since', order: 'time', ...changes })

describe('where to ask from', () => {
  it.each([
    [{ order: 'number', lookback: 5 }, 100, 95],
    [{ order: 'number', lookback: 5 }, '9007199254740993', '9007199254740988'],
    [{ order: 'time', lookback: 3_600_000 }, '2026-01-01T00:30:00Z', '2025-12-31T23:30:00Z'],
    [{ order: 'time', lookback: 3_600_000 }, '2026-01-01T00:30:00.250+01:00', '2025-12-31T22:30:00.250Z'],
    [{ order: 'time', lookback: 86_400_000 }, '2026-01-01', '2025-12-31'],
    [{ order: 'epochSeconds', lookback: 1500 }, 100, 98.5],
    [{ order: 'epochMillis', lookback: 1500 }, 10_000, 8500],
    [{ order: 'text', lookback: 0 }, 'b', 'b'],
    [{ order: 'time', start: '2020-01-01' }, undefined, '2020-01-01'],
  ] as const)('%j: from %s it is %s', (changes, since, expected) => {
    expect(increment(of(changes)).from(since)).toBe(expected)
  })

  it.each([
    [{ order: 'time', format: 'date' }, '2026-01-01T23:30:00Z', '2026-01-01'],
    [{ order: 'time', format: 'epochSeconds' }, '2026-01-01T00:00:00.9Z', 1_767_225_600],
    [{ order: 'epochSeconds', format: 'iso' }, 1_767_225_600, '2026-01-01T00:00:00.000Z'],
    [{ order: 'epochMillis', format: 'epochSeconds' }, 1_767_225_600_999, 1_767_225_600],
    [{ order: 'number' }, 5, 5],
  ] as const)('%j: %s is sent as %s', (changes, value, expected) => {
    expect(sentValue(value, of(changes))).toBe(expected)
  })
})

describe('an order of records', () => {
  const { serve, go } = serving()
  const paged = { pagination: { type: 'page', parameter: 'page', size: { value: 2 }, stop: { on: 'shortPage' } } }

  it('with the oldest first moves the value with each page, and asks for the same until the round is complete', async () => {
    const rows = [1, 2, 3, 4, 5].map((id) => ({ id, at: id }))
    const source = await serve(({ url }) => {
      const since = Number(url.searchParams.get('since') ?? 0)
      const page = Number(url.searchParams.get('page'))
      return { body: rows.filter(({ at }) => at > since).slice((page - 1) * 2, page * 2) }
    })
    const config = { ...paged, incremental: { path: 'at', parameter: 'since', order: 'number', sorted: 'ascending' } }
    const { pages } = await go(source, config)
    expect(pages[0]?.cursor).toMatchObject({ incremental: { value: 2 }, round: { since: null, at: { page: 2 } } })
    await go(source, config, { cursor: pages[0]?.cursor ?? null })
    expect(asked(source)).toEqual(['/items?page=2', '/items?page=3'])
    // Where the position is lost with the list, what is known is not.
    await go(source, { ...config, pagination: { ...paged.pagination, size: { value: 3 } } }, { cursor: pages[1]?.cursor ?? null })
    expect(asked(source)).toEqual(['/items?page=1&since=4'])
  })

  it('with the newest first ends at the first page that reaches what is known, without a parameter', async () => {
    let newest = 6
    const source = await serve(({ url }) => {
      const page = Number(url.searchParams.get('page'))
      const all = Array.from({ length: newest }, (_, index) => ({ id: newest - index, at: newest - index }))
      return { body: all.slice((page - 1) * 2, page * 2) }
    })
    const config = { ...paged, incremental: { path: 'at', order: 'number', sorted: 'descending' } }
    const { pages } = await go(source, config)
    expect(pages).toHaveLength(4)
    newest = 9
    const next = await go(source, config, { cursor: lastCursor(pages) })
    expect(asked(source)).toEqual(['/items?page=1', '/items?page=2'])
    expect(next.pages.map(({ last }) => last)).toEqual([undefined, true])
    expect(lastCursor(next.pages)).toEqual({ version: 1, incremental: { path: 'at', value: 9 } })
  })

  it('is not led into the future by one wrong date: later records are still asked for', async () => {
    const wrong = { id: 9, at: '2999-12-31T23:59:59Z' }
    const source = await serve(() => ({ body: [{ id: 1, at: '2026-01-01T00:00:00Z' }, wrong, { id: 2, at: '2026-01-02T00:00:00Z' }] }))
    const config = { incremental: { path: 'at', parameter: 'since', order: 'time' } }
    const logged: unknown[] = []
    const { pages } = await go(source, config, { logged })
    expect(lastCursor(pages)).toEqual({ version: 1, incremental: { path: 'at', value: '2026-01-02T00:00:00Z' } })
    expect(JSON.stringify(logged)).toContain(wrong.at)
    const told = await go(source, { incremental: { ...config.incremental, ahead: 31_536_000_000_000 } })
    expect(lastCursor(told.pages)).toEqual({ version: 1, incremental: { path: 'at', value: wrong.at } })
  })

  it('goes on where all that there is lies ahead, and asks for it again', async () => {
    const source = await serve(() => ({ body: [{ id: 1, at: 253_370_764_800 }] }))
    const { pages } = await go(source, { incremental: { path: 'at', parameter: 'since', order: 'epochSeconds' } })
    expect(lastCursor(pages)).toEqual({ version: 1 })
    await go(source, { incremental: { path: 'at', parameter: 'since', order: 'epochSeconds' } }, { cursor: lastCursor(pages) })
    expect(asked(source)).toEqual(['/items'])
  })

  it('takes no text for a value that its checkpoint could not keep', async () => {
    const source = await serve(() => ({
      body: [
        { id: 1, at: 'b' },
        { id: 2, at: 'z'.repeat(8193) },
      ],
    }))
    const config = { incremental: { path: 'at', parameter: 'since', order: 'text' } }
    const { pages } = await go(source, config)
    expect(lastCursor(pages)).toMatchObject({ incremental: { value: 'b' } })
  })

  it('knows the end of what it asks for', async () => {
    const source = await serve(() => ({ body: [{ id: 1, at: '2026-01-01T00:00:00Z' }] }))
    await go(source, { incremental: { path: 'at', parameter: 'since', until: 'until', order: 'time', format: 'epochSeconds' } })
    expect(asked(source)[0]).toMatch(/^\/items\?until=\d{10}$/)
  })
})
