import { type Json, systemClock, WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { until } from '../src/conformance/live-source.ts'
import { configFor, follow } from './test/run.ts'
import { MastodonServer } from './test/server.ts'

const climate = ['hashtag', 'climate']
const lastCursor = (pages: readonly { readonly cursor?: Json }[]): Json => pages.at(-1)?.cursor ?? null
const names = (count: number, first = 1) => Array.from({ length: count }, (_, index) => `post ${index + first}`)

describe('a stream', () => {
  it.each(['websocket', 'sse'])('over %s gives posts, edits and deletions, and nothing else', async (transport) => {
    await using server = await MastodonServer.start()
    await using live = follow(server, configFor(server, { transport }))
    await live.connected(1)
    const post = server.post('one')
    server.send(['public'], 'notification', '{"id":"7"}')
    server.send(['public'], 'filters_changed', '')
    server.edit(post, 'two')
    server.delete(post)
    await live.stored(3)
    expect(live.texts()).toEqual(['one', 'two', '-'])
    expect(live.records().map(({ key }) => key)).toEqual([[post.id], [post.id], [post.id]])
    expect((await live.drain()).error).toBeUndefined()
    expect([...server.userAgents]).toEqual([expect.stringMatching(/^data-weaver/)])
  })

  it('is one of several on a socket, and a post in two of them is stored once', async () => {
    await using server = await MastodonServer.start()
    await using live = follow(
      server,
      configFor(server, { streams: [{ type: 'public' }, { type: 'hashtag', tag: 'Climate' }, { type: 'list', list: '7' }] }),
    )
    await live.connected(1)
    expect(server.listening).toEqual([['public', 'hashtag climate', 'list 7']])
    server.post('in both', [['public'], climate])
    server.post('in a list', [['list', '7']])
    server.post('last')
    await live.stored(3)
    expect(live.texts()).toEqual(['in both', 'in a list', 'last'])
  })

  it('that the server has not fails the run', async () => {
    await using server = await MastodonServer.start()
    server.unknown.add('list')
    await using live = follow(server, configFor(server, { streams: [{ type: 'public' }, { type: 'list', list: '7' }] }))
    expect((await live.outcome).error).toMatchObject({
      code: 'source_not_found',
      message: expect.stringContaining('Not found: list') as string,
    })
  })

  it('is refused with a wrong token', async () => {
    await using server = await MastodonServer.start()
    for (const transport of ['websocket', 'sse']) {
      server.refusals.push({ status: 401, body: { error: 'The access token is invalid' } })
      await using live = follow(server, configFor(server, { transport }))
      expect((await live.outcome).error).toMatchObject({ code: 'auth_failed' })
    }
  })
})

describe('a gap', () => {
  it.each(['websocket', 'sse'])('over %s is filled page by page, the oldest first', async (transport) => {
    await using server = await MastodonServer.start()
    await using live = follow(server, configFor(server, { transport }))
    await live.connected(1)
    server.post('post 1')
    await live.stored(1)
    server.cut()
    for (const name of names(94, 2)) server.post(name)
    await live.connected(2)
    await live.stored(95)
    server.post('post 96')
    await live.stored(96)
    const { error, pages } = await live.drain()
    expect(error).toBeUndefined()
    expect(live.texts()).toEqual(names(96))
    expect(pages.map(({ gap }) => gap).filter((gap) => gap !== undefined)).toEqual([])
    // Where the timeline is when it is followed and when it is followed again, and then the links up to there.
    const asked = server.pages.map((page) => new URL(page, server.url).searchParams)
    expect(asked.map((query) => query.get('limit'))).toEqual(['1', '1', '40', '40', '40'])
    const ids = live.records().map(({ key }) => key[0])
    expect(asked.map((query) => query.get('min_id'))).toEqual([null, null, ids[0], ids[40], ids[80]])
  })

  it('is filled from each checkpoint without loss or repetition', async () => {
    await using server = await MastodonServer.start()
    const config = configFor(server, { segment: { messages: 2 } })
    await using first = follow(server, config)
    await first.connected(1)
    for (const name of names(5)) server.post(name)
    await first.stored(4)
    const { pages } = await first.drain()
    expect(first.texts()).toEqual(names(5))
    for (const name of names(45, 6)) server.post(name)
    for (const [index, page] of pages.entries()) {
      await using next = follow(server, config, page.cursor ?? null)
      await next.connected(index + 2)
      const done = Math.min((index + 1) * 2, 5)
      await next.stored(50 - done)
      expect(next.texts()).toEqual(names(50 - done, done + 1))
      // And from the pages that fill it.
      await using after = follow(server, config, next.pages[0]?.cursor ?? null)
      await after.stored(10 - done)
      expect(after.texts()).toEqual(names(10 - done, done + 41))
      await Promise.all([next.drain(), after.drain()])
      server.connections = index + 2
    }
  })

  it('and the posts that come meanwhile overlap, and are stored once', async () => {
    await using server = await MastodonServer.start()
    await using live = follow(server, configFor(server))
    await live.connected(1)
    server.post('one')
    await live.stored(1)
    // Written when the new connection is open, and before the timeline is answered: it comes both ways.
    let edited = server.post('other', [['nowhere']])
    server.onPage = async () => {
      server.onPage = undefined
      await until('the connection', () => server.listening.length === 1)
      edited = server.post('three')
      server.edit(edited, 'three, edited')
    }
    server.cut()
    server.post('two')
    await live.stored(4)
    server.post('four')
    await live.stored(5)
    expect(live.texts()).toEqual(['one', 'two', 'three, edited', 'three, edited', 'four'])
  })

  it('before the first post is filled as well', async () => {
    await using server = await MastodonServer.start()
    server.post('of before')
    await using live = follow(server, configFor(server))
    await live.connected(1)
    server.cut()
    server.post('missed')
    await live.stored(1)
    expect([live.texts(), live.pages[0]?.gap]).toEqual([['missed'], undefined])
  })

  it('beyond the limit is recorded, from the last post that was fetched on', async () => {
    await using server = await MastodonServer.start()
    await using live = follow(server, configFor(server, { fill: { posts: 50, lookbackMs: 0 } }))
    await live.connected(1)
    server.post('post 1')
    await live.stored(1)
    server.cut()
    const times = names(60, 2).map((name) => server.post(name).created_at)
    await live.connected(2)
    await live.stored(51)
    server.post('post 62')
    await live.stored(52)
    expect(live.texts()).toEqual([...names(51), 'post 62'])
    const gaps = live.pages.map(({ gap }) => gap)
    expect(gaps.slice(0, -1)).toEqual(gaps.slice(0, -1).map(() => undefined))
    expect(gaps.at(-1)).toMatchObject({ since: times[49], reason: 'reconnect' })
    // The next one is filled again.
    server.cut()
    server.post('post 63')
    await live.stored(53)
    expect([live.texts().at(-1), live.pages.at(-1)?.gap]).toEqual(['post 63', undefined])
  })

  it('of exactly the limit is none', async () => {
    await using server = await MastodonServer.start()
    await using live = follow(server, configFor(server, { fill: { posts: 2, lookbackMs: 0 } }))
    await live.connected(1)
    server.post('post 1')
    await live.stored(1)
    server.cut()
    for (const name of names(2, 2)) server.post(name)
    await live.connected(2)
    await live.stored(3)
    server.post('post 4')
    await live.stored(4)
    expect([live.texts(), live.pages.at(-1)?.gap]).toEqual([names(4), undefined])
  })

  it('that the server does not want to fill is recorded, and the stream goes on', async () => {
    await using server = await MastodonServer.start()
    await using live = follow(server, configFor(server))
    await live.connected(1)
    server.post('one')
    await live.stored(1)
    server.answers.push({ status: 422, body: { error: 'This method requires an authenticated user' } })
    server.cut()
    server.post('missed')
    await live.connected(2)
    server.post('two')
    await live.stored(2)
    expect([live.texts(), live.pages[1]?.gap?.reason]).toEqual([['one', 'two'], 'reconnect'])
  })

  it('is filled when the time has come that the server names', async () => {
    await using server = await MastodonServer.start()
    await using live = follow(server, configFor(server))
    await live.connected(1)
    server.post('one')
    await live.stored(1)
    const reset = systemClock.now() + 600
    server.answers.push({
      status: 429,
      headers: { 'x-ratelimit-reset': new Date(reset).toISOString() },
      body: { error: 'Too many requests' },
    })
    server.cut()
    server.post('two')
    await live.stored(2)
    expect(systemClock.now()).toBeGreaterThanOrEqual(reset)
    expect([live.texts(), live.pages[1]?.gap, server.pages.length]).toEqual([['one', 'two'], undefined, 4])
  })

  it('in each of several streams is filled, and a stream that is new has none', async () => {
    await using server = await MastodonServer.start()
    const two = [{ type: 'public' }, { type: 'hashtag', tag: 'climate' }]
    await using first = follow(server, configFor(server, { streams: two }))
    await first.connected(1)
    server.post('a')
    server.post('b', [climate])
    await first.stored(2)
    const cursor = lastCursor((await first.drain()).pages)
    server.post('c', [climate])
    server.post('d')
    server.post('in the list', [['list', '7']])
    await using second = follow(server, configFor(server, { streams: [...two, { type: 'list', list: '7' }] }), cursor)
    await second.connected(2)
    await second.stored(2)
    server.post('e', [['list', '7']])
    await second.stored(3)
    expect(second.texts()).toEqual(['d', 'c', 'e'])
    expect(second.pages.map(({ gap }) => gap)).toEqual([undefined, undefined, undefined])
  })

  it('has posts that came late, with an id of before', async () => {
    await using server = await MastodonServer.start()
    await using live = follow(server, configFor(server, { fill: { lookbackMs: 60_000 } }))
    await live.connected(1)
    server.post('one')
    await live.stored(1)
    server.cut()
    server.post('late', [['public']], {}, systemClock.now() - 30_000)
    await live.stored(3)
    expect(live.texts()).toEqual(['one', 'late', 'one'])
    expect(new Set(live.records().map(({ key }) => key[0])).size).toBe(2)
  })
})

describe('while a gap is filled', () => {
  const reason = new WeaverError('interrupted', 'stopped by a test')
  async function filling() {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(await MastodonServer.start())
    const live = stack.use(follow(server, configFor(server)))
    await live.connected(1)
    server.post('one')
    await live.stored(1)
    let asked = false
    server.onPage = ({ searchParams }) => {
      if (!searchParams.has('min_id')) return
      asked = true
      return new Promise<void>(() => {})
    }
    server.cut()
    server.post('two')
    await until('the request for what was missed', () => asked)
    return { server, live, stack: stack.move() }
  }

  it('an abort ends the run within 100 ms', async () => {
    const { live, stack } = await filling()
    await using _ = stack
    const abortedAt = systemClock.monotonic()
    live.abort(reason)
    expect((await live.outcome).error).toBe(reason)
    expect(systemClock.monotonic() - abortedAt).toBeLessThan(100)
  })

  it('a drain ends it in good order, and the next run fills the gap', async () => {
    const { server, live, stack } = await filling()
    await using _ = stack
    const drainedAt = systemClock.monotonic()
    const { error, pages } = await live.drain()
    expect(systemClock.monotonic() - drainedAt).toBeLessThan(100)
    expect([error, live.texts()]).toEqual([undefined, ['one']])
    server.onPage = undefined
    await using next = follow(server, configFor(server), lastCursor(pages))
    await next.stored(1)
    expect(next.texts()).toEqual(['two'])
  })
})
