import { existsSync, readFileSync } from 'node:fs'
import { type ErrorCode, type JsonObject } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { answered } from '../src/conformance/answered.ts'
import type { SourceAnswer } from '../src/conformance/scripted-source.ts'
import { failures } from './failure.ts'
import { coingecko } from './index.ts'

const key = 'CG-key+/='
const simple = { resource: 'simple_price', ids: ['bitcoin', 'status'], currencies: ['usd', 'eur'] }
const markets = { resource: 'markets', maxPages: 1 }
const chart = { resource: 'market_chart', id: 'bitcoin', days: 1 }

const api = answered(coingecko, { key })
const { go, fieldsOf } = api
const failed = (given: SourceAnswer, config: object = simple) => api.failed(given, config)
const status = (error_code: number, error_message = 'said so') => ({ status: { error_code, error_message } })
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.json`, import.meta.url))

describe('what CoinGecko calls an error', () => {
  it.each<[number, object, ErrorCode, string, number?]>([
    [401, status(10_002), 'auth_failed', '10002'],
    [401, { error: status(10_002) }, 'auth_failed', '10002'],
    [403, status(10_005), 'auth_failed', '10005'],
    [400, status(10_010), 'auth_failed', '10010'],
    [400, status(10_011), 'auth_failed', '10011'],
    [401, { error: status(10_012) }, 'source_rejected', '10012'],
    [403, status(1020), 'source_rejected', '1020'],
    [429, status(429), 'rate_limited', '429', 60_000],
    // The number decides, not the status of the answer.
    [200, status(429), 'rate_limited', '429', 60_000],
    [200, { error: status(429) }, 'rate_limited', '429', 60_000],
    [200, status(10_005), 'auth_failed', '10005'],
    [200, status(404), 'source_not_found', '404'],
    [200, status(503), 'source_unavailable', '503'],
    [200, status(20_000), 'source_rejected', '20000'],
    // Without one it is the status.
    [404, { error: 'coin not found' }, 'source_not_found', 'coin not found'],
    [422, { error: 'coin not found' }, 'source_rejected', 'coin not found'],
    [200, { error: 'coin not found' }, 'source_rejected', 'coin not found'],
    [500, status(20_000), 'source_unavailable', '20000'],
  ])('%i %j is %s', async (code, body, expected, upstreamCode, retryAfterMs) => {
    expect(await failed({ status: code, body })).toMatchObject({ code: expected, upstreamCode, retryAfterMs })
  })

  it('is waited for as long as the answer says', async () => {
    const headers = { 'retry-after': '119' }
    for (const code of [429, 200]) {
      expect(await failed({ status: code, headers, body: status(429) })).toMatchObject({ code: 'rate_limited', retryAfterMs: 119_000 })
    }
    expect((await failed({ status: 401, headers, body: status(10_002) })).retryAfterMs).toBeUndefined()
  })

  it('is a limit in the middle of the pages too', async () => {
    api.source.reset(1, { kind: 'answer', answer: () => ({ body: status(429) }) })
    const { pages, error } = await go({ body: fixture('markets') }, { ...markets, maxPages: 3 })
    expect(pages.map(({ cursor }) => cursor)).toEqual([{ version: 1, round: { of: expect.any(String), at: 2 } }])
    expect(error).toMatchObject({ code: 'rate_limited' })
    api.source.reset()
    expect((await go({ body: fixture('markets') }, { ...markets, maxPages: 2 })).pages).toHaveLength(2)
  })

  it('is one short line without the key', async () => {
    const error = await failed({ status: 400, body: { error: `${'x'.repeat(180)}${key}\r\nsecond line ${'y'.repeat(5000)}` } })
    expect(error.message).toMatch(/^CoinGecko answered 400: x{180}\[redacted\] second l?/)
    expect(error.message.length).toBeLessThan(240)
  })

  it('is on the page of the adapter', () => {
    const readme = readFileSync(new URL('readme.md', import.meta.url), 'utf8')
    for (const [number, { code }] of Object.entries(failures)) expect(readme).toMatch(new RegExp(`\\b${number}\\b.*\`${code}\``))
  })

  it('is not the coin that is called status', async () => {
    const only = { ...simple, ids: ['status'], currencies: ['usd'] }
    expect(await fieldsOf({ status: { usd: 0.02 } }, only)).toMatchObject([{ id: 'status', price: 0.02 }])
  })
})

it.each([
  [simple, []],
  [markets, {}],
  [{ resource: 'coin', id: 'bitcoin' }, { name: 'Bitcoin' }],
  [chart, { market_caps: [] }],
])('%j with %j cannot be read', async (config, body) => {
  expect((await failed({ body }, config)).code).toBe('source_malformed')
})

it('none of the coins is known, or some of them', async () => {
  expect(await failed({ body: {} })).toMatchObject({ code: 'source_not_found', errors: [{ field: 'config.ids' }] })
  expect(await fieldsOf({ bitcoin: { usd: 1, eur: 2 } }, simple)).toHaveLength(2)
})

