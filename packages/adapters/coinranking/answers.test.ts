import { existsSync, readFileSync } from 'node:fs'
import type { ErrorCode } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { answered } from '../src/conformance/answered.ts'
import { recordsOf } from '../src/conformance/harness.ts'
import type { SourceAnswer } from '../src/conformance/scripted-source.ts'
import { coinranking } from './index.ts'
import { headersOf } from './request.ts'

const dollar = 'yhjMzLPhuIDl'
const coins = { resource: 'coins' }
const coin = { resource: 'coin', uuid: 'Qwsogvtv82FCd' }
const history = { resource: 'history', uuid: 'Qwsogvtv82FCd' }

const api = answered(coinranking, { key: 'ranking+/=' })
const { go, fieldsOf } = api
const failed = (given: SourceAnswer, config: object = coins, key?: string) => api.failed(given, config, key)
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.json`, import.meta.url))
const fail = (type: string) => ({ status: 'fail', type, message: 'said so' })

const quota = { message: 'You have exceeded the MONTHLY quota for Requests on your current plan, BASIC.' }
const burst = { message: 'Too many requests' }

describe('the two limits', () => {
  const month = { 'x-ratelimit-requests-limit': '500', 'x-ratelimit-requests-reset': '1209600' }
  const left = (count: string) => ({ ...month, 'x-ratelimit-requests-remaining': count })

  it('a burst is over soon: the reset of the quota is not waited for', async () => {
    expect(await failed({ status: 429, headers: left('120'), body: burst })).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: undefined,
    })
    const said = { ...left('120'), 'retry-after': '2' }
    expect(await failed({ status: 429, headers: said, body: burst })).toMatchObject({ code: 'rate_limited', retryAfterMs: 2000 })
    expect(await failed({ status: 429, headers: said, body: '<html>' })).toMatchObject({ code: 'rate_limited', retryAfterMs: 2000 })
  })

  it.each(['0', '-1', ' 0 '])('the quota is over for weeks: %j requests are left', async (count) => {
    const error = await failed({ status: 429, headers: { ...left(count), 'retry-after': '2' }, body: burst })
    expect(error).toMatchObject({ code: 'quota_exhausted', retryable: false, retryAfterMs: 1_209_600_000 })
    expect(error.message).toBe('Coinranking answered 429: Too many requests (the 500 requests of the plan are used up, for 14 days)')
  })

  it('the quota is known by its words where the numbers are missing, or are those of another quota', async () => {
    expect(await failed({ status: 429, body: quota })).toMatchObject({ code: 'quota_exhausted', retryAfterMs: undefined })
    expect(await failed({ status: 429, headers: left('5'), body: quota })).toMatchObject({ code: 'quota_exhausted' })
    expect(await failed({ status: 429, headers: left('0'), body: '' })).toMatchObject({ code: 'quota_exhausted' })
  })

  it('no other failure waits for the next month', async () => {
    for (const [status, code] of [
      [503, 'source_unavailable'],
      [403, 'auth_failed'],
      [500, 'source_unavailable'],
    ] as const) {
      const error = await failed({ status, headers: left('0'), body: { message: 'oops' } })
      expect(error).toMatchObject({ code, retryAfterMs: undefined })
    }
  })
})

describe('what Coinranking calls an error', () => {
  it.each<[number, object, ErrorCode, string]>([
    [404, fail('COIN_NOT_FOUND'), 'source_not_found', 'COIN_NOT_FOUND'],
    [422, fail('VALIDATION_ERROR'), 'source_rejected', 'VALIDATION_ERROR'],
    [401, { message: 'Invalid API key.' }, 'auth_failed', 'Invalid API key.'],
    [403, { message: 'You are not subscribed to this API.' }, 'auth_failed', 'You are not subscribed to this API.'],
    [200, fail('COIN_NOT_FOUND'), 'source_rejected', 'COIN_NOT_FOUND'],
    [200, { status: 'fail' }, 'source_rejected', 'no message'],
  ])('%i %j is %s', async (status, body, code, upstreamCode) => {
    expect(await failed({ status, body })).toMatchObject({ code, upstreamCode })
  })

  it('says what a 403 is about', async () => {
    expect((await failed({ status: 403, body: { message: 'You are not subscribed to this API.' } })).message).toContain(
      'subscribed to this API, and',
    )
  })

  it.each([
    [coins, { status: 'success', data: {} }],
    [coins, { status: 'success', data: { coins: {} } }],
    [coins, []],
    [coin, { status: 'success', data: { coin: null } }],
    [history, { status: 'success', data: { history: null } }],
    [history, { data: { history: [] } }],
  ])('%j with %j cannot be read', async (config, body) => {
    expect((await failed({ body }, config)).code).toBe('source_malformed')
  })
})

describe('the headers', () => {
  it('are those of the way to it', () => {
    expect(headersOf({ resource: 'coins' }, 'k')).toEqual({ accept: 'application/json', 'x-access-token': 'k' })
    const rapid = { accept: 'application/json', 'x-rapidapi-key': 'k' }
    const host = (endpoint?: string) =>
      headersOf({ resource: 'coins', access: 'rapidapi', ...(endpoint === undefined ? {} : { endpoint }) }, 'k')
    expect(host()).toEqual({ ...rapid, 'x-rapidapi-host': 'coinranking1.p.rapidapi.com' })
    expect(host('https://other.p.rapidapi.com/v2')).toEqual({ ...rapid, 'x-rapidapi-host': 'other.p.rapidapi.com' })
    expect(host('http://127.0.0.1:8080')).toEqual({ ...rapid, 'x-rapidapi-host': 'coinranking1.p.rapidapi.com' })
  })

  it('carry no line break', async () => {
    api.source.reset()
    expect(await failed({ body: '' }, coins, 'key\n')).toMatchObject({ code: 'invalid_config', errors: [{ field: 'secrets.key' }] })
    expect(api.source.requests).toEqual([])
  })
})

it('a coin of the list has numbers where Coinranking writes text, and the price with every digit', async () => {
  const { pages } = await go({ body: fixture('coins') }, coins)
  const [bitcoin, gone] = recordsOf(coinranking, coins, pages).map(({ fields }) => fields)
  const receivedAt = pages[0]?.response.receivedAt
  expect(bitcoin).toEqual({
    id: 'Qwsogvtv82FCd',
    symbol: 'BTC',
    name: 'Bitcoin',
    color: '#f7931A',
    iconUrl: 'https://images.example.com/btc.svg',
    coinrankingUrl: 'https://coinranking.example.com/coin/btc',
    contractAddresses: [],
    lowVolume: false,
    rank: 1,
    tier: 1,
    reference_currency: dollar,
    price: 64_123.512_345_678_9,
    price_text: '64123.512345678901234567',
    btc_price: 1,
    btc_price_text: '1',
    time: receivedAt,
    market_cap: 1_284_001_234_567,
    total_volume_24h: 31_000_000_000,
    price_change_percentage: -1.25,
    price_change_period: '24h',
    listed_at: '2012-02-26T00:00:00.000Z',
    sparkline: [64_000.5, null, 64_100],
  })
  expect(gone).toMatchObject({ id: 'gone', price: null, price_text: null, market_cap: null, listed_at: null, time: receivedAt })
})

it('a coin by itself has its supply, its peak and the time of its price', async () => {
  const [fields] = await fieldsOf(fixture('coin'), coin)
  expect(fields).toMatchObject({
    name: 'Bitcoin',
    description: 'Money between equals.',
    price_text: '64123.5',
    time: '2026-03-01T10:13:20.000Z',
    fully_diluted_market_cap: 1_346_000_000_000,
    circulating_supply: 20_030_493,
    total_supply: 20_030_843,
    max_supply: 21_000_000,
    all_time_high: 126_080.25,
    all_time_high_text: '126080.25',
    all_time_high_at: '2025-10-06T18:57:42.000Z',
  })
})

it('a point of a history is a document by its time; a time without a price is none', async () => {
  const point = { id: 'Qwsogvtv82FCd', reference_currency: dollar }
  expect(await fieldsOf(fixture('history'), history)).toEqual([
    { ...point, time: '2026-03-01T10:13:20.000Z', price: 64_123.5, price_text: '64123.5' },
    { ...point, time: '2026-03-01T10:03:20.000Z', price: 1.23e-10, price_text: '0.000000000123' },
  ])
})

// Bodies recorded elsewhere lie beside the repository on some machines, and are not part of it.
const recorded = new URL('../../../../shared/payloads/coinranking/', import.meta.url)
const there = existsSync(recorded)

describe.skipIf(!there)(`recorded bodies${there ? '' : ' (the folder ../shared/payloads/coinranking is not there)'}`, () => {
  it('coins', async () => {
    const { body } = JSON.parse(readFileSync(new URL('v2_coins.json', recorded), 'utf8')) as { body: unknown }
    const [fields] = await fieldsOf(body, { ...coins, maxPages: 1 })
    expect(fields).toMatchObject({ symbol: 'BTC', price_text: '59210.39291248964', market_cap: 1_169_717_358_003, rank: 1 })
  })
})
