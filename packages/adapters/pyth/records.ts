import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'
import { amount, amountFields, isoTimeOfSeconds } from '../src/amount.ts'
import { decodeJson } from '../src/exact-json.ts'
import { lookup } from '../src/path.ts'
import { feedId } from './feed-id.ts'
import type { PythConfig } from './schema.ts'

/**
 * The array of an answer that its records are in.
 * @throws WeaverError `source_malformed`
 */
export function rawRecords(answer: Json, { resource }: PythConfig): readonly Json[] {
  const found = resource === 'prices' ? lookup(answer, ['parsed']) : answer
  if (Array.isArray(found)) return found as readonly Json[]
  throw new WeaverError('source_malformed', resource === 'prices' ? 'The answer has no list `parsed`.' : 'The answer is not a list.')
}

export function* records(page: StoredPage, config: PythConfig): Generator<Rec | RecordProblem> {
  const found = rawRecords(decodeJson(page.body, page.response.headers['content-type']), config)
  if (config.resource === 'feeds') for (const feed of found) yield feedRecord(feed)
  else {
    const symbols = symbolsOf(config.symbols)
    for (const update of found) yield priceRecord(update, symbols)
  }
}

/** The symbols of feeds, by ids as Hermes writes them. */
export const symbolsOf = (symbols: Readonly<Record<string, string>> | undefined): ReadonlyMap<string, string> =>
  new Map(Object.entries(symbols ?? {}).map(([id, symbol]) => [feedId(id), symbol]))

/** The record of a price, as all of Hermes' answers have it. */
export function priceRecord(update: Json, symbols: ReadonlyMap<string, string>): Rec | RecordProblem {
  const id = lookup(update, ['id'])
  if (typeof id !== 'string' || id === '') return { problem: 'the price has no `id`' }
  const price = lookup(update, ['price'])
  const value = scaled(price, 'price')
  const confidence = scaled(price, 'conf')
  const time = isoTimeOfSeconds(lookup(price, ['publish_time']))
  if (value === undefined || confidence === undefined) return { problem: `the price of ${id} is no decimal number times a power of ten` }
  if (time === undefined) return { problem: `the price of ${id} has no \`publish_time\`` }
  const symbol = symbols.get(feedId(id))
  const average = lookup(update, ['ema_price'])
  const metadata = lookup(update, ['metadata'])
  const previous = isoTimeOfSeconds(lookup(metadata, ['prev_publish_time']))
  // The older interface names it otherwise.
  const available = isoTimeOfSeconds(lookup(metadata, ['proof_available_time']) ?? lookup(metadata, ['price_service_receive_time']))
  const slot = lookup(metadata, ['slot'])
  return {
    key: [feedId(id)],
    fields: {
      id: feedId(id),
      ...(symbol === undefined ? {} : { symbol, ...sidesOf(symbol) }),
      ...amountFields('price', value),
      ...amountFields('confidence', confidence),
      exponent: lookup(price, ['expo']) as number,
      time,
      ...amountFields('ema_price', scaled(average, 'price')),
      ...amountFields('ema_confidence', scaled(average, 'conf')),
      ...(previous === undefined ? {} : { previous_time: previous }),
      ...(available === undefined ? {} : { available_time: available }),
      ...(slot === undefined || slot === null ? {} : { slot }),
    },
  }
}

/** The two sides of `BTC/USD`. A search takes a text with a slash in it for one word, so somebody who looks for BTC needs them apart. */
function sidesOf(symbol: string): JsonObject {
  const [, base, quote] = /^(?:.*\.)?([^/]+)\/([^/]+)$/.exec(symbol) ?? []
  return base === undefined || quote === undefined ? {} : { base, quote }
}

/** `price` or `conf` × 10^`expo`, exact: it is text moved by a decimal point, never a product of doubles. */
function scaled(price: Json | undefined, name: 'price' | 'conf') {
  const mantissa = lookup(price, [name])
  const exponent = lookup(price, ['expo'])
  if (typeof mantissa !== 'string' || !/^-?\d+$/.test(mantissa) || typeof exponent !== 'number') return undefined
  return amount(`${mantissa}e${exponent}`)
}

function feedRecord(feed: Json): Rec | RecordProblem {
  const id = lookup(feed, ['id'])
  if (typeof id !== 'string' || id === '') return { problem: 'the feed has no `id`' }
  const attributes = lookup(feed, ['attributes'])
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    return { problem: `the feed ${id} has no \`attributes\`` }
  }
  const { symbol, display_symbol: display, description } = attributes as JsonObject
  const fields = {
    ...(attributes as JsonObject),
    id: feedId(id),
    symbol: display ?? symbol ?? null,
    pyth_symbol: symbol ?? null,
    name: description ?? display ?? symbol ?? null,
  }
  return { key: [feedId(id)], fields }
}