it('a simple price is a document for each currency, exact as it was written', async () => {
  expect(await fieldsOf(fixture('simple-price'), simple)).toEqual([
    {
      id: 'bitcoin',
      currency: 'usd',
      price: 64_123.5,
      price_text: '64123.5',
      time: '2026-03-01T10:13:20.000Z',
      market_cap: 1_284_001_234_567.25,
      total_volume: 31_000_000_000.5,
      price_change_percentage_24h: -1.25,
    },
    {
      id: 'bitcoin',
      currency: 'eur',
      price: 59_321.123_456_789_01,
      price_text: '59321.123456789012345678',
      time: '2026-03-01T10:13:20.000Z',
      market_cap: 1_180_000_000_000,
      total_volume: 28_000_000_000,
      price_change_percentage_24h: 0.5,
    },
    expect.objectContaining({ id: 'status', currency: 'usd', price: 1.23e-7, price_text: '0.000000123', market_cap: null }),
  ])
})

it('a coin of the markets has all that CoinGecko says, and null for a price that it has no more', async () => {
  const [bitcoin, gone] = await fieldsOf(fixture('markets'), markets)
  const [sent] = JSON.parse(fixture('markets').toString()) as [object]
  expect(bitcoin).toEqual({ ...sent, currency: 'usd', price: 64_123.5, price_text: '64123.5', time: '2026-03-01T10:13:20.000Z' })
  expect(gone).toMatchObject({ id: 'gone-coin', price: null, price_text: null, time: null })
})

it('a coin has the market data of one currency', async () => {
  const [fields] = await fieldsOf(fixture('coin'), { resource: 'coin', id: 'bitcoin', currency: 'eur' })
  expect(fields).toMatchObject({
    id: 'bitcoin',
    symbol: 'btc',
    name: 'Bitcoin',
    currency: 'eur',
    price: 59_321.1,
    price_text: '59321.1',
    market_cap: 1_180_000_000_000,
    ath_date: '2025-10-06T18:57:42.558Z',
    circulating_supply: 20_030_493,
    description: 'Money between equals.',
    homepage: 'https://bitcoin.example.com',
    time: '2026-03-01T10:13:20.000Z',
    low_24h: null,
  })
  expect(fields).not.toHaveProperty('market_data')
})

it('a point of a chart is a document by its time; a time without a price is none', async () => {
  const point = { id: 'bitcoin', currency: 'usd' }
  expect(await fieldsOf(fixture('market-chart'), chart)).toEqual([
    {
      ...point,
      time: '2026-03-01T10:13:20.000Z',
      price: 64_123.5,
      price_text: '64123.5',
      market_cap: 1_284_001_234_567,
      total_volume: null,
    },
    { ...point, time: '2026-03-01T10:18:20.000Z', price: 64_200, price_text: '64200', market_cap: null, total_volume: 31_000_000_000 },
  ])
})

// Bodies recorded elsewhere lie beside the repository on some machines, and are not part of it.
const recorded = new URL('../../../../shared/payloads/coingecko/', import.meta.url)
const there = existsSync(recorded)
const recordedBody = (name: string) => readFileSync(new URL(name, recorded))

describe.skipIf(!there)(`recorded bodies${there ? '' : ' (the folder ../shared/payloads/coingecko is not there)'}`, () => {
  it.each(['demo', 'pro'])('prices of the %s plan', async (plan) => {
    const config = { ...simple, plan, ids: ['bitcoin'], currencies: ['usd'] }
    const [fields] = await fieldsOf(recordedBody(`${plan}_simple_price.json`), config)
    expect(fields).toMatchObject({
      id: 'bitcoin',
      price_text: '76975',
      time: '2026-05-18T08:17:38.000Z',
      market_cap: 1_542_226_908_349.8406,
    })
  })

  it.each(['demo', 'pro'])('markets of the %s plan', async (plan) => {
    const [fields] = await fieldsOf(recordedBody(`${plan}_coins_markets.json`), { ...markets, plan })
    expect(fields).toMatchObject({ id: 'bitcoin', name: 'Bitcoin', price: 77_671, time: '2026-05-18T12:49:21.599Z' })
  })

  it('errors', async () => {
    const { body } = JSON.parse(recordedBody('errors.json').toString()) as { body: Record<string, JsonObject> }
    const headers = body['429_headers'] as Record<string, string>
    expect(await failed({ status: 429, headers, body: body['429'] })).toMatchObject({ code: 'rate_limited', retryAfterMs: 119_000 })
    expect(await failed({ status: 404, body: body['400_404_422'] })).toMatchObject({ code: 'source_not_found' })
    for (const name of ['401', '401_nested']) {
      expect(await failed({ status: 401, body: body[name] })).toMatchObject({ code: 'auth_failed', upstreamCode: '10002' })
    }
  })

  it.each(['demo', 'pro'])('the examples in the description of the %s API', async (plan) => {
    const { paths } = JSON.parse(recordedBody(`openapi-${plan}-api.json`).toString()) as { paths: Record<string, never> }
    const example = (path: string): JsonObject =>
      (paths[path] as unknown as { get: { responses: { 200: { content: { 'application/json': { example: JsonObject } } } } } }).get
        .responses[200].content['application/json'].example
    const coin = example('/coins/{id}')
    const [details] = await fieldsOf(coin, { resource: 'coin', plan, id: 'bitcoin', currency: 'eur' })
    expect(details).toMatchObject({ id: coin.id, symbol: coin.symbol, price: expect.any(Number), price_text: expect.any(String) })
    const points = await fieldsOf(example('/coins/{id}/market_chart'), { ...chart, plan })
    expect(points[0]).toMatchObject({ time: expect.stringMatching(/Z$/), price: expect.any(Number), market_cap: expect.any(Number) })
  })
})
