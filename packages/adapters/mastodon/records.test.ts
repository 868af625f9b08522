import { existsSync, readFileSync } from 'node:fs'
import type { StoredPage } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { readPage, recordsOf } from '../src/conformance/harness.ts'
import { segmentLine } from '../src/live/segment.ts'
import { mastodon } from './index.ts'

const page = (body: string | Uint8Array): StoredPage => ({
  body: Buffer.from(body as string),
  request: { method: 'GET', url: 'wss://mastodon.example/api/v1/streaming', headers: {} },
  response: { status: 200, headers: {}, receivedAt: '2026-01-01T00:00:00.000Z', durationMs: 1 },
})
const events = (...messages: readonly (readonly [event: string, data: string])[]) =>
  page(messages.map(([event, data]) => segmentLine({ at: 0, data, event })).join(''))
const post = (id: string, more: object = {}) => ({ id, content: `<p>${id}</p>`, account: { acct: `author of ${id}` }, ...more })
const keysOf = (found: StoredPage, config: object = {}) => recordsOf(mastodon, config, [found]).map(({ key }) => key[0])

describe('a boost', () => {
  const boost = post('2', {
    content: '',
    uri: 'https://a.example/2/activity',
    url: null,
    reblog: post('1', { url: 'https://b.example/1' }),
  })
  const timeline = page(JSON.stringify([boost, post('1')]))

  it('has no document by default', () => {
    expect(keysOf(timeline)).toEqual(['1'])
    expect(keysOf(events(['update', JSON.stringify(boost)], ['delete', '2']))).toEqual(['2'])
  })

  it('has one with the content of the post that it boosts', () => {
    const [, found] = recordsOf(mastodon, { boosts: 'include' }, [timeline])
    expect(found).toMatchObject({
      key: ['2'],
      fields: {
        id: '2',
        uri: 'https://a.example/2/activity',
        url: 'https://b.example/1',
        text: '1',
        account: { acct: 'author of 2' },
        boost_of: { id: '1', url: 'https://b.example/1', account: { acct: 'author of 1' } },
      },
    })
  })
})

it('a server that says little gives documents with what it says', () => {
  const [first, second] = recordsOf(mastodon, {}, [
    page(JSON.stringify([{ id: '2', tags: 'none', mentions: [5], sensitive: 'no' }, { id: 1 }])),
  ])
  expect(first).toMatchObject({
    key: ['1'],
    fields: { id: '1', text: '', content: '', account: { acct: null }, tags: [], created_at: null },
  })
  expect(second).toMatchObject({ fields: { tags: [], mentions: [{ acct: null, url: null }], sensitive: false } })
})

it('what cannot be read of a timeline is a problem of its own', () => {
  expect(readPage(mastodon, {}, page('[{"id": "2"}, 5, {"content": "x"}, {"id": "1"}]'))).toMatchObject([
    { key: ['1'] },
    { problem: 'the post has no `id`' },
    { problem: 'the post has no `id`' },
    { key: ['2'] },
  ])
  expect(() => readPage(mastodon, {}, page('[{"id": "2"'))).toThrow(expect.objectContaining({ code: 'source_malformed' }))
})

// Bodies recorded elsewhere lie beside the repository on some machines, and are not part of it.
const recorded = new URL('../../../../shared/payloads/mastodon/', import.meta.url)
const there = existsSync(recorded)
const bodyOf = (name: string) => readFileSync(new URL(name, recorded), 'utf8')

describe.skipIf(!there)(`recorded bodies${there ? '' : ' (the folder ../shared/payloads/mastodon is not there)'}`, () => {
  it('a message of a WebSocket', () => {
    const found = page(segmentLine({ at: 0, data: bodyOf('mastodon_gts_ws_update.json') }))
    expect(recordsOf(mastodon, {}, [found])).toMatchObject([
      {
        key: ['01M7XP7YBPT87JNMYD65YSW35W'],
        fields: {
          text: 'hello query token 0 #h4',
          tags: ['h4'],
          language: 'en',
          visibility: 'public',
          created_at: '2026-11-20T23:56:35.575Z',
          account: { acct: 'alice', display_name: 'alice', url: 'http://localhost:18090/@alice', bot: false },
          boost_of: null,
        },
      },
    ])
  })

  it('server-sent events', () => {
    const blocks = bodyOf('mastodon_streaming_sse_head.txt').matchAll(/^event: (\S+)\ndata: (.*)\n\n/gm)
    const found = recordsOf(mastodon, {}, [events(...Array.from(blocks, ([, event = '', data = '']) => [event, data] as const))])
    expect(found.slice(0, 2)).toMatchObject([
      { key: ['99'], deleted: true },
      { key: ['1'], fields: { text: 'hello query token 0 #h4', account: { acct: 'alice' } } },
    ])
  })
})
