import { describe, expect, it } from 'vitest'
import { asked, lastCursor, serving } from './conformance/serving.ts'

const { serve, go, configOf } = serving()

describe('an answer that did not change', () => {
  it.each([
    ['etag', { etag: '"v1"' }, 'if-none-match', '"v1"'],
    ['lastModified', { 'last-modified': 'Sun, 01 Mar 2026 12:00:00 GMT' }, 'if-modified-since', 'Sun, 01 Mar 2026 12:00:00 GMT'],
  ])('is no page, by %s', async (condition, headers, name, value) => {
    let changed = false
    const source = await serve((request) =>
      request.headers[name] === value && !changed
        ? { status: 304, body: '' }
        : { headers: { 'content-type': 'application/json', ...headers }, body: [{ id: 1 }] },
    )
    const config = { request: { url: `${source.origin}/items`, conditional: [condition] } }
    const first = await go(source, config)
    expect(first.pages).toHaveLength(1)
    const cursor = lastCursor(first.pages)
    const second = await go(source, config, { cursor })
    expect(second).toEqual({ pages: [], error: undefined })
    changed = true
    expect((await go(source, config, { cursor })).pages).toHaveLength(1)
    // What is known of one question says nothing of another.
    await go(source, { request: { url: `${source.origin}/others`, conditional: [condition] } }, { cursor })
    expect(source.requests[0]?.headers).not.toHaveProperty(name)
  })

  it('is no page, by its body', async () => {
    let body = '[{"id":1}]'
    const source = await serve(() => ({ body }))
    const config = { request: { url: `${source.origin}/items`, conditional: ['hash'] } }
    const cursor = lastCursor((await go(source, config)).pages)
    expect((await go(source, config, { cursor })).pages).toEqual([])
    body = '[{"id":2}]'
    expect((await go(source, config, { cursor })).pages).toHaveLength(1)
  })

  it('is told apart for each partition of a list, also where the last one did not change', async () => {
    const versions: Record<string, number> = { a: 1, b: 1, c: 1 }
    const source = await serve(({ url }) => ({ body: [{ id: `${url.pathname}${versions[url.pathname.slice(1)]}` }] }))
    const config = {
      request: { base: source.origin, path: '{{partition.name}}', conditional: ['hash'] },
      partitions: { type: 'list', values: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
    }
    expect(() => configOf(source, config)).not.toThrow()
    const whole = await go(source, config)
    expect(whole.pages.map(({ last }) => last)).toEqual([undefined, undefined, true])
    let cursor = lastCursor(whole.pages)
    versions.b = 2
    const second = await go(source, config, { cursor })
    expect(second.pages.map(({ request }) => request.partition)).toEqual([{ name: 'b' }])
    // The checkpoint says "go on with c". It goes on there, and then with those before it: none is left out for good.
    cursor = lastCursor(second.pages)
    versions.a = 2
    const third = await go(source, config, { cursor })
    expect(asked(source)).toEqual(['/c', '/a', '/b', '/c'])
    expect(third.pages.map(({ request }) => request.partition)).toEqual([{ name: 'a' }])
    cursor = lastCursor(third.pages)
    expect((await go(source, config, { cursor })).pages).toEqual([])
  })
})
