import { type Json, type Page, systemClock, type WeaverError } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { recordsOf, run, type RunOutcome } from '../src/conformance/harness.ts'
import { ScriptedSource, type SourceAnswer, type SourceRequest } from '../src/conformance/scripted-source.ts'
import { http } from './index.ts'

const secret = 'top/secret+0123456789'
let egress: Egress
const sources: ScriptedSource[] = []

beforeAll(() => {
  egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
})
afterEach(async () => {
  for (const source of sources.splice(0)) await source[Symbol.asyncDispose]()
})
afterAll(() => egress.close())

async function serve(answer: (request: SourceRequest) => SourceAnswer): Promise<ScriptedSource> {
  const source = await ScriptedSource.start(answer)
  sources.push(source)
  return source
}

const go = (source: ScriptedSource, config: object, cursor: Json | null = null): Promise<RunOutcome> => {
  source.reset()
  const whole = { request: { url: `${source.origin}/items` }, primaryKey: ['id'], ...config }
  return run({ adapter: http, config: parseConfig(http, whole, ['key']), secrets: { key: secret }, egress, cursor })
}
const lastCursor = (pages: readonly Page[]): Json | null => pages.findLast((page) => page.cursor !== undefined)?.cursor ?? null
const ids = ({ pages }: RunOutcome, config: object = {}) =>
  recordsOf(http, { request: { url: 'https://api.example.com/' }, primaryKey: ['id'], ...config }, pages).map(({ key }) => key[0])
const asked = (source: ScriptedSource) => source.requests.map(({ url }) => `${url.pathname}${url.search}`)

describe('incremental', () => {
  const rows = [4, 3, 2, 1].map((id) => ({ id, at: `2026-01-0${id}T00:00:00Z` }))
  const incremental = { path: 'at', parameter: 'since', order: 'time' }
  const paged = { incremental, pagination: { type: 'page', parameter: 'page', size: { value: 2 }, stop: { on: 'shortPage' } } }
  const answer = ({ url }: SourceRequest) => {
    const since = url.searchParams.get('since') ?? ''
    const page = Number(url.searchParams.get('page'))
    return { body: rows.filter(({ at }) => at > since).slice((page - 1) * 2, page * 2) }
  }

  it('sends the start value at first, then the largest value of the round before', async () => {
    const source = await serve(answer)
    const config = { ...paged, incremental: { ...incremental, start: '2026-01-02T00:00:00Z' } }
    const first = await go(source, config)
    expect(asked(source)).toEqual(['/items?page=1&since=2026-01-02T00%3A00%3A00Z', '/items?page=2&since=2026-01-02T00%3A00%3A00Z'])
    expect(ids(first)).toEqual([4, 3])
    expect(lastCursor(first.pages)).toEqual({ version: 1, incremental: { path: 'at', value: '2026-01-04T00:00:00Z' } })
    const second = await go(source, config, lastCursor(first.pages))
    expect(asked(source)).toEqual(['/items?page=1&since=2026-01-04T00%3A00%3A00Z'])
    expect(second.pages.map(({ cursor }) => cursor)).toEqual([lastCursor(first.pages)])
  })

  it('asks for the same range until the round is complete, so that nothing older is passed over', async () => {
    const source = await serve(answer)
    const first = await go(source, paged)
    const afterFirstPage = first.pages[0]?.cursor ?? null
    expect(afterFirstPage).toMatchObject({ version: 1, round: { at: { page: 2 }, largest: '2026-01-04T00:00:00Z' } })
    expect(afterFirstPage).not.toHaveProperty('incremental')
    const rest = await go(source, paged, afterFirstPage)
    expect(asked(source)).toEqual(['/items?page=2', '/items?page=3'])
    expect(ids(rest)).toEqual([2, 1])
    expect(lastCursor(rest.pages)).toEqual(lastCursor(first.pages))
  })

  it('compares integers that a number cannot hold', async () => {
    const source = await serve(() => ({ body: '[{"id":1,"v":9007199254740993},{"id":2,"v":9007199254740992}]' }))
    const { pages } = await go(source, { incremental: { path: 'v', parameter: 'after', order: 'number' } })
    expect(lastCursor(pages)).toMatchObject({ incremental: { value: '9007199254740993' } })
  })

  it('passes over records without a value, but not over a page of them', async () => {
    const source = await serve(({ url }) => ({ body: url.searchParams.has('bad') ? [{ id: 1, at: 5 }] : [{ id: 1 }, rows[0]] }))
    expect((await go(source, { incremental })).error).toBeUndefined()
    const bad = await go(source, { incremental, request: { url: `${source.origin}/items?bad` } })
    expect(bad.error).toMatchObject({ code: 'source_malformed', message: expect.stringContaining('`incremental.path` (at)') })
    expect(bad.pages).toEqual([])
  })
})

