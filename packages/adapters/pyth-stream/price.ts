import { type Json, type JsonObject, WeaverError } from '@data-weaver/contracts'
import { feedId } from '../pyth/feed-id.ts'
import { parseJson } from '../src/exact-json.ts'
import { lookup } from '../src/path.ts'

/** What a message says: prices, that something was refused, something that is not wanted (undefined), or a problem. */
export type Said =
  | { readonly prices: readonly Json[] }
  | { readonly refusal: Json; readonly isResponse: boolean }
  | { readonly problem: string }
  | undefined

/** What a message of either transport says. */
export function said(data: string | Uint8Array): Said {
  if (typeof data !== 'string') return { problem: 'the message is not valid UTF-8' }
  let message: Json
  try {
    message = parseJson(data)
  } catch (error) {
    if (!(error instanceof WeaverError)) throw error
    return { problem: error.message.replace(/^The answer/, 'the message') }
  }
  const parsed = lookup(message, ['parsed'])
  if (Array.isArray(parsed)) return { prices: parsed as readonly Json[] }
  const type = lookup(message, ['type'])
  if (lookup(message, ['status']) === 'error') return { refusal: lookup(message, ['error']) ?? null, isResponse: type === 'response' }
  const price = lookup(message, ['price_feed'])
  if (type === 'price_update' && price !== undefined) return { prices: [price] }
  if (typeof type === 'string' && type !== 'price_update') return undefined
  return { problem: 'the message has no list `parsed` and no `price_feed`' }
}

/** When a price was published: Unix seconds, and the slot of Pythnet, which tells those of a second apart. */
type Published = readonly [seconds: number, slot: number | null]

function publishedOf(price: Json): { readonly id: string; readonly at: Published } | undefined {
  const id = lookup(price, ['id'])
  const seconds = lookup(price, ['price', 'publish_time'])
  const slot = lookup(price, ['metadata', 'slot'])
  if (typeof id !== 'string' || typeof seconds !== 'number') return undefined
  return { id: feedId(id), at: [seconds, typeof slot === 'number' ? slot : null] }
}

/** What prices are to the ones before them. */
export interface News {
  /** Ids of the feeds whose price is the one of before, or an older one. */
  readonly stale: readonly string[]
  /** Whether one is older. */
  readonly older: boolean
  /** Whether there is anything but those: newer ones, and what cannot be read. */
  readonly news: boolean
}

/** When the latest price of each feed was published, so that no older one takes its place. */
export class Latest {
  readonly #published = new Map<string, Published>()
  readonly #ids: ReadonlySet<string>

  constructor(ids: readonly string[]) {
    this.#ids = new Set(ids)
  }

  /** Takes over what a checkpoint says of the feeds that are still listened to. */
  take(position: Json | undefined): void {
    if (typeof position !== 'object' || position === null || Array.isArray(position)) return
    for (const [id, at] of Object.entries(position)) {
      const [seconds, slot] = Array.isArray(at) ? (at as readonly Json[]) : []
      if (this.#ids.has(id) && typeof seconds === 'number') this.#published.set(id, [seconds, typeof slot === 'number' ? slot : null])
    }
  }

  /** Compares prices with those before them. */
  compare(prices: readonly Json[]): News {
    const stale: string[] = []
    let older = false
    for (const price of prices) {
      const found = publishedOf(price)
      const before = found && this.#published.get(found.id)
      if (found === undefined || before === undefined || isNewer(found.at, before)) continue
      stale.push(found.id)
      if (isNewer(before, found.at)) older = true
    }
    return { stale, older, news: stale.length < prices.length || prices.length === 0 }
  }

  /** Remembers those that are newer. */
  move(prices: readonly Json[]): void {
    for (const price of prices) {
      const found = publishedOf(price)
      if (found === undefined || !this.#ids.has(found.id)) continue
      const before = this.#published.get(found.id)
      if (before === undefined || isNewer(found.at, before)) this.#published.set(found.id, found.at)
    }
  }

  /** For a checkpoint. */
  toJson(): JsonObject | undefined {
    return this.#published.size === 0 ? undefined : Object.fromEntries(this.#published)
  }
}

/** Two of one second without slots cannot be told apart, and the later to come is taken for the newer. */
function isNewer([seconds, slot]: Published, [secondsBefore, slotBefore]: Published): boolean {
  if (seconds !== secondsBefore) return seconds > secondsBefore
  return slot === null || slotBefore === null || slot > slotBefore
}
