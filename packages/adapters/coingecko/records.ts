import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'
import { amount, amountFields, isoTime, isoTimeOfSeconds } from '../src/amount.ts'
import { decodeWrittenJson, type WrittenJson } from '../src/exact-json.ts'
import { lookup } from '../src/path.ts'
import { type CoingeckoConfig, type ConfigOf, defaultCurrency } from './schema.ts'

/** What is wrong with a success, as far as the records need to know it. */
export function problemOf(answer: Json, { resource }: CoingeckoConfig): string | undefined {
  if (resource === 'markets') return Array.isArray(answer) ? undefined : 'The answer is not a list of coins.'
  if (!isObject(answer)) return 'The answer is not an object.'
  if (resource === 'market_chart' && !Array.isArray(answer.prices)) return 'The answer has no list `prices`.'
  if (resource === 'coin' && !(typeof answer.id === 'string' && answer.id !== '')) return 'The answer has no `id`.'
  return undefined
}

export function* records(page: StoredPage, config: CoingeckoConfig): Generator<Rec | RecordProblem> {
  const answer = decodeWrittenJson(page.body, page.response.headers['content-type'])
  const problem = problemOf(answer.json, config)
  if (problem !== undefined) throw new WeaverError('source_malformed', problem)
  switch (config.resource) {
    case 'simple_price':
      yield* simplePrices(answer, config)
      break
    case 'markets':
      for (const coin of answer.json as readonly Json[]) yield marketRecord(answer, coin, config.currency ?? defaultCurrency)
      break
    case 'coin':
      yield coinRecord(answer, config.currency ?? defaultCurrency)
      break
    case 'market_chart':
      yield* chartPoints(answer, config)
      break
  }
}

function* simplePrices({ json, written }: WrittenJson, config: ConfigOf<'simple_price'>): Generator<Rec | RecordProblem> {
  for (const [id, coin] of Object.entries(json as JsonObject)) {
    for (const currency of config.currencies ?? [defaultCurrency]) {
      const price = amountOf(written(coin, currency))
      if (price === undefined) {
        yield { problem: `the coin ${id} has no price in ${currency}` }
        continue
      }
      const time = isoTimeOfSeconds(lookup(coin, ['last_updated_at']))
      yield {
        key: [id, currency],
        fields: {
          id,
          currency,
          ...amountFields('price', price),
          ...(time === undefined ? {} : { time }),
          market_cap: numberOrNull(coin, `${currency}_market_cap`),
          total_volume: numberOrNull(coin, `${currency}_24h_vol`),
          price_change_percentage_24h: numberOrNull(coin, `${currency}_24h_change`),
        },
      }
    }
  }
}

function marketRecord({ written }: WrittenJson, coin: Json, currency: string): Rec | RecordProblem {
  if (!isObject(coin)) return { problem: 'the coin is not an object' }
  const { id, last_updated: time } = coin
  if (typeof id !== 'string' || id === '') return { problem: 'the coin has no `id`' }
  return {
    key: [id, currency],
    // A coin that is not traded any more has no price: the document says so rather than keep the last one.
    fields: { ...coin, currency, ...amountFields('price', amountOf(written(coin, 'current_price'))), time: time ?? null },
  }
}

/** What `market_data` has for each of sixty currencies. */
const perCurrency = [
  'market_cap',
  'fully_diluted_valuation',
  'total_volume',
  'high_24h',
  'low_24h',
  'ath',
  'ath_date',
  'ath_change_percentage',
  'atl',
  'atl_date',
  'atl_change_percentage',
] as const

/** What it has once. */
const once = [
  'circulating_supply',
  'total_supply',
  'max_supply',
  'price_change_percentage_24h',
  'price_change_percentage_7d',
  'price_change_percentage_30d',
  'price_change_percentage_1y',
] as const

function coinRecord({ json, written }: WrittenJson, currency: string): Rec {
  const { market_data: market, description, links, last_updated: updated, ...rest } = json as JsonObject
  const homepages = lookup(links, ['homepage'])
  const homepage = Array.isArray(homepages)
    ? (homepages as readonly Json[]).find((text) => typeof text === 'string' && text !== '')
    : undefined
  return {
    key: [rest.id as string, currency],
    fields: {
      ...rest,
      currency,
      ...amountFields('price', amountOf(written(lookup(market, ['current_price']), currency))),
      time: lookup(market, ['last_updated']) ?? updated ?? null,
      ...Object.fromEntries(perCurrency.map((name) => [name, lookup(market, [name, currency]) ?? null])),
      ...Object.fromEntries(once.map((name) => [name, lookup(market, [name]) ?? null])),
      description: lookup(description, ['en']) ?? null,
      homepage: homepage ?? null,
      links: links ?? null,
    },
  }
}

function* chartPoints({ json, written }: WrittenJson, config: ConfigOf<'market_chart'>): Generator<Rec | RecordProblem> {
  const { id, currency = defaultCurrency } = config
  const caps = byTime(lookup(json, ['market_caps']))
  const volumes = byTime(lookup(json, ['total_volumes']))
  for (const point of lookup(json, ['prices']) as readonly Json[]) {
    const at = lookup(point, ['0'])
    const time = isoTime(at)
    if (time === undefined) {
      yield { problem: 'the point has no time' }
      continue
    }
    const price = amountOf(written(point, 1))
    // CoinGecko writes null for a time at which it has no price. That is a gap, and no record.
    if (price === undefined && lookup(point, ['1']) === null) continue
    if (price === undefined) {
      yield { problem: `the point at ${time} has no price` }
      continue
    }
    yield {
      key: [id, currency, time],
      fields: {
        id,
        currency,
        time,
        ...amountFields('price', price),
        market_cap: caps.get(at as number) ?? null,
        total_volume: volumes.get(at as number) ?? null,
      },
    }
  }
}

const byTime = (points: Json | undefined): Map<Json, Json> =>
  new Map(
    Array.isArray(points)
      ? (points as readonly Json[]).flatMap((point) => (Array.isArray(point) ? [[point[0] as Json, (point[1] ?? null) as Json]] : []))
      : [],
  )

const amountOf = (written: string | undefined) => (written === undefined ? undefined : amount(written))

function numberOrNull(holder: Json | undefined, name: string): Json {
  const value = lookup(holder, [name])
  return typeof value === 'number' ? value : null
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