describe('the largest number of pages', () => {
  it('ends a run in good order, and the next one goes on', async () => {
    const source = await serve(({ url }) => ({
      body: Number(url.searchParams.get('page')) > 5 ? [] : [{ id: Number(url.searchParams.get('page')) }],
    }))
    const config = { pagination: { type: 'page', parameter: 'page', maxPages: 2 } }
    const found: unknown[] = []
    let cursor: Json | null = null
    for (let round = 0; round < 4; round++) {
      const outcome = await go(source, config, cursor)
      expect(outcome.error).toBeUndefined()
      expect(source.requests).toHaveLength(2)
      found.push(ids(outcome))
      cursor = lastCursor(outcome.pages)
    }
    expect(found).toEqual([[1, 2], [3, 4], [5], [1, 2]])
  })
})

describe('the last page', () => {
  const last = ({ pages }: RunOutcome) => pages.map((page) => page.last)

  it('is known where there is one page, and where the answer says so', async () => {
    const source = await serve(({ url }) => ({ body: { items: [{ id: 1 }], more: url.searchParams.get('p') !== '2' } }))
    expect(last(await go(source, { records: { path: 'items' } }))).toEqual([true])
    const pagination = { type: 'page', parameter: 'p', stop: { on: 'value', path: 'more', equals: false } }
    expect(last(await go(source, { records: { path: 'items' }, pagination }))).toEqual([undefined, true])
  })

  it('of a run is the one with the largest number, and none where the source leads in a circle', async () => {
    const source = await serve(({ url }) => ({ body: [{ id: url.search }] }))
    const pagination = { type: 'page', parameter: 'p', maxPages: 2 }
    expect(last(await go(source, { pagination }))).toEqual([undefined, true])
    const circle = await serve(() => ({ body: [{ id: 1 }], headers: { link: '</items>; rel=next' } }))
    expect(last(await go(circle, { pagination: { type: 'next', in: 'link' } }))).toEqual([undefined])
  })
})

describe('a source that leads in a circle', () => {
  it('by a link that was there before is found, after what came was given', async () => {
    const source = await serve(({ url }) => {
      const at = Number(url.searchParams.get('at') ?? 0)
      return { body: { items: [{ id: at }], next: at === 2 ? '/items?at=1' : `/items?at=${at + 1}` } }
    })
    const config = { records: { path: 'items' }, pagination: { type: 'next', in: 'body', path: 'next' } }
    const outcome = await go(source, config)
    expect(outcome.error).toMatchObject({ code: 'source_loop', message: expect.stringContaining('/items') })
    expect(ids(outcome, config)).toEqual([0, 1, 2])
    // The page that leads back has no checkpoint: one would take the next run into the circle.
    expect(outcome.pages.map(({ cursor }) => cursor !== undefined)).toEqual([true, true, false])
  })

  it('by a link to itself is found', async () => {
    const source = await serve(() => ({ body: [{ id: 1 }], headers: { link: '<>; rel="next", <#top>; rel=last' } }))
    const itself = await serve(() => ({ body: [{ id: 1 }], headers: { link: '</items#top>; rel="next"' } }))
    const config = { pagination: { type: 'next', in: 'link' } }
    expect((await go(source, config)).error).toBeUndefined()
    expect((await go(itself, config)).error).toMatchObject({ code: 'source_loop' })
    expect(itself.requests).toHaveLength(1)
  })

  it('by giving the same page whatever its number is found', async () => {
    const source = await serve(() => ({ body: [{ id: 1 }, { id: 2 }] }))
    const outcome = await go(source, { pagination: { type: 'page', parameter: 'pgae' } })
    expect(outcome.error).toMatchObject({ code: 'source_loop' })
    expect(source.requests).toHaveLength(3)
  })

  it('is found where all records are left out, and where keys are of partitions', async () => {
    const source = await serve(() => ({ body: [{ id: 1 }, { id: 2 }] }))
    const pagination = { type: 'page', parameter: 'pgae' }
    const filtered = { records: { filter: [{ path: 'id', is: 'atLeast', value: 5 }] }, pagination }
    expect((await go(source, filtered)).error).toMatchObject({ code: 'source_loop' })
    const partitions = { type: 'list', values: [{ city: 'x' }], record: 'of' }
    const request = { url: `${source.origin}/{{partition.city}}` }
    expect((await go(source, { request, partitions, pagination, primaryKey: ['of.city', 'id'] })).error).toMatchObject({
      code: 'source_loop',
    })
  })

  it('is not one that gives a page twice because records were added meanwhile', async () => {
    const source = await serve(({ url }) => ({
      body: [[{ id: 1 }], [{ id: 1 }], [{ id: 2 }], []][Number(url.searchParams.get('page')) - 1],
    }))
    expect((await go(source, { pagination: { type: 'page', parameter: 'page' } })).error).toBeUndefined()
    expect(source.requests).toHaveLength(4)
  })
})

