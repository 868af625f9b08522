import { decodeJson, lookup } from '@data-weaver/adapters/kit'
import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'

/** The items of an answer. @throws WeaverError `source_malformed` when it has none. */
export function itemsOf(answer: Json): readonly Json[] {
  const items = lookup(answer, ['items'])
  if (Array.isArray(items)) return items as readonly Json[]
  throw new WeaverError('source_malformed', 'The answer has no list `items`.')
}

/** Number of the next page; undefined after the last one. */
export function nextOf(answer: Json): number | undefined {
  const next = lookup(answer, ['next'])
  return typeof next === 'number' && Number.isSafeInteger(next) && next > 0 ? next : undefined
}

/** Pure: it gets a page that may have been stored years ago, and nothing else. */
export function* records(page: StoredPage): Generator<Rec | RecordProblem> {
  for (const item of itemsOf(decodeJson(page.body, page.response.headers['content-type']))) yield recordOf(item)
}

/** What cannot be read becomes a dead letter with this problem; the other records of the page go on. */
function recordOf(item: Json): Rec | RecordProblem {
  const id = lookup(item, ['id'])
  if (typeof id !== 'string' || id === '') return { problem: 'the item has no text at `id`' }
  return { key: [id], fields: item as JsonObject }
}
