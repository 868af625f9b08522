import { type Json, systemClock } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { asked, keysOf, lastCursor, serving } from '../conformance/serving.ts'

const { serve, go, configOf } = serving()

describe('partitions with a cursor', () => {
  const rows: Record<string, { id: string; at: number }[]> = { a: [{ id: 'a1', at: 5 }], b: [{ id: 'b1', at: 9 }] }
  const answer = ({ url }: { readonly url: URL }) => ({
    body: (rows[url.pathname.slice(1)] ?? []).filter(({ at }) => at > Number(url.searchParams.get('since') ?? 0)),
  })
  const config = (origin: string, names: readonly string[], incremental: object = {}) => ({
    request: { base: origin, path: '{{partition.name}}' },
    partitions: { type: 'list', values: names.map((name) => ({ name })) },
    incremental: { path: 'at', parameter: 'since', order: 'number', ...incremental },
  })

  it('have one value each, so that a new one is fetched from its beginning and a gone one is forgotten', async () => {
    const source = await serve(answer)
    const first = await go(source, config(source.origin, ['a', 'b']))
    expect(first.pages).toHaveLength(2)
    rows.c = [{ id: 'c1', at: 1 }]
    const second = await go(source, config(source.origin, ['a', 'c']), { cursor: lastCursor(first.pages) })
    expect(asked(source)).toEqual(['/a?since=5', '/c'])
    await go(source, config(source.origin, ['a', 'b', 'c']), { cursor: lastCursor(second.pages) })
    expect(asked(source)).toEqual(['/a?since=5', '/b', '/c?since=1'])
  })

  it('have one value together when told so, which moves when all are complete', async () => {
    const source = await serve(answer)
    const together = config(source.origin, ['a', 'b'], { scope: 'stream' })
    const first = await go(source, together)
    expect(first.pages[0]?.cursor).not.toHaveProperty('incremental')
    await go(source, together, { cursor: first.pages[0]?.cursor ?? null })
    expect(asked(source)).toEqual(['/b'])
    await go(source, together, { cursor: lastCursor(first.pages) })
    expect(asked(source)).toEqual(['/a?since=9', '/b?since=9'])
  })

  it('that have one value together do not move it before the last is complete, in whatever order their records come', async () => {
    const source = await serve(({ url }) => ({ body: url.searchParams.get('page') === '3' ? [] : [{ id: url.href, at: 7 }] }))
    const { pages } = await go(source, {
      ...config(source.origin, ['a', 'b'], { scope: 'stream', sorted: 'ascending' }),
      pagination: { type: 'page', parameter: 'page' },
    })
    const values = pages.map(({ cursor }) => (cursor as { incremental?: { value: number } }).incremental?.value)
    expect(values).toEqual([undefined, undefined, undefined, undefined, undefined, 7])
  })

  it('of which there are too many for values of their own are refused, with the way out', async () => {
    const source = await serve(
      ({ url }) => ({
        body: url.pathname === '/parents' ? Array.from({ length: 1002 }, (_, id) => ({ id })) : [{ id: url.pathname, at: 1 }],
      }),
      ({ url }) => url.pathname === '/parents',
    )
    const many = {
      request: { base: source.origin, path: '{{partition.id}}' },
      pagination: { type: 'page', parameter: 'page', maxPages: 2000, stop: { on: 'value', path: '0.at', equals: 1 } },
      partitions: { type: 'request', request: { url: `${source.origin}/parents` }, values: { id: 'id' } },
      incremental: { path: 'at', parameter: 'since', order: 'number' },
    }
    const { error, pages } = await go(source, many)
    expect(error).toMatchObject({ code: 'invalid_config', errors: [{ field: 'config.incremental.scope' }] })
    expect(pages).toHaveLength(1000)
  })
})

describe('partitions from another request', () => {
  it('are found again by what they are, not by where they were', async () => {
    let parents = [{ id: 'a' }, { id: 'b' }]
    const source = await serve(
      ({ url }) => {
        if (url.pathname === '/parents') return { body: parents }
        const page = Number(url.searchParams.get('page'))
        return { body: page > 2 ? [] : [{ id: `${url.pathname}${page}` }] }
      },
      ({ url }) => url.pathname === '/parents',
    )
    const config = {
      request: { base: source.origin, path: '{{partition.id}}' },
      pagination: { type: 'page', parameter: 'page' },
      partitions: { type: 'request', request: { url: `${source.origin}/parents` }, values: { id: 'id' } },
    }
    const first = await go(source, config)
    const inTheMiddle = first.pages[0]?.cursor as Json
    parents = [{ id: 'new' }, { id: 'a' }, { id: 'b' }]
    await go(source, config, { cursor: inTheMiddle })
    expect(asked(source).slice(0, 2)).toEqual(['/a?page=2', '/a?page=3'])
    // Where it is not there any more, the round begins again.
    parents = [{ id: 'new' }, { id: 'b' }]
    const again = await go(source, config, { cursor: inTheMiddle })
    expect(again.error).toBeUndefined()
    expect(asked(source).slice(0, 3)).toEqual(['/new?page=1', '/new?page=2', '/new?page=3'])
    parents = []
    expect(await go(source, config)).toEqual({ pages: [], error: undefined })
  })

  it('are looked for on no more pages than there may be, and not in a circle', async () => {
    const source = await serve(
      ({ url }) => ({
        body:
          url.pathname === '/parents' ? { items: [], next: url.searchParams.get('at') === '1' ? '/parents?at=0' : '/parents?at=1' } : [],
      }),
      ({ url }) => url.pathname === '/parents',
    )
    const config = (maxPages: number) => ({
      request: { base: source.origin, path: '{{partition.id}}' },
      partitions: {
        type: 'request',
        request: { url: `${source.origin}/parents` },
        records: { path: 'items' },
        pagination: { type: 'next', in: 'body', path: 'next', maxPages },
        values: { id: 'id' },
      },
    })
    expect((await go(source, config(100))).error).toMatchObject({ code: 'source_loop' })
    expect(source.asides.length).toBeLessThan(5)
    expect((await go(source, config(2))).error).toBeUndefined()
    expect(source.asides).toHaveLength(2)
  })

  it('whose place is not known any more begin again', async () => {
    let gone = false
    const source = await serve(
      ({ url }) => {
        if (url.pathname !== '/parents') return { body: [{ id: url.pathname }] }
        const at = url.searchParams.get('at')
        if (at !== null && gone) return { status: 410, body: 'expired' }
        return { body: { items: [{ id: at ?? '0' }], next: at === null ? 'x' : null } }
      },
      ({ url }) => url.pathname === '/parents',
    )
    const config = {
      request: { base: source.origin, path: '{{partition.id}}' },
      partitions: {
        type: 'request',
        request: { url: `${source.origin}/parents` },
        records: { path: 'items' },
        pagination: { type: 'cursor', in: 'body', path: 'next', parameter: 'at' },
        values: { id: 'id' },
      },
    }
    const first = await go(source, config)
    expect(keysOf(configOf(source, config), first)).toEqual([['/0'], ['/x']])
    gone = true
    const again = await go(source, config, { cursor: first.pages[0]?.cursor ?? null })
    expect(asked(source)).toEqual(['/0'])
    // The page that is really gone is an error then: to pass over it would lose what is behind it.
    expect(again.error).toMatchObject({ code: 'source_not_found' })
  })
})

