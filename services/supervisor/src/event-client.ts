import type { ServerResponse } from 'node:http'
import type { Clock } from '@data-weaver/contracts'
import type { FeedPosition } from '@data-weaver/ledger'

/** A client that has more than this unread is cut off; it comes back and resumes, bytes. */
const maxBacklogBytes = 4 * 2 ** 20
/** What a client that catches up may have unread before more is read for it, bytes. */
const catchUpBacklogBytes = 256 * 1024
/** How long a client that catches up may take to read what it was sent, milliseconds. */
const drainMs = 60_000
/** What a browser waits before it comes back, milliseconds. */
const retryMs = 2000

export const formatPosition = ({ txid, seq }: FeedPosition): string => `${txid}-${Math.max(seq, 0)}`

/** The place that an event id names, undefined when it is none. */
export function parsePosition(text: string): FeedPosition | undefined {
  const [, txid, seq] = /^(\d{1,19})-(\d{1,15})$/.exec(text) ?? []
  return txid === undefined || seq === undefined ? undefined : { txid: BigInt(txid).toString(), seq: Number(seq) }
}

/** Whether `a` lies behind `b` in the log. */
export const isAfter = (a: FeedPosition, b: FeedPosition): boolean => {
  if (a.txid === b.txid) return a.seq > b.seq
  return a.txid.length === b.txid.length ? a.txid > b.txid : a.txid.length > b.txid.length
}

/** One connection that events are written to. */
export class EventClient {
  readonly #response: ServerResponse
  readonly #over = new AbortController()
  #position: FeedPosition
  /** The place that the client knows of. */
  #sent: FeedPosition
  /** Only results of this stream; undefined: all of them, and notices. */
  readonly streamId: string | undefined

  constructor(response: ServerResponse, position: FeedPosition, streamId: string | undefined) {
    this.#response = response
    this.#position = position
    this.#sent = position
    this.streamId = streamId
    response.once('close', () => this.#over.abort())
    // A write that meets a broken connection is reported here, perhaps more than once.
    response.on('error', () => this.#over.abort())
    // The id lets a client resume that is cut off before its first event.
    this.#write(`retry: ${retryMs}\nid: ${formatPosition(position)}\n: connected\n\n`)
  }

  get position(): FeedPosition {
    return this.#position
  }

  get closed(): boolean {
    return this.#over.signal.aborted
  }

  get signal(): AbortSignal {
    return this.#over.signal
  }

  onClose(callback: () => void): void {
    if (this.closed) callback()
    else this.signal.addEventListener('abort', callback, { once: true })
  }

  /** Sends an event; with a position it is one of the log, and the client resumes behind it. */
  send(event: string, data: object, position?: FeedPosition): void {
    const id = position === undefined ? '' : `id: ${formatPosition(position)}\n`
    if (position !== undefined) this.#sent = this.#position = position
    this.#write(`${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** The log went on, with something that is not for this client. */
  pass(position: FeedPosition): void {
    this.#position = position
  }

  /** A sign of life; it also tells how far the log was read, so that a client that hears little need not resume from long ago. */
  beat(): void {
    const moved = isAfter(this.#position, this.#sent)
    this.#sent = this.#position
    this.#write(moved ? `id: ${formatPosition(this.#position)}\n: heartbeat\n\n` : ': heartbeat\n\n')
  }

  /** Waits until little enough is unread, or cuts the client off. */
  async drained(clock: Clock): Promise<void> {
    if (this.#response.writableLength <= catchUpBacklogBytes) return
    const drained = Promise.withResolvers<boolean>()
    const onDrain = () => drained.resolve(true)
    this.#response.once('drain', onDrain)
    const over = new AbortController()
    const late = clock.sleep(drainMs, AbortSignal.any([this.signal, over.signal])).then(
      () => false,
      () => true,
    )
    const inTime = await Promise.race([drained.promise, late])
    over.abort()
    this.#response.off('drain', onDrain)
    if (!inTime) this.#cutOff()
  }

  end(): void {
    this.#response.end()
    this.#over.abort()
  }

  #write(text: string): void {
    if (this.closed) return
    this.#response.write(text)
    if (this.#response.writableLength > maxBacklogBytes) this.#cutOff()
  }

  #cutOff(): void {
    this.#response.destroy()
    this.#over.abort()
  }
}
