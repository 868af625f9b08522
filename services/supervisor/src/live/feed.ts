import type { ChangePosition, DocumentChange } from '@data-weaver/contracts'
import { isAfter } from '../event-client.ts'
import type { SupervisorParts } from '../parts.ts'
import { WakeUp } from '../wake-up.ts'
import type { LiveClient } from './client.ts'
import { maxLiveFieldsBytes } from './messages.ts'
import { endings } from './transport.ts'

/** Changes read at once. With the largest fields that are sent that is 12.5 MiB. */
const batch = 200
/** How often the shared reader looks without a notification, milliseconds. */
const pollMs = 5000
/**
 * After a notification the reader looks again at these distances, milliseconds: what is committed shows only when no older
 * transaction is open any more.
 */
const lookAgainMs = [20, 40, 80, 160, 320, 640, 1280] as const
/** A connection that stays silent is cut by proxies, milliseconds. */
const heartbeatMs = 15_000
/** Pause after an error of the database, milliseconds. */
const errorPauseMs = 1000
/** Longest pause between two passes, milliseconds. */
const longestRestMs = 100

type LiveParts = Pick<SupervisorParts, 'documents' | 'listener' | 'clock' | 'log'>

/** From the first client to the last. */
interface Session {
  readonly over: AbortController
  readonly unsubscribe: () => void
  /** Resolves when it is known from where on the shared reader reads. */
  readonly begun: Promise<void>
}

/**
 * Carries new and changed documents to all live clients. One reader serves all that are level with the changes; a client that resumes reads
 * for itself until it is level. While nobody listens nothing runs.
 */
export class LiveFeed {
  readonly #parts: LiveParts
  readonly #clients = new Set<LiveClient>()
  readonly #live = new Set<LiveClient>()
  readonly #bell: WakeUp
  #session: Session | undefined
  #position: ChangePosition = { txid: '0', seq: 0 }

  constructor(parts: LiveParts) {
    this.#parts = parts
    this.#bell = new WakeUp(parts.clock)
  }

  get size(): number {
    return this.#clients.size
  }

  /** Serves the client until it or the server is gone. */
  async serve(client: LiveClient): Promise<void> {
    this.#clients.add(client)
    const session = this.#begin()
    client.onClose(() => this.#leave(client))
    await session.begun
    if (client.closed) return
    const { after } = client.request
    client.greet(after ?? this.#position)
    if (after !== undefined) return await this.#catchUp(client, after)
    client.from = this.#position
    this.#live.add(client)
    this.#bell.ring()
  }

  /** Ends all clients. They come back and resume. */
  close(): void {
    for (const client of [...this.#clients]) client.end(endings.goingAway)
  }

  #begin(): Session {
    if (this.#session !== undefined) return this.#session
    const { listener, log } = this.#parts
    const over = new AbortController()
    const unsubscribe = listener.on('weaver_documents', () => this.#bell.ring())
    const begun = this.#findEnd(over.signal)
    this.#session = { over, unsubscribe, begun }
    const failed = (error: unknown) => log.error({ err: error }, 'live feed ended unexpectedly')
    begun.then(() => this.#read(over.signal)).catch(failed)
    this.#beat(over.signal).catch(failed)
    return this.#session
  }

  #leave(client: LiveClient): void {
    this.#clients.delete(client)
    this.#live.delete(client)
    if (this.#clients.size > 0 || this.#session === undefined) return
    this.#session.over.abort()
    this.#session.unsubscribe()
    this.#session = undefined
  }

  async #findEnd(signal: AbortSignal): Promise<void> {
    const { documents, clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        const position = await documents.changes.end()
        if (!signal.aborted) this.#position = position
        return
      } catch (error) {
        log.warn({ err: error }, 'the end of the changes could not be found')
        await clock.sleep(errorPauseMs, signal).catch(() => {})
      }
    }
  }

  /**
   * Reads for one client until it is level with the shared reader, and hands it over to that without a gap: when little is missing, what the
   * shared reader finds from here on is held back for the client until that little is read.
   */
  async #catchUp(client: LiveClient, after: ChangePosition): Promise<void> {
    const { documents, clock, log } = this.#parts
    let position = after
    let heldFrom: ChangePosition | undefined
    while (!client.closed) {
      const upTo = heldFrom ?? this.#position
      let changes: readonly DocumentChange[] = []
      if (isAfter(upTo, position)) {
        const { streams } = client.request
        const query = { after: position, upTo, limit: batch, maxFieldsBytes: maxLiveFieldsBytes }
        try {
          changes = await documents.changes.read(streams === undefined ? query : { ...query, streams })
        } catch (error) {
          log.warn({ err: error }, 'changes could not be read')
          await clock.sleep(errorPauseMs, client.signal).catch(() => {})
          continue
        }
      }
      const isFull = changes.length === batch
      const last = changes.at(-1)
      if (isFull && last !== undefined) position = last.position
      else if (isAfter(upTo, position)) position = upTo
      client.write(client.encode(changes), position)
      if (isFull) {
        await client.drained(clock)
        continue
      }
      if (heldFrom !== undefined) return client.release()
      heldFrom = this.#position
      // A client may be ahead: its supervisor before this one was.
      client.from = isAfter(position, heldFrom) ? position : heldFrom
      client.hold()
      this.#live.add(client)
      this.#bell.ring()
    }
  }

  /** The shared reader. */
  async #read(signal: AbortSignal): Promise<void> {
    const { documents, clock, log } = this.#parts
    let step = 0
    while (!signal.aborted) {
      let limitMs = lookAgainMs[step] ?? pollMs
      if (this.#live.size > 0) {
        try {
          const changes = await documents.changes.read({ after: this.#position, limit: batch, maxFieldsBytes: maxLiveFieldsBytes })
          if (signal.aborted) return
          const began = clock.monotonic()
          this.#pass(changes)
          // Half of the time at most goes into this, however many documents and clients there are: requests are answered all the while.
          const restMs = Math.min(clock.monotonic() - began, longestRestMs)
          if (restMs > 1) await clock.sleep(restMs, signal).catch(() => {})
          if (changes.length === batch) continue
        } catch (error) {
          log.warn({ err: error }, 'changes could not be read')
          limitMs = errorPauseMs
        }
      }
      const rang = await this.#bell.wait(limitMs, signal)
      step = rang ? 0 : step + 1
    }
  }

  #pass(changes: readonly DocumentChange[]): void {
    const last = changes.at(-1)
    if (last === undefined) return
    const before = this.#position
    this.#position = last.position
    const shared = new Map<string, Buffer>()
    for (const client of this.#live) {
      const { from, key } = client
      if (from !== undefined && isAfter(from, before)) {
        client.offer(
          client.encode(changes.filter(({ position }) => isAfter(position, from))),
          isAfter(from, last.position) ? from : last.position,
        )
        continue
      }
      let bytes = shared.get(key)
      if (bytes === undefined) shared.set(key, (bytes = client.encode(changes)))
      client.offer(bytes, last.position)
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    while (!signal.aborted) {
      await clock.sleep(heartbeatMs, signal).catch(() => {})
      if (signal.aborted) return
      for (const client of [...this.#clients]) client.beat(clock.now())
    }
  }
}
