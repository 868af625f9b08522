import { describeAdapter, type SourceRequest } from '../src/conformance.ts'
import { pyth } from './index.ts'

/** A made up id: the number in hexadecimal, filled up with zeros. */
const idOf = (number: number): string => number.toString(16).padStart(64, '0')
const ids = Array.from({ length: 60 }, (_, index) => idOf(index + 1))

const unauthorized = { status: 401, headers: { 'content-type': 'text/plain' }, body: 'Unauthorized' }
const amountOf = (price: string) => ({ price, conf: '12', expo: -4, publish_time: 1_772_360_000 })
const priceOf = (id: string) => ({
  id,
  price: amountOf('1234567'),
  ema_price: amountOf('1234000'),
  metadata: { slot: 5, proof_available_time: 1_772_360_001, prev_publish_time: 1_772_359_999 },
})
const feedOf = (id: string) => ({ id, attributes: { symbol: `Crypto.${id.slice(-2)}/USD`, asset_type: 'Crypto' } })

const allowed = ({ headers }: SourceRequest, key: string | undefined): boolean => headers.authorization === `Bearer ${key}`

describeAdapter({
  adapter: pyth,
  scenarios: [
    {
      name: 'the latest prices of more feeds than fit in a request',
      secretNames: ['key'],
      config: (origin) => ({ resource: 'prices', endpoint: `${origin}/hermes/`, ids: ids.map((id) => `0x${id.toUpperCase()}`) }),
      answer(request, { key }) {
        if (!allowed(request, key)) return unauthorized
        const { pathname, searchParams } = request.url
        if (pathname !== '/hermes/v2/updates/price/latest' || searchParams.get('parsed') !== 'true') return { status: 400, body: 'what?' }
        return { body: { binary: { encoding: 'hex', data: [] }, parsed: searchParams.getAll('ids[]').map(priceOf) } }
      },
      pages: [ids.slice(0, 50).map((id) => [id]), ids.slice(50).map((id) => [id])],
      irregular: {
        body: {
          parsed: [
            priceOf(idOf(1)),
            { ...priceOf(idOf(2)), id: null },
            priceOf(idOf(1)),
            'text',
            null,
            { id: idOf(3) },
            { ...priceOf(idOf(4)), price: { ...amountOf('1'), expo: 'x' } },
            { ...priceOf(idOf(5)), price: amountOf('1.5') },
            { ...priceOf(idOf(6)), price: { ...amountOf('1'), publish_time: null } },
            { ...priceOf(idOf(7)), price: { ...amountOf('1'), expo: 2_000_000_000 } },
          ],
        },
        keys: [[idOf(1)], null, [idOf(1)], null, null, null, null, null, null, null],
      },
    },
    {
      name: 'the feeds that there are',
      secretNames: ['key'],
      config: (origin) => ({ resource: 'feeds', endpoint: origin, query: 'a b', assetType: 'crypto' }),
      answer(request, { key }) {
        if (!allowed(request, key)) return unauthorized
        const { pathname, searchParams } = request.url
        const right = pathname === '/v2/price_feeds' && searchParams.get('query') === 'a b' && searchParams.get('asset_type') === 'crypto'
        return right ? { body: ids.slice(0, 3).map(feedOf) } : { status: 400, body: 'what?' }
      },
      pages: [ids.slice(0, 3).map((id) => [id])],
      irregular: {
        body: [feedOf(idOf(1)), { attributes: {} }, feedOf(idOf(1)), { id: idOf(2) }, { id: idOf(3), attributes: [] }, 7],
        keys: [[idOf(1)], null, [idOf(1)], null, null, null],
      },
    },
  ],
})
