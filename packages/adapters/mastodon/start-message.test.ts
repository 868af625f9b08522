import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { mastodon } from './index.ts'
import { configOfEndpoint } from './start-message.ts'

const server = 'https://mastodon.example'

describe('the endpoint of a start message', () => {
  it.each([
    [`${server}`, { server, transport: 'websocket', streams: [{ type: 'public' }] }],
    [
      `wss://mastodon.example/api/v1/streaming?stream=public:local`,
      { server, transport: 'websocket', streams: [{ type: 'public:local' }] },
    ],
    [`${server}/api/v1/streaming/?stream=list&list=7`, { server, transport: 'websocket', streams: [{ type: 'list', list: '7' }] }],
    [
      `${server}/api/v1/streaming/hashtag/local?tag=Climate`,
      { server, transport: 'sse', streams: [{ type: 'hashtag:local', tag: 'Climate' }] },
    ],
    [
      'http://127.0.0.1:3000/social/api/v1/streaming/user',
      { server: 'http://127.0.0.1:3000/social', transport: 'sse', streams: [{ type: 'user' }] },
    ],
  ])('%s', (text, config) => {
    expect(configOfEndpoint(text)).toEqual(config)
    expect(parseConfig(mastodon, config, ['token'])).toEqual(expect.objectContaining(config))
  })

  it.each([
    ['mastodon.example', 'is not an http or https URL'],
    [`${server}/@ada`, 'must end in /api/v1/streaming'],
    [`${server}/api/v1/streaming/direct`, 'has a stream that is not known here'],
    [`${server}/api/v1/streaming/hashtag`, 'has no `tag` in its query'],
    [`${server}/api/v1/streaming/public?only_media=true`, 'has the parameter "only_media"'],
    [`${server}/api/v1/streaming/public?access_token=mykey`, 'has the key in it'],
  ])('%s is refused', (text, problem) => {
    expect(() => configOfEndpoint(text)).toThrow(
      expect.objectContaining({ code: 'invalid_config', message: expect.stringContaining(problem) as string }),
    )
    expect(() => configOfEndpoint(text)).not.toThrow(/mykey/)
  })
})

describe('a configuration is refused', () => {
  const streams = [{ type: 'public' }]
  it.each([
    [{ server: 'mastodon.example', streams }, 'config.server'],
    [{ server: 'https://:5', streams }, 'config.server'],
    [{ server: 'https://ada:word@mastodon.example', streams }, 'config.server'],
    [{ server, streaming: 'ftp://x', streams }, 'config.streaming'],
    [{ server, streams: [] }, 'config.streams'],
    [{ server, streams: [{ type: 'direct' }] }, 'config.streams.0.type'],
    [{ server, streams: [{ type: 'hashtag' }] }, 'config.streams.0.tag'],
    [{ server, streams: [{ type: 'hashtag', tag: '#climate' }] }, 'config.streams.0.tag'],
    [
      {
        server,
        streams: [
          { type: 'hashtag', tag: 'Climate' },
          { type: 'hashtag', tag: 'climate' },
        ],
      },
      'config.streams.1',
    ],
    [{ server, transport: 'sse', streams: [{ type: 'public' }, { type: 'user' }] }, 'config.streams'],
    [{ server, streams, reconnect: { minMs: 500, maxMs: 100 } }, 'config.reconnect.minMs'],
  ])('%j (%s)', (config, field) => {
    expect(() => parseConfig(mastodon, config, ['token'])).toThrow(
      expect.objectContaining({ code: 'invalid_config', errors: [expect.objectContaining({ field })] }),
    )
  })

  it('without a token', () => {
    expect(() => parseConfig(mastodon, { server, streams }, [])).toThrow(expect.objectContaining({ code: 'missing_secret' }))
  })
})
