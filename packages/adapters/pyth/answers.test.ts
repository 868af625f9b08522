import { existsSync, readFileSync } from 'node:fs'
import type { ErrorCode } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { answered } from '../src/conformance/answered.ts'
import type { SourceAnswer } from '../src/conformance/scripted-source.ts'
import { pyth } from './index.ts'

const bitcoin = 'e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43'
const [known, unknown, other] = ['1'.repeat(64), 'ab'.repeat(32), 'cd'.repeat(32)]
const api = answered(pyth, { key: 'token+/=' })
const { go, failed, fieldsOf } = api
const text = (status: number, body: string): SourceAnswer => ({ status, headers: { 'content-type': 'text/plain' }, body })
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url))
const prices = (...ids: string[]) => ({ resource: 'prices', ids })

describe('what Hermes refuses', () => {
  it('names the feeds that it does not know by their place in the configuration', async () => {
    const error = await failed(
      text(404, `Price ids not found: 0x${unknown}, 0x${other}`),
      prices(known, `0x${unknown.toUpperCase()}`, other),
    )
    expect(error).toMatchObject({ code: 'source_not_found', errors: [{ field: 'config.ids.1' }, { field: 'config.ids.2' }] })
    expect(error.message).toBe(`Hermes answered 404: there is no price feed ${unknown}, ${other}`)
  })

  it.each<[SourceAnswer, ErrorCode, RegExp]>([
    [text(404, 'page not found'), 'source_not_found', /404: page not found/],
    [text(401, 'Unauthorized'), 'auth_failed', /401: Unauthorized/],
    [text(400, 'Failed to deserialize query string'), 'source_rejected', /400/],
    [text(429, 'Too many requests'), 'rate_limited', /429/],
    [text(503, 'Service unavailable'), 'source_unavailable', /503/],
    [{ body: { binary: {}, parsed: null } }, 'source_malformed', /`parsed`/],
    [{ body: [] }, 'source_malformed', /`parsed`/],
  ])('%j is %s', async (given, code, says) => {
    const error = await failed(given, prices(known))
    expect(error).toMatchObject({ code, errors: [] })
    expect(error.message).toMatch(says)
  })

  it('is a list for feeds', async () => {
    expect(await failed({ body: { parsed: [] } }, { resource: 'feeds' })).toMatchObject({ code: 'source_malformed' })
    expect(await failed(text(404, `no ${unknown}`), { resource: 'feeds' })).toMatchObject({ code: 'source_not_found', errors: [] })
  })

  it('is not asked with a token that no header can carry', async () => {
    api.source.reset()
    const error = await failed({ body: '' }, prices(known), 'token\n')
    expect(error).toMatchObject({ code: 'invalid_config', errors: [{ field: 'secrets.key' }] })
    expect(api.source.requests).toEqual([])
  })
})

it('a price is exact as a text and comparable as a number', async () => {
  const config = { ...prices(bitcoin), symbols: { [`0x${bitcoin.toUpperCase()}`]: 'BTC/USD' } }
  expect(await fieldsOf(fixture('latest.json'), config)).toEqual([
    {
      id: bitcoin,
      symbol: 'BTC/USD',
      base: 'BTC',
      quote: 'USD',
      price: 61_409.935_01,
      price_text: '61409.93501',
      confidence: 32.878_685_67,
      confidence_text: '32.87868567',
      exponent: -8,
      time: '2026-03-01T10:13:20.000Z',
      ema_price: 61_375,
      ema_price_text: '61375',
      ema_confidence: 30.02,
      ema_confidence_text: '30.02',
      previous_time: '2026-03-01T10:13:19.000Z',
      available_time: '2026-03-01T10:13:21.000Z',
      slot: 138_881_186,
    },
  ])
})

it.each([
  ['9223372036854775807', -18, '9.223372036854775807'],
  ['-3', -2, '-0.03'],
  ['0', -8, '0'],
  ['15', 3, '15000'],
  ['5', -12, '0.000000000005'],
])('%s × 10^%i is %s', async (mantissa, expo, price) => {
  const value = { price: mantissa, conf: '0', expo, publish_time: 1 }
  const [fields] = await fieldsOf({ parsed: [{ id: known, price: value, ema_price: null, metadata: {} }] }, prices(known))
  expect(fields).toMatchObject({ price_text: price, price: Number(price), confidence_text: '0', ema_price: null })
})

it('the same feed is asked for once', async () => {
  api.source.reset()
  await go({ body: { parsed: [] } }, prices(unknown, `0x${unknown}`, unknown.toUpperCase()))
  expect(api.source.requests.map(({ url }) => url.searchParams.getAll('ids[]'))).toEqual([[unknown]])
})

it('a feed has a symbol and a name', async () => {
  expect(await fieldsOf(fixture('feeds.json'), { resource: 'feeds' })).toEqual([
    {
      id: bitcoin,
      symbol: 'BTC/USD',
      name: 'BITCOIN / US DOLLAR',
      pyth_symbol: 'Crypto.BTC/USD',
      asset_type: 'Crypto',
      base: 'BTC',
      quote_currency: 'USD',
      description: 'BITCOIN / US DOLLAR',
      display_symbol: 'BTC/USD',
    },
  ])
})

// Bodies recorded elsewhere lie beside the repository on some machines, and are not part of it.
const recorded = new URL('../../../../shared/payloads/pyth/', import.meta.url)
const there = existsSync(recorded)
const bodyOf = (name: string) => (JSON.parse(readFileSync(new URL(name, recorded), 'utf8')) as { body: unknown }).body

describe.skipIf(!there)(`recorded bodies${there ? '' : ' (the folder ../shared/payloads/pyth is not there)'}`, () => {
  it('prices', async () => {
    const [fields] = await fieldsOf(bodyOf('hermes_v2_updates_price_latest.json'), prices(bitcoin))
    expect(fields).toMatchObject({
      id: bitcoin,
      price_text: '51900.75917635',
      confidence_text: '26.61582364',
      time: '2024-02-19T17:20:56.000Z',
    })
  })

  it('feeds', async () => {
    expect((await fieldsOf(bodyOf('hermes_v2_price_feeds.json'), { resource: 'feeds' }))[0]).toMatchObject({
      id: bitcoin,
      symbol: 'BTC/USD',
    })
  })
})
