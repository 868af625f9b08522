import type { Rec, RecordProblem, StoredPage } from '@data-weaver/contracts'
import { feedId } from '../pyth/feed-id.ts'
import { priceRecord, rawRecords, symbolsOf } from '../pyth/records.ts'
import { decodeJson } from '../src/exact-json.ts'
import { readSegment, type StoredMessage } from '../src/live/segment.ts'
import { lookup } from '../src/path.ts'
import { said } from './price.ts'
import type { PythStreamConfig } from './schema.ts'

/**
 * The prices of a page: of a segment of messages, without those that were not the latest when they came, or of an answer.
 * @throws WeaverError `source_malformed` when it is no text, or an answer that is none.
 */
export function* records(page: StoredPage, config: PythStreamConfig): Generator<Rec | RecordProblem> {
  const symbols = symbolsOf(config.symbols)
  if (/\/v2\/updates\/price\/latest(?:\?|$)/.test(page.request.url)) {
    const answer = decodeJson(page.body, page.response.headers['content-type'])
    for (const price of rawRecords(answer, { resource: 'prices', ids: [] })) yield priceRecord(price, symbols)
    return
  }
  for (const message of readSegment(page.body)) {
    if ('problem' in message) yield message
    else yield* messageRecords(message, symbols)
  }
}

function* messageRecords({ data, stale }: StoredMessage, symbols: ReadonlyMap<string, string>): Generator<Rec | RecordProblem> {
  const found = said(data)
  if (found === undefined || 'refusal' in found) return
  if ('problem' in found) {
    yield found
    return
  }
  for (const price of found.prices) {
    const id = lookup(price, ['id'])
    if (typeof id === 'string' && stale?.includes(feedId(id)) === true) continue
    yield priceRecord(price, symbols)
  }
}
