import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { expectConfigRefused, expectEndpointRefused } from '../src/conformance/refused.ts'
import { pythStream } from './index.ts'
import { configOfEndpoint } from './start-message.ts'

const endpoint = 'https://hermes.pyth.network'
const [a, b] = ['a'.repeat(64), `0x${'B'.repeat(64)}`]

describe('the endpoint of a start message', () => {
  it.each([
    [`${endpoint}/v2/updates/price/stream?ids[]=${a}&ids[]=${b}&parsed=true`, { endpoint, transport: 'sse', ids: [a, b] }],
    [`ws://127.0.0.1:80/h/ws?ids[]=${a}`, { endpoint: 'http://127.0.0.1/h', transport: 'websocket', ids: [a] }],
  ])('%s', (text, config) => {
    expect(configOfEndpoint(text)).toEqual(config)
    expect(parseConfig(pythStream, config, ['key'])).toEqual(expect.objectContaining(config))
  })

  it.each([
    [`${endpoint}/v2/updates/price/latest?ids[]=${a}`, 'must end in /v2/updates/price/stream or /ws'],
    [`${endpoint}/ws`, 'has no `ids[]` in its query'],
    [`${endpoint}/ws?ids[]=${a}&limit=5`, 'has the parameter "limit", which is not known here'],
  ])('%s is refused', (text, problem) => expectEndpointRefused(configOfEndpoint, text, problem))
})

it.each([
  [{ ids: [] }, 'config.ids must NOT have fewer than 1 items'],
  [{ ids: ['abc'] }, 'config.ids.0 must match pattern'],
  [{ ids: Array.from({ length: 101 }, () => a) }, 'config.ids must NOT have more than 100 items'],
  [{ ids: [a], endpoint: 'http://a:b@c' }, 'config.endpoint has credentials in it'],
  [{ ids: [a], reconnect: { minMs: 500, maxMs: 100 } }, 'config.reconnect.minMs is more than'],
])('the configuration %j is refused', (config, message) => expectConfigRefused(pythStream, config, ['key'], message))
