import { type ResultEvent, resultEventName, type WorkerAvailableEvent, workerAvailableEventName } from '@data-weaver/contracts'
import type { FeedEntry } from '@data-weaver/ledger'
import { type EventClient, isAfter } from './event-client.ts'
import { type SupervisorParts, tenant } from './parts.ts'
import { WakeUp } from './wake-up.ts'

/** Entries read at once. */
const batch = 500
/** How often the shared reader looks without a notification, milliseconds. */
const pollMs = 5000
/**
 * After a notification the reader looks again at these distances, milliseconds: what is committed shows only when no older
 * transaction is open any more.
 */
const lookAgainMs = [20, 40, 80, 160, 320, 640, 1280] as const
/** A connection that stays silent is cut by proxies, milliseconds. */
const heartbeatMs = 15_000
/** Pause after an error of the ledger, milliseconds. */
const errorPauseMs = 1000

type FeedParts = Pick<SupervisorParts, 'ledger' | 'listener' | 'clock' | 'log'>

/**
 * Carries results and notices to all event clients. One reader serves all that are level with the log; a client that resumes reads
 * for itself until it is level. While nobody listens nothing runs.
 */
export class EventFeed {
  readonly #parts: FeedParts
  readonly #clients = new Set<EventClient>()
  readonly #live = new Set<EventClient>()
  readonly #bell: WakeUp
  #session: { readonly over: AbortController; readonly unsubscribe: readonly (() => void)[] } | undefined
  #position: FeedEntry['position'] | undefined

  constructor(parts: FeedParts) {
    this.#parts = parts
    this.#bell = new WakeUp(parts.clock)
  }

  get size(): number {
    return this.#clients.size
  }

  /** Serves the client until it or the server is gone. */
  async serve(client: EventClient): Promise<void> {
    this.#clients.add(client)
    this.#begin()
    client.onClose(() => this.#leave(client))
    await this.#catchUp(client)
  }

  /** Ends all clients. They come back and resume. */
  close(): void {
    for (const client of [...this.#clients]) client.end()
  }

  #begin(): void {
    if (this.#session !== undefined) return
    const { listener, log } = this.#parts
    const over = new AbortController()
    const unsubscribe = [
      listener.on('weaver_results', () => this.#bell.ring()),
      listener.on('weaver_worker_available', (payload) => this.#announce(payload)),
    ]
    this.#session = { over, unsubscribe }
    const failed = (error: unknown) => log.error({ err: error }, 'event feed ended unexpectedly')
    this.#read(over.signal).catch(failed)
    this.#beat(over.signal).catch(failed)
  }

  #leave(client: EventClient): void {
    this.#clients.delete(client)
    this.#live.delete(client)
    if (this.#clients.size > 0 || this.#session === undefined) return
    this.#session.over.abort()
    for (const unsubscribe of this.#session.unsubscribe) unsubscribe()
    this.#session = undefined
    this.#position = undefined
  }

  /** Reads for one client until it is level with the shared reader, and hands it over to that without a gap. */
  async #catchUp(client: EventClient): Promise<void> {
    const { ledger, clock, log } = this.#parts
    while (!client.closed) {
      try {
        const entries = await ledger.readFeed(client.position, batch)
        for (const entry of entries) deliver(client, entry)
        if (entries.length === batch) {
          await client.drained(clock)
          continue
        }
      } catch (error) {
        log.warn({ err: error }, 'events could not be read')
        await clock.sleep(errorPauseMs, client.signal).catch(() => {})
        continue
      }
      if (client.closed) return
      // Nothing may be awaited from here on: between the comparison and the handover the shared reader must not move.
      this.#position ??= client.position
      if (isAfter(this.#position, client.position)) continue
      this.#live.add(client)
      this.#bell.ring()
      return
    }
  }

  /** The shared reader. */
  async #read(signal: AbortSignal): Promise<void> {
    const { ledger, log } = this.#parts
    let step = 0
    while (!signal.aborted) {
      let limitMs = lookAgainMs[step] ?? pollMs
      const position = this.#position
      if (position !== undefined && this.#live.size > 0) {
        try {
          const entries = await ledger.readFeed(position, batch)
          if (signal.aborted) return
          this.#pass(entries)
          if (entries.length === batch) continue
        } catch (error) {
          log.warn({ err: error }, 'events could not be read')
          limitMs = errorPauseMs
        }
      }
      const rang = await this.#bell.wait(limitMs, signal)
      step = rang ? 0 : step + 1
    }
  }

  #pass(entries: readonly FeedEntry[]): void {
    for (const entry of entries) {
      for (const client of this.#live) if (isAfter(entry.position, client.position)) deliver(client, entry)
    }
    const last = entries.at(-1)
    if (last !== undefined) this.#position = last.position
  }

  async #beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(heartbeatMs, signal).catch(() => {})
      if (signal.aborted) return
      for (const client of this.#clients) client.beat()
    }
  }

  /** Passes on that a worker is up. An empty payload says that notifications may have been lost; there is nothing to pass on then. */
  #announce(payload: string): void {
    const notice = readNotice(payload)
    if (notice === undefined) return
    const { worker, host, pools } = notice
    const event: WorkerAvailableEvent = { worker, host, pools: [...pools], timestamp: unixSeconds(this.#parts.clock.now()) }
    for (const client of this.#clients) if (client.streamId === undefined) client.send(workerAvailableEventName, event)
  }
}

function deliver(client: EventClient, entry: FeedEntry): void {
  if (entry.tenant !== tenant || (client.streamId !== undefined && client.streamId !== entry.streamId)) {
    client.pass(entry.position)
    return
  }
  const event: ResultEvent = {
    adapter: entry.stream,
    payload: { id: entry.resultId, filename: entry.key },
    timestamp: unixSeconds(entry.committedAt),
  }
  client.send(resultEventName, event, entry.position)
}

const unixSeconds = (milliseconds: number): string => String(Math.floor(milliseconds / 1000))

function readNotice(payload: string): { worker: string; host: string; pools: readonly string[] } | undefined {
  if (payload === '') return undefined
  let notice: Partial<Record<'worker' | 'host' | 'pools', unknown>> | null
  try {
    notice = JSON.parse(payload) as typeof notice
  } catch {
    return undefined
  }
  const { worker, host, pools } = notice ?? {}
  if (typeof worker !== 'string' || typeof host !== 'string' || !Array.isArray(pools)) return undefined
  return { worker, host, pools: pools.map(String) }
}
