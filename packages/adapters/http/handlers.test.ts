import { describe, expect, it } from 'vitest'
import { readPage } from '../src/conformance/harness.ts'
import { asked, keysOf, serving } from './conformance/serving.ts'
import { http } from './index.ts'

const { serve, go, configOf } = serving()
const paged = { records: { path: 'items' }, pagination: { type: 'page', parameter: 'page', size: { value: 1 }, stop: { on: 'shortPage' } } }

describe('a handler', () => {
  const limited = { status: { error_code: 429, error_message: "You've exceeded the limit" } }

  it.each([
    [{ do: 'retry' }, 'source_unavailable', undefined, undefined],
    [{ do: 'retry', retryAfter: 5000, code: 'source_malformed' }, 'source_malformed', 5000, undefined],
    [{ do: 'rateLimited', upstreamCode: 'status.error_code', message: 'status.error_message' }, 'rate_limited', undefined, '429'],
    [{ do: 'fail' }, 'source_rejected', undefined, undefined],
    [{ do: 'fail', code: 'quota_exhausted' }, 'quota_exhausted', undefined, undefined],
  ])('makes an error of a success: %j', async (handler, code, retryAfterMs, upstreamCode) => {
    const source = await serve(() => ({ body: limited }))
    const errorHandlers = [{ when: { body: { path: 'status.error_code', is: 'present' } }, ...handler }]
    const { pages, error } = await go(source, { errorHandlers })
    expect(pages).toEqual([])
    expect(error).toMatchObject({ code, retryAfterMs, upstreamCode })
    if (upstreamCode !== undefined) expect(error).toMatchObject({ message: expect.stringContaining("You've exceeded the limit") })
  })

  it('waits as long as the answer says, where it says so', async () => {
    const source = await serve(() => ({ status: 420, headers: { 'retry-after': '9' }, body: 'calm' }))
    const errorHandlers = [{ when: { status: [420] }, do: 'rateLimited', retryAfter: 100 }]
    expect((await go(source, { errorHandlers })).error).toMatchObject({ code: 'rate_limited', retryAfterMs: 9000 })
  })

  it.each([
    { status: [404] },
    { status: ['4xx'] },
    { header: { name: 'X-Why', equals: 'gone' } },
    { header: { name: 'X-Why', contains: 'GO' } },
    { contains: 'NO SUCH' },
    { status: [404, 500], contains: 'such', header: { name: 'x-why' } },
    { body: { path: 'error', is: 'contains', value: 'such' } },
    { body: { path: 'code', is: 'oneOf', values: [1, 7] } },
    { body: { path: 'code', is: 'atLeast', value: 7 } },
  ])('knows an answer by %j', async (when) => {
    const source = await serve(() => ({ status: 404, headers: { 'x-why': 'gone' }, body: { error: 'No such city', code: 7 } }))
    expect(await go(source, { errorHandlers: [{ when, do: 'ignore' }] })).toEqual({ pages: [], error: undefined })
  })

  it.each([
    { status: [405, '5xx'] },
    { header: { name: 'x-other' } },
    { header: { name: 'x-why', equals: 'Gone' } },
    { header: { name: 'x-why', contains: 'came' } },
    { contains: 'nothing' },
    { status: [404], contains: 'nothing' },
    { body: { path: 'code', is: 'atMost', value: 6 } },
    { body: { path: 'code', is: 'atLeast', value: '7' } },
    { body: { path: 'code', is: 'absent' } },
  ])('does not mean another answer by %j', async (when) => {
    const source = await serve(() => ({ status: 404, headers: { 'x-why': 'gone' }, body: { error: 'No such city', code: 7 } }))
    expect((await go(source, { errorHandlers: [{ when, do: 'ignore' }] })).error).toMatchObject({ code: 'source_not_found' })
  })

  it('that ignores a partition goes on with the next, and begins again behind the last', async () => {
    const source = await serve(({ url }) => (url.pathname === '/c' ? { status: 404, body: '' } : { body: [{ id: url.pathname }] }))
    const config = {
      request: { base: source.origin, path: '{{partition.name}}' },
      partitions: { type: 'list', values: [{ name: 'a' }, { name: 'c' }, { name: 'b' }] },
      errorHandlers: [{ when: { status: [404] }, do: 'ignore' }],
    }
    const outcome = await go(source, config)
    expect(outcome.error).toBeUndefined()
    expect(keysOf(configOf(source, config), outcome)).toEqual([['/a'], ['/b']])
    const lastIgnored = { ...config, partitions: { type: 'list', values: [{ name: 'a' }, { name: 'c' }] } }
    const first = await go(source, lastIgnored)
    expect(first.pages.map(({ last }) => last)).toEqual([undefined])
    await go(source, lastIgnored, { cursor: first.pages[0]?.cursor ?? null })
    expect(asked(source)).toEqual(['/c', '/a', '/c'])
  })

  it('that ignores the end of numbered pages lets the cursor move with the next run', async () => {
    const source = await serve(({ url }) => {
      const page = Number(url.searchParams.get('page'))
      return page > 2 ? { status: 404, body: 'no such page' } : { body: [{ id: page, at: page }] }
    })
    const config = {
      pagination: { type: 'page', parameter: 'page' },
      incremental: { path: 'at', parameter: 'since', order: 'number' },
      errorHandlers: [{ when: { status: [404] }, do: 'ignore' }],
    }
    const first = await go(source, config)
    expect(first.error).toBeUndefined()
    await go(source, config, { cursor: first.pages[1]?.cursor ?? null })
    expect(asked(source)).toEqual(['/items?page=3', '/items?page=1&since=2', '/items?page=2&since=2', '/items?page=3&since=2'])
  })

  it('that makes a dead letter keeps the answer, and what it says of it is the same years later', async () => {
    const source = await serve(({ url }) =>
      url.searchParams.get('page') === '2' ? { status: 422, body: { error: 'bad page' } } : { body: { items: [{ id: 1 }] } },
    )
    const config = { ...paged, errorHandlers: [{ when: { status: [422], body: { path: 'error', is: 'present' } }, do: 'deadLetter' }] }
    const { pages, error } = await go(source, config)
    expect(error).toBeUndefined()
    expect(pages.map(({ response, last }) => [response.status, last])).toEqual([
      [200, undefined],
      [422, true],
    ])
    const parsed = configOf(source, config)
    expect(pages.map((page) => readPage(http, parsed, page))).toEqual([
      [{ key: [1], fields: { id: 1 } }],
      [{ problem: 'the source answered 422, which `errorHandlers.0` makes a dead letter' }],
    ])
  })

  it('asks for new credentials where the source refuses them in its own way', async () => {
    let given = 0
    const source = await serve(
      ({ url, headers }) => {
        if (url.pathname === '/token') return { body: { token: `t${++given}` } }
        return headers.authorization === 'Bearer t2' ? { body: { id: 1 } } : { body: { error: 'SESSION_EXPIRED' } }
      },
      ({ url }) => url.pathname === '/token',
    )
    const config = {
      auth: { type: 'session', login: { url: `${source.origin}/token`, secrets: { pass: 'key' } }, token: { in: 'body', path: 'token' } },
      errorHandlers: [{ when: { contains: 'session_expired' }, do: 'refresh' }],
    }
    expect((await go(source, config, { secrets: { key: 'secret' } })).error).toBeUndefined()
    expect([source.asides.length, source.requests.length]).toEqual([2, 2])
  })
})