describe('windows', () => {
  const window = (changes: object = {}) => ({
    type: 'window',
    start: '2026-01-01T00:00:00Z',
    end: '2026-01-03T12:00:00Z',
    step: 86_400_000,
    ...changes,
  })
  const config = (origin: string, partitions: object) => ({
    request: { url: `${origin}/items?from={{partition.from}}&to={{partition.to}}` },
    partitions,
  })

  it.each([
    [
      {},
      [
        '2026-01-01T00:00:00.000Z,2026-01-02T00:00:00.000Z',
        '2026-01-02T00:00:00.000Z,2026-01-03T00:00:00.000Z',
        '2026-01-03T00:00:00.000Z,2026-01-03T12:00:00.000Z',
      ],
    ],
    [{ format: 'date' }, ['2026-01-01,2026-01-02', '2026-01-02,2026-01-03', '2026-01-03,2026-01-04']],
    [{ format: 'date', inclusive: true }, ['2026-01-01,2026-01-01', '2026-01-02,2026-01-02', '2026-01-03,2026-01-03']],
    [{ format: 'epochSeconds', inclusive: true }, ['1767225600,1767311999', '1767312000,1767398399', '1767398400,1767441599']],
    [{ format: 'epochMillis' }, ['1767225600000,1767312000000', '1767312000000,1767398400000', '1767398400000,1767441600000']],
  ])('are written as the source wants them: %j', async (changes, expected) => {
    const source = await serve(() => ({ body: [] }))
    const { error, pages } = await go(source, config(source.origin, window(changes)))
    expect(error).toBeUndefined()
    expect(source.requests.map(({ url }) => [url.searchParams.get('from'), url.searchParams.get('to')].join())).toEqual(expected)
    expect(pages[0]?.request.partition).toEqual({ from: expect.anything(), to: expect.anything() })
  })

  it('begin where the cursor is, less the lookback, and move it when they are complete, records or not', async () => {
    const source = await serve(({ url }) => ({
      body: url.searchParams.get('from') === '2026-01-02' ? [{ id: 1, at: '2026-01-02T05:00:00Z' }] : [],
    }))
    const whole = { ...config(source.origin, window({ format: 'date' })), incremental: { path: 'at', order: 'time', lookback: 3_600_000 } }
    const first = await go(source, whole)
    expect(first.pages.map(({ cursor }) => (cursor as { incremental?: { value: string } }).incremental?.value)).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-02T00:00:00.000Z',
      '2026-01-03T00:00:00.000Z',
    ])
    await go(source, whole, { cursor: lastCursor(first.pages) })
    // 3 January less an hour is in the window of the 2nd.
    expect(source.requests.map(({ url }) => url.searchParams.get('from'))).toEqual(['2026-01-02', '2026-01-03'])
    await go(source, whole, { cursor: first.pages[0]?.cursor ?? null })
    expect(source.requests.map(({ url }) => url.searchParams.get('from'))).toEqual(['2026-01-02', '2026-01-03'])
  })

  it('end when the round began, in whichever run they are fetched', async () => {
    const source = await serve(() => ({ body: [] }))
    const now = systemClock.now()
    const start = new Date(now - 2 * 3_600_000).toISOString()
    const open = { ...config(source.origin, { type: 'window', start, step: 3_600_000 }) }
    const first = await go(source, open)
    const tos = source.requests.map(({ url }) => Date.parse(url.searchParams.get('to') ?? ''))
    expect(tos.length).toBeGreaterThanOrEqual(2)
    const end = tos.at(-1) ?? 0
    expect(end).toBeGreaterThanOrEqual(now)
    expect(end).toBeLessThanOrEqual(systemClock.now())
    await go(source, open, { cursor: first.pages[0]?.cursor ?? null })
    expect(Date.parse(source.requests.at(-1)?.url.searchParams.get('to') ?? '')).toBe(end)
  })
})
