import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'
import { decodeJson, parseJson } from '../src/exact-json.ts'
import { readSegment, type StoredMessage } from '../src/live/segment.ts'
import { idOf, isOverEvents, said } from './event.ts'
import { postFields } from './post.ts'
import { defaults, type MastodonConfig } from './schema.ts'

const openingBracket = 0x5b

/**
 * The posts of a page: of a segment of events, in their order, or of a timeline, the oldest first.
 * @throws WeaverError `source_malformed` when it is no text, or a timeline that is no JSON.
 */
export function* records(page: StoredPage, { boosts = defaults.boosts }: MastodonConfig): Generator<Rec | RecordProblem> {
  // A timeline is a list, and each line of a segment an object.
  const found = page.body[0] === openingBracket ? timelineRecords(page, boosts) : segmentRecords(page, boosts)
  for (const record of found) if (record !== undefined) yield record
}

type Boosts = NonNullable<MastodonConfig['boosts']>
/** Nothing, where a post is not wanted. */
type Found = Rec | RecordProblem | undefined

function* timelineRecords(page: StoredPage, boosts: Boosts): Generator<Found> {
  const posts = decodeJson(page.body, page.response.headers['content-type']) as readonly Json[]
  for (const post of posts.toReversed()) yield postRecord(post, boosts)
}

function* segmentRecords(page: StoredPage, boosts: Boosts): Generator<Found> {
  for (const message of readSegment(page.body)) yield 'problem' in message ? message : messageRecord(message, boosts)
}

function messageRecord(message: StoredMessage, boosts: Boosts): Found {
  const found = said(message, isOverEvents(message))
  if (found === undefined || 'problem' in found) return found
  if ('error' in found) return { problem: 'the message has no `event`' }
  const { event, payload } = found.post
  if (event === 'delete') {
    const id = payload.trim()
    return id === '' ? { problem: 'the deletion has no id' } : { key: [id], fields: { id }, deleted: true }
  }
  try {
    return postRecord(parseJson(payload), boosts)
  } catch (error) {
    if (!(error instanceof WeaverError)) throw error
    return { problem: error.message.replace(/^The answer/, 'the post') }
  }
}

function postRecord(post: Json, boosts: Boosts): Found {
  const id = idOf(post)
  if (id === undefined) return { problem: 'the post has no `id`' }
  const { reblog } = post as JsonObject
  const isBoost = typeof reblog === 'object' && reblog !== null && !Array.isArray(reblog)
  if (isBoost && boosts === 'exclude') return undefined
  return { key: [id], fields: postFields(id, post as JsonObject, isBoost ? (reblog as JsonObject) : undefined) }
}
