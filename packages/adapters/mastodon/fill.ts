import { type AdapterContext, type HttpResponse, type Json, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, answerJson, malformedAnswer, statusError } from '../src/answer.ts'
import type { FilledPage } from '../src/live/pages.ts'
import { linkTarget } from '../http/pagination/link-header.ts'
import { idOf } from './event.ts'
import type { Positions } from './positions.ts'
import { defaults, type MastodonConfig } from './schema.ts'
import type { Seen } from './seen.ts'
import { compareIds, earlierId, laterId, noId, timeOfId } from './status-id.ts'
import { postsUrl, type Timeline } from './timeline.ts'

/** Posts in a request; servers give no more. */
const postsAtOnce = 40

/** Forty posts are a megabyte when they are long and have many pictures. */
const maxBytes = 16 * 1024 * 1024

export interface Filling {
  readonly context: AdapterContext<MastodonConfig>
  readonly headers: Readonly<Record<string, string>>
  readonly reading: AnswerReading
  readonly positions: Positions
  readonly seen: Seen
}

/** What could not be filled. */
export interface Unfilled {
  /** The last post before it, milliseconds since the Unix epoch; undefined when that is not known. */
  readonly since: number | undefined
}

/** Fetches the posts that came to timelines while nobody listened: those behind the last one, the oldest first. */
export class Fill {
  readonly #filling: Filling
  readonly #timelines: readonly Timeline[]
  #unfilled: Unfilled | undefined

  /** @param timelines those that have a position */
  constructor(filling: Filling, timelines: readonly Timeline[]) {
    this.#filling = filling
    this.#timelines = timelines
  }

  unfilled(): Unfilled | undefined {
    return this.#unfilled
  }

  /** Rejects when another attempt may succeed. What the server refuses is not filled. */
  async *pages(): AsyncGenerator<FilledPage> {
    const { context, positions } = this.#filling
    for (const timeline of this.#timelines) {
      try {
        yield* this.#pagesOf(timeline, positions.of(timeline) ?? noId)
      } catch (error) {
        if (context.signal.aborted || !(error instanceof WeaverError) || error.retryable) throw error
        context.log.warn({ timeline: timeline.key, code: error.code }, 'the posts of a gap cannot be fetched')
        this.#leave(positions.of(timeline))
      }
    }
  }

  async *#pagesOf(timeline: Timeline, from: string): AsyncGenerator<FilledPage> {
    const { context, positions, seen } = this.#filling
    const { posts: most = defaults.fill.posts, lookbackMs = defaults.fill.lookbackMs } = context.config.fill ?? {}
    // Later ones come over the connection, which is open already: the walk has an end, however many are written meanwhile.
    const [latest] = (await ask(this.#filling, timeline, 1)).ids
    if (latest === undefined) return
    let after = most === 0 ? from : earlierId(from, lookbackMs)
    for (let fetched = 0; compareIds(after, latest) < 0;) {
      if (fetched >= most) {
        context.log.warn({ timeline: timeline.key, posts: most }, 'more posts were missed than are fetched')
        this.#leave(positions.of(timeline))
        return
      }
      const { response, ids, next } = await newer(this.#filling, timeline, after, Math.min(postsAtOnce, most - fetched))
      fetched += ids.length
      for (const id of ids) positions.move(timeline.key, id)
      const isNews = ids.some((id) => !seen.has(id))
      for (const id of ids) seen.add(id)
      if (isNews) yield { body: response.body, ...response.facts, position: positions.toJson() }
      // A server that leads back would be asked for ever.
      if (next === undefined || compareIds(next, after) <= 0) return
      after = next
    }
  }

  #leave(last: string | undefined): void {
    const since = last === undefined ? undefined : timeOfId(last)
    const before = this.#unfilled
    if (before === undefined) this.#unfilled = { since }
    else this.#unfilled = { since: before.since === undefined || since === undefined ? undefined : Math.min(before.since, since) }
  }
}

interface Answer {
  readonly response: HttpResponse
  readonly ids: readonly string[]
  /** Behind which id there may be more; undefined when the server says that there is not. */
  readonly next: string | undefined
}

async function newer(filling: Filling, timeline: Timeline, after: string, limit: number): Promise<Answer> {
  const answer = await ask(filling, timeline, limit, after)
  const { response, ids } = answer
  const latest = ids.reduce<string | undefined>(laterId, undefined)
  const link = linkTarget(response.headers.link, 'prev')
  const linked = link === undefined ? undefined : (URL.parse(link, response.url)?.searchParams.get('min_id') ?? undefined)
  // Without links a full page says that there may be more.
  const next = response.headers.link === undefined && ids.length >= limit ? latest : linked
  return { ...answer, next }
}

async function ask(
  { context, headers, reading }: Filling,
  timeline: Timeline,
  limit: number,
  after?: string,
): Promise<Omit<Answer, 'next'>> {
  const url = postsUrl(context.config.server, timeline, limit, after)
  const response = await context.http.request({ url, headers: { ...headers, accept: 'application/json' }, maxBytes })
  const error = statusError(response, reading)
  if (error !== undefined) throw error
  const posts = answerJson(response, reading)
  if (!Array.isArray(posts)) throw malformedAnswer(response, reading, 'the answer is no list of posts')
  const ids = (posts as readonly Json[]).flatMap((post) => idOf(post) ?? [])
  if (ids.length < posts.length) throw malformedAnswer(response, reading, 'a post has no `id`')
  return { response, ids }
}

/**
 * The latest post of a timeline now, so that what comes behind it can be fetched even before a first message; undefined when the server
 * does not say.
 */
export async function latestPost(filling: Filling, timeline: Timeline): Promise<string | undefined> {
  const { signal, log } = filling.context
  try {
    const { ids } = await ask(filling, timeline, 1)
    return ids[0] ?? noId
  } catch (error) {
    if (signal.aborted || !(error instanceof WeaverError)) throw error
    log.warn({ timeline: timeline.key, code: error.code }, 'the latest post cannot be fetched')
    return undefined
  }
}
