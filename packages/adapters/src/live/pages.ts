import { type AdapterContext, type Json, type Page, type SourceGap, WeaverError } from '@data-weaver/contracts'
import { backoffMs, type Draw, type ReconnectLimits } from './backoff.ts'
import { liveCheckpoint, readLiveCheckpoint } from './checkpoint.ts'
import type { LiveMessage } from './segment.ts'
import { type SegmentLimits, segments } from './segments.ts'

/** A connection to a live source, from its opening on. */
export interface LiveConnection {
  /** Kept with each of its pages. */
  readonly facts: Pick<Page, 'request' | 'response'>
  /** Ends when the source ends it in good order; rejects with {@link ResumeRefused} or a WeaverError otherwise. */
  readonly messages: AsyncIterable<LiveMessage>
  /** The source goes on right behind the position that it was given: nothing is missing. */
  readonly resumed: boolean
  /** Where the source goes on if nothing comes over this connection. Absent: that is not known before a message has come. */
  readonly position?: Json | undefined
  /** What is fetched otherwise to fill the gap before its messages. Its pages come first; no message is taken meanwhile. */
  readonly fill?: AsyncIterable<FilledPage>
  /** Asked after `fill` of a connection that resumes: what is missing all the same, and since when (milliseconds since the Unix epoch) if that is known. */
  unfilled?(): { readonly since: number | undefined } | undefined
  /** When the source was heard last, milliseconds since the Unix epoch, when signs of life count that are no messages. */
  heardAt?(): number | undefined
  /** How long the source wants to be left alone after this connection, milliseconds. */
  retryMs?(): number | undefined
  /** Why messages are missing after this connection, when it is not just that it was lost. */
  gapReason?(): SourceGap['reason'] | undefined
  close(): void
}

export interface FilledPage extends Omit<Page, 'cursor' | 'gap'> {
  readonly position: Json | undefined
}

/** The source does not know the position that it was to go on from. */
export class ResumeRefused extends Error {
  override readonly name = 'ResumeRefused'
}

export interface LiveSource {
  /** Names what is asked: the checkpoints of another name are not used. */
  readonly of: string
  readonly segment: SegmentLimits
  readonly reconnect: ReconnectLimits
  /** Opens a connection that goes on from the position, or begins with what is new. Rejects like `messages` of the connection. */
  connect(position: Json | undefined): Promise<LiveConnection>
  readonly draw?: Draw
}

/** A connection that held so long makes good what failed before it, milliseconds. */
const goodStretchMs = 60_000

/** A source that was never reached is more likely wrong than lost: so many failures are enough to say so, and soon. */
const failuresAtFirst = 3

/** A source that asks for more patience ends the run, which is tried again when the source wants it, milliseconds. */
const longestAskedMs = 300_000

/** The first segment of a connection comes so soon after its first message, whatever the limits, milliseconds. */
const firstSegmentMs = 1000

/**
 * The pages of a live source: connects, gathers segments, and connects again when the connection is lost, until it is drained or aborted. A
 * segment belongs to one connection. Where the source could not go on from the checkpoint, the first page after it says what is missing.
 * @throws WeaverError what nobody mends by waiting, at once; anything else after `maxFailures` failures in a row (fewer when the source was never reached), or when the source asks
 * for a longer wait than a run should spend.
 */
export async function* livePages(context: AdapterContext, source: LiveSource): AsyncGenerator<Page> {
  const { clock, drain, signal, log } = context
  const walk = new Walk(context, source)
  const ending = AbortSignal.any([signal, drain])
  const stopped = (): boolean => {
    signal.throwIfAborted()
    return drain.aborted
  }
  while (!stopped()) {
    let connection: LiveConnection | undefined
    let error: unknown
    try {
      connection = await unless(source.connect(walk.position), ending, (late) => late.close())
      if (connection === undefined) continue
      yield* walk.over(connection)
    } catch (thrown) {
      error = thrown
    } finally {
      connection?.close()
    }
    if (stopped()) return
    const waitMs = walk.lost(connection, error)
    if (waitMs === 0) continue
    log.info(
      { waitMs, failures: walk.failures, code: error instanceof WeaverError ? error.code : undefined },
      'live source is connected again',
    )
    await clock.sleep(waitMs, ending).catch(() => {})
  }
}

