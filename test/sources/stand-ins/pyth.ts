import type { Answer, RecordedRequest } from '@data-weaver/testkit'

export const bitcoinFeed = 'e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43'

const update = {
  id: bitcoinFeed,
  price: { price: '6140993501000', conf: '3287868567', expo: -8, publish_time: 1772360000 },
  ema_price: { price: '6137500000000', conf: '3002000000', expo: -8, publish_time: 1772360000 },
  metadata: { slot: 138881186, proof_available_time: 1772360001, prev_publish_time: 1772359999 },
}
export const latestPrice = { binary: { encoding: 'hex', data: ['504e4155'] }, parsed: [update] }

export const priceFeeds = [
  {
    id: bitcoinFeed,
    attributes: {
      asset_type: 'Crypto',
      base: 'BTC',
      description: 'BITCOIN / US DOLLAR',
      display_symbol: 'BTC/USD',
      generic_symbol: 'BTCUSD',
      quote_currency: 'USD',
      symbol: 'Crypto.BTC/USD',
    },
  },
]

/** A Hermes server: a bearer token since August 2026, errors as plain text. */
export const hermes =
  (tokens: ReadonlySet<string>, bodies: { readonly latest: unknown; readonly feeds: unknown }, known: ReadonlySet<string>) =>
  ({ path, query, headers }: RecordedRequest): Answer => {
    const text = { 'content-type': 'text/plain; charset=utf-8' }
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    if (token === undefined || !tokens.has(token)) return { status: 401, headers: text, body: 'Unauthorized' }
    if (path.startsWith('/v2/price_feeds')) return { body: bodies.feeds }
    if (!path.startsWith('/v2/updates/price/latest?')) return { status: 404, headers: text, body: 'Not Found' }
    const unknown = query.getAll('ids[]').filter((id) => !known.has(id))
    return unknown.length === 0
      ? { body: bodies.latest }
      : { status: 404, headers: text, body: `Price ids not found: ${unknown.map((id) => `0x${id}`).join(', ')}` }
  }