describe('another origin', () => {
  const auths = [
    { type: 'bearer', secret: 'key' },
    { type: 'header', name: 'x-api-key', secret: 'key' },
    { type: 'query', name: 'key', secret: 'key' },
    { type: 'basic', username: 'me', secret: 'key' },
  ] as const

  it.each(auths)('gets no credentials from a next link: $type', async (auth) => {
    const other = await serve(() => ({ body: { items: [{ id: 2 }], next: null } }))
    const source = await serve(() => ({ body: { items: [{ id: 1 }], next: `${other.origin}/more?a=1` } }))
    const outcome = await go(source, {
      auth,
      request: { url: `${source.origin}/items`, headers: { 'x-tenant': 'mine', 'accept-language': 'en' } },
      records: { path: 'items' },
      pagination: { type: 'next', in: 'body', path: 'next' },
    })
    expect(outcome.error).toBeUndefined()
    expect(ids(outcome, { records: { path: 'items' } })).toEqual([1, 2])
    const [request] = other.requests
    expect(request?.url.search).toBe('?a=1')
    expect(request?.headers).toMatchObject({ accept: 'application/json', 'accept-language': 'en' })
    for (const name of ['authorization', 'x-api-key', 'x-tenant']) expect(request?.headers).not.toHaveProperty(name)
  })

  it.each(auths)('gets no credentials from a redirect: $type', async (auth) => {
    const other = await serve(() => ({ body: [{ id: 1 }] }))
    const source = await serve(() => ({ status: 302, headers: { location: `${other.origin}/moved` }, body: '' }))
    expect((await go(source, { auth })).error).toBeUndefined()
    expect(JSON.stringify(other.requests)).not.toContain(secret)
    expect(JSON.stringify(other.requests)).not.toContain(Buffer.from(`me:${secret}`).toString('base64'))
  })

  it('that wants them is told apart from a wrong key', async () => {
    const other = await serve(() => ({ status: 401, body: 'who are you?' }))
    const source = await serve(() => ({ body: [{ id: 1 }], headers: { link: `<${other.origin}/more>; rel=next` } }))
    const outcome = await go(source, { auth: auths[0], pagination: { type: 'next', in: 'link' } })
    expect(outcome.error).toMatchObject({ code: 'auth_failed', message: expect.stringMatching(/who are you.*no credentials were sent/) })
  })
})

describe('a position that the source does not know any more', () => {
  const config = { pagination: { type: 'page', parameter: 'page' }, incremental: { path: 'id', parameter: 'after', order: 'number' } }

  it.each([400, 404, 410])('begins the round again when it is the first thing asked for (%i)', async (status) => {
    let length = 2
    const source = await serve(({ url }) => {
      const page = Number(url.searchParams.get('page'))
      return page > length + 1 ? { status, body: 'no such page' } : { body: page > length ? [] : [{ id: page }] }
    })
    const cursor = (await go(source, config)).pages[1]?.cursor ?? null
    length = 1
    const again = await go(source, config, cursor)
    expect(again.error).toBeUndefined()
    expect(asked(source)).toEqual(['/items?page=3', '/items?page=1', '/items?page=2'])
    expect(lastCursor(again.pages)).toEqual({ version: 1, incremental: { path: 'id', value: 1 } })
  })

  it('is an error in the middle of a run, and where the beginning is unknown as well', async () => {
    let first = 200
    const source = await serve(({ url }) =>
      url.searchParams.get('page') === '1' ? { status: first, body: [{ id: 1 }] } : { status: 404, body: 'gone' },
    )
    const outcome = await go(source, config)
    expect(outcome.error).toMatchObject({ code: 'source_not_found' })
    expect(asked(source)).toEqual(['/items?page=1', '/items?page=2'])
    first = 410
    expect((await go(source, config, lastCursor(outcome.pages))).error).toMatchObject({ code: 'source_not_found' })
    expect(asked(source)).toEqual(['/items?page=2', '/items?page=1'])
  })
})