/** What is remembered from one connection to the next. */
class Walk {
  readonly #context: AdapterContext
  readonly #source: LiveSource
  position: Json | undefined
  failures = 0
  /** The last time that is known to be complete, milliseconds since the Unix epoch. */
  #completeAt: number | undefined
  /** The same when the connection was opened. */
  #completeBefore: number | undefined
  #gap: { readonly since: number; readonly reason: SourceGap['reason']; until: number } | undefined
  #gapReason: SourceGap['reason'] = 'start'
  #openedAt = 0
  /** It was connected once, in this run or before. */
  #reached: boolean
  /** Somebody who takes over finds a checkpoint. */
  #isKnown: boolean
  #messages = 0

  constructor(context: AdapterContext, source: LiveSource) {
    this.#context = context
    this.#source = source
    const checkpoint = readLiveCheckpoint(context.cursor, source.of)
    this.#reached = checkpoint !== undefined
    this.#isKnown = checkpoint !== undefined
    this.position = checkpoint?.position
    this.#completeAt = checkpoint?.at
  }

  /** The pages of a connection. */
  async *over(connection: LiveConnection): AsyncGenerator<Page> {
    const { clock, drain, signal } = this.#context
    const { segment: limits } = this.#source
    this.#opened(connection, clock.now())
    await this.#begun(connection)
    yield* this.#filled(connection)
    if (drain.aborted) return
    const { request, response } = connection.facts
    const askedAt = Date.parse(response.receivedAt) - response.durationMs
    const soon = { ...limits, firstMs: Math.min(limits.ms, firstSegmentMs) }
    for await (const segment of segments(this.#counted(connection.messages), soon, clock, drain, signal)) {
      const gap = this.#takeGap()
      this.#moved(segment.position)
      const receivedAt = new Date(segment.lastAt).toISOString()
      const facts = { request, response: { ...response, receivedAt, durationMs: Math.max(0, segment.lastAt - askedAt) } }
      yield { body: segment.body, ...facts, ...this.#checkpoint(segment.lastAt), ...(gap === undefined ? {} : { gap }) }
    }
  }

  /**
   * The first connection of a stream: where it begins is remembered before anything has come, so that whoever takes over goes on from
   * there, or knows since when something is missing.
   */
  async #begun({ position }: LiveConnection): Promise<void> {
    if (this.position === undefined) this.#moved(position)
    if (this.#isKnown) return
    const { signal } = this.#context
    const { cursor } = this.#checkpoint(this.#openedAt)
    await unless(this.#context.checkpoint?.(cursor) ?? Promise.resolve(), signal)
    signal.throwIfAborted()
    this.#isKnown = true
  }

  /** What was fetched to fill the gap. A drain does not wait for it. */
  async *#filled(connection: LiveConnection): AsyncGenerator<Page> {
    const { clock, drain } = this.#context
    const fill = connection.fill?.[Symbol.asyncIterator]()
    if (fill === undefined) return
    try {
      for (;;) {
        const next = await unless(fill.next(), drain)
        if (next === undefined || next.done === true) break
        const { position, ...page } = next.value
        const gap = this.#takeGap()
        this.#moved(position)
        // Behind these pages there may be more to fill: until then it is as complete as it was before.
        const at = connection.resumed ? (this.#completeAt ?? clock.now()) : clock.now()
        yield { ...page, ...this.#checkpoint(at), ...(gap === undefined ? {} : { gap }) }
      }
    } finally {
      // Not awaited: a request may still be under way.
      fill.return?.(undefined).catch(() => {})
    }
    const unfilled = connection.unfilled?.()
    if (unfilled === undefined || drain.aborted) return
    const since = unfilled.since ?? this.#completeAt ?? this.#openedAt
    this.#gap = { since: Math.min(since, this.#openedAt), until: this.#openedAt, reason: this.#gapReason }
  }

  /**
   * A connection is over, or none was made. Answers how long to wait for the next one, milliseconds; 0: not at all.
   * @throws the error when waiting does not mend it, or when it is one too many
   */
  lost(connection: LiveConnection | undefined, error: unknown): number {
    const { clock } = this.#context
    const { reconnect, draw } = this.#source
    if (error instanceof ResumeRefused && this.position !== undefined) {
      this.position = undefined
      if (connection !== undefined) this.#completeAt = this.#completeBefore
      this.#gapReason = 'resumeRefused'
      return 0
    }
    if (connection !== undefined) {
      // One that went on from a position may have been lost before all behind it came; only its messages tell how far it was.
      if (!connection.resumed) this.#completeAt = Math.max(this.#completeAt ?? 0, this.#openedAt, connection.heardAt?.() ?? 0)
      this.#gapReason = connection.gapReason?.() ?? 'reconnect'
    }
    const heldMs = connection === undefined ? 0 : clock.now() - this.#openedAt
    if (heldMs >= goodStretchMs || (error === undefined && this.#messages > 0)) this.failures = 0
    if (error !== undefined || this.#messages === 0) this.#failed(error ?? closedAtOnce())
    const askedMs = (error instanceof WeaverError ? error.retryAfterMs : undefined) ?? 0
    if (askedMs > longestAskedMs) throw error
    return backoffMs(this.failures, reconnect, Math.max(askedMs, Math.min(connection?.retryMs?.() ?? 0, reconnect.maxMs)), draw)
  }

  #failed(error: unknown): void {
    if (!isTrouble(error)) throw error
    this.failures += 1
    const { maxFailures } = this.#source.reconnect
    if (this.failures >= (this.#reached ? maxFailures : Math.min(maxFailures, failuresAtFirst))) throw error
  }

  #opened(connection: LiveConnection, now: number): void {
    this.#openedAt = now
    this.#reached = true
    this.#completeBefore = this.#completeAt
    this.#messages = 0
    if (connection.resumed || this.#completeAt === undefined) {
      // It goes on behind the last page: whatever was missing before has come.
      if (connection.resumed) this.#gap = undefined
      return
    }
    this.#gap = { since: this.#gap?.since ?? this.#completeAt, until: now, reason: this.#gap?.reason ?? this.#gapReason }
  }

  async *#counted(messages: AsyncIterable<LiveMessage>): AsyncGenerator<LiveMessage> {
    for await (const message of messages) {
      this.#messages += 1
      this.#completeAt = message.at
      yield message
    }
  }

  #takeGap(): SourceGap | undefined {
    if (this.#gap === undefined) return undefined
    const { since, until, reason } = this.#gap
    this.#gap = undefined
    return { since: new Date(since).toISOString(), until: new Date(until).toISOString(), reason }
  }

  #moved(position: Json | undefined): void {
    if (position !== undefined) this.position = position
  }

  #checkpoint(at: number): { readonly cursor: Json } {
    return { cursor: liveCheckpoint(this.#source.of, { at, position: this.position }) }
  }
}

/** Waiting may mend it. A message that is too large is one among many: the next connection may well be without it. */
const isTrouble = (error: unknown): boolean => error instanceof WeaverError && (error.retryable || error.code === 'source_too_large')

const closedAtOnce = () => new WeaverError('source_truncated', 'The source closed the connection without a message')

/** What the promise gives, or undefined when the signal is first; what comes after that is handed to `late`. */
async function unless<T>(promise: Promise<T>, signal: AbortSignal, late: (value: T) => void = () => {}): Promise<T | undefined> {
  if (signal.aborted) {
    promise.then(late, () => {})
    return undefined
  }
  const stopped = Promise.withResolvers<undefined>()
  const stop = () => stopped.resolve(undefined)
  signal.addEventListener('abort', stop)
  try {
    const first = await Promise.race([promise, stopped.promise])
    if (first === undefined) promise.then(late, () => {})
    return first
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
