import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'
import { amount, type Amount, amountFields, isoTimeOfSeconds } from '../src/amount.ts'
import { decodeWrittenJson, type WrittenJson } from '../src/exact-json.ts'
import { lookup } from '../src/path.ts'
import { type CoinrankingConfig, defaultCurrency, defaultPeriod } from './schema.ts'

/** What is wrong with a success, as far as the records need to know it. */
export function problemOf(answer: Json, { resource }: CoinrankingConfig): string | undefined {
  if (lookup(answer, ['status']) !== 'success') return 'The answer has no `status` "success".'
  const data = lookup(answer, ['data', resource])
  if (resource === 'coin') return isObject(data) ? undefined : 'The answer has no `data.coin`.'
  return Array.isArray(data) ? undefined : `The answer has no list \`data.${resource}\`.`
}

export function* records(page: StoredPage, config: CoinrankingConfig): Generator<Rec | RecordProblem> {
  const answer = decodeWrittenJson(page.body, page.response.headers['content-type'])
  const problem = problemOf(answer.json, config)
  if (problem !== undefined) throw new WeaverError('source_malformed', problem)
  const data = lookup(answer.json, ['data', config.resource])
  if (config.resource === 'coin') yield coinRecord(answer, data, config, page)
  else if (config.resource === 'coins') for (const coin of data as readonly Json[]) yield coinRecord(answer, coin, config, page)
  else for (const point of data as readonly Json[]) yield* historyPoint(answer, point, config.uuid, config.referenceCurrency)
}

type Written = WrittenJson['written']

function coinRecord({ written }: WrittenJson, coin: Json | undefined, config: CoinrankingConfig, page: StoredPage): Rec | RecordProblem {
  const uuid = lookup(coin, ['uuid'])
  if (!isObject(coin) || typeof uuid !== 'string' || uuid === '') return { problem: 'the coin has no `uuid`' }
  const price = amountAt(written, coin, 'price')
  if (price === undefined) return { problem: `the price of the coin ${uuid} is no decimal number` }
  const { referenceCurrency = defaultCurrency, timePeriod = defaultPeriod } = config
  const number = (name: string) => amountAt(written, coin, name)?.number ?? null
  return {
    key: [uuid, referenceCurrency],
    fields: {
      ...asSent(coin),
      id: uuid,
      reference_currency: referenceCurrency,
      ...amountFields('price', price ?? undefined),
      // Only a coin by itself says when its price is from. In the list it is the latest that there was when it was asked for.
      time: isoTimeOfSeconds(coin.priceAt) ?? page.response.receivedAt,
      ...amountFields('btc_price', amountAt(written, coin, 'btcPrice') ?? undefined),
      market_cap: number('marketCap'),
      ...(coin.fullyDilutedMarketCap === undefined ? {} : { fully_diluted_market_cap: number('fullyDilutedMarketCap') }),
      total_volume_24h: number('24hVolume'),
      price_change_percentage: number('change'),
      price_change_period: timePeriod,
      listed_at: isoTimeOfSeconds(coin.listedAt) ?? null,
      ...supplyFields(written, coin),
      ...(Array.isArray(coin.sparkline) ? { sparkline: (coin.sparkline as readonly Json[]).map(numberOf) } : {}),
    },
  }
}

/** `supply` and `allTimeHigh`, which a coin by itself has. */
function supplyFields(written: Written, coin: JsonObject): JsonObject {
  const { supply, allTimeHigh } = coin
  const of = (name: string) => amountAt(written, supply, name)?.number ?? null
  return {
    ...(isObject(supply) ? { circulating_supply: of('circulating'), total_supply: of('total'), max_supply: of('max') } : {}),
    ...(isObject(allTimeHigh)
      ? {
          ...amountFields('all_time_high', amountAt(written, allTimeHigh, 'price') ?? undefined),
          all_time_high_at: isoTimeOfSeconds(allTimeHigh.timestamp) ?? null,
        }
      : {}),
  }
}

/** Fields that the document has under other names, or as numbers. */
const rewritten: ReadonlySet<string> = new Set([
  'uuid',
  'price',
  'priceAt',
  'marketCap',
  'fullyDilutedMarketCap',
  '24hVolume',
  'change',
  'btcPrice',
  'listedAt',
  'supply',
  'allTimeHigh',
  'sparkline',
])

const asSent = (coin: JsonObject): JsonObject => Object.fromEntries(Object.entries(coin).filter(([name]) => !rewritten.has(name)))

function* historyPoint({ written }: WrittenJson, point: Json, uuid: string, currency = defaultCurrency): Generator<Rec | RecordProblem> {
  const time = isoTimeOfSeconds(lookup(point, ['timestamp']))
  if (time === undefined) {
    yield { problem: 'the point has no `timestamp`' }
    return
  }
  const price = amountAt(written, point, 'price')
  // Null is how Coinranking writes that it has no price of that time. That is a gap, and no record.
  if (price === null) return
  if (price === undefined) yield { problem: `the point at ${time} has no price` }
  else yield { key: [uuid, currency, time], fields: { id: uuid, reference_currency: currency, time, ...amountFields('price', price) } }
}

/** The amount of a number or a text with a number in it; null where there is null, undefined for anything else. */
function amountAt(written: Written, holder: Json | undefined, name: string): Amount | null | undefined {
  if (lookup(holder, [name]) === null) return null
  const text = written(holder, name)
  return text === undefined ? undefined : amount(text)
}

function numberOf(value: Json): number | null {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  return amount(text)?.number ?? null
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