describe('what cannot be read', () => {
  const message = async (config: object, answer: SourceAnswer) => {
    const source = await serve(() => answer)
    const { error } = await go(source, config)
    expect(error).toMatchObject({ code: 'source_malformed' })
    return (error as WeaverError).message
  }

  it('is named by the path that leads nowhere, with what came instead', async () => {
    const text = await message({ records: { path: 'data.items' } }, { body: { date: { items: [] } } })
    expect(text).toMatch(/`records\.path` \(data\.items\).*\(application\/json\): \{"date":\{"items":\[\]\}\}$/)
    const total = { type: 'page', parameter: 'page', stop: { on: 'total', path: 'meta.pages', counts: 'pages' } }
    expect(await message({ pagination: total, records: { path: 'a' } }, { body: { a: [{ id: 1 }] } })).toContain(
      '`pagination.stop.path` (meta.pages)',
    )
  })

  it.each([5, {}, ['x'], 'ftp://example.com/', 'http://'])('is a next link that is none: %j', async (next) => {
    const text = await message({ pagination: { type: 'next', in: 'body', path: 'next' } }, { body: { id: 1, next } })
    expect(text).toContain('no http or https link at `pagination.path` (next)')
  })

  it('is not an answer without a body', async () => {
    const source = await serve(() => ({ status: 204, body: '' }))
    const { pages, error } = await go(source, { pagination: { type: 'page', parameter: 'page' }, records: { path: 'items' } })
    expect(error).toBeUndefined()
    expect(pages).toHaveLength(1)
    expect(recordsOf(http, { request: { url: source.origin }, primaryKey: ['id'] }, pages)).toEqual([])
  })
})

it.each([
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' }, 'rate_limited', 60_000],
  [{ 'retry-after': '2' }, 'rate_limited', 2000],
  [{ 'x-ratelimit-remaining': '5' }, 'auth_failed', undefined],
])('403 with %j is %s', async (headers, code, retryAfterMs) => {
  const source = await serve(() => ({ status: 403, headers, body: '' }))
  expect((await go(source, {})).error).toMatchObject({ code, retryAfterMs })
})

it('a link with the secret in it is followed, but kept out of the checkpoint', async () => {
  const source = await serve(({ url }) => ({
    body: { items: [{ id: 1 }], next: url.searchParams.has('token') ? null : `/items?token=${encodeURIComponent(secret)}` },
  }))
  const outcome = await go(source, {
    auth: { type: 'bearer', secret: 'key' },
    records: { path: 'items' },
    pagination: { type: 'next', in: 'body', path: 'next' },
  })
  expect(outcome.error).toBeUndefined()
  expect(outcome.pages.map(({ cursor }) => cursor)).toEqual([undefined, { version: 1 }])
})

it('a secret that no header can carry is refused by name', async () => {
  const source = await serve(() => ({ body: [] }))
  const config = parseConfig(http, { request: { url: source.origin }, auth: { type: 'bearer', secret: 'key' }, primaryKey: ['id'] }, [
    'key',
  ])
  const { error } = await run({ adapter: http, config, secrets: { key: 'pasted-with-newline\n' }, egress })
  expect(error).toMatchObject({ code: 'invalid_config', errors: [{ field: 'secrets.key' }] })
  expect(source.requests).toEqual([])
})

it('leaves the query of the address and of links byte for byte', async () => {
  const source = await serve(({ url }) => ({
    body: { id: 1, next: url.searchParams.has('sig') ? '' : '/items?sig=a%2Fb+c%20d~(e)&key=stale' },
  }))
  await go(source, {
    request: { url: `${source.origin}/items?q=a%20b+c&page=9&e`, query: { n: 1.5, deep: true } },
    auth: { type: 'query', name: 'key', secret: 'key' },
    pagination: { type: 'next', in: 'body', path: 'next' },
  })
  const key = new URLSearchParams({ key: secret }).toString()
  expect(asked(source)).toEqual([`/items?q=a%20b+c&page=9&e&n=1.5&deep=true&${key}`, `/items?sig=a%2Fb+c%20d~(e)&${key}`])
})
