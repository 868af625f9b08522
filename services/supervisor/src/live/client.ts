import type { ChangePosition, Clock, DocumentChange } from '@data-weaver/contracts'
import { formatPosition } from '../event-client.ts'
import { tenant } from '../parts.ts'
import { encode, encodeSign } from './frames.ts'
import { type Ending, endings, type Transport } from './transport.ts'

/** A client for which more than this waits when there is something new is dropped, bytes. */
const maxBacklogBytes = 4 * 2 ** 20
/** What may wait for a client that catches up before more is read for it, bytes. */
const catchUpBacklogBytes = 256 * 1024
/** How long a client that catches up may take to read what it was sent, milliseconds. */
const drainMs = 60_000

/** What a client asked for. */
export interface LiveRequest {
  /** Undefined: from now on. */
  readonly after: ChangePosition | undefined
  /** Names of streams; undefined: all. */
  readonly streams: readonly string[] | undefined
  /** Milliseconds since the Unix epoch when the client is no longer signed in. */
  readonly until: number
}

/** One connection that documents are written to. */
export class LiveClient {
  readonly #transport: Transport
  readonly #streams: ReadonlySet<string> | undefined
  /** What came while the client was still catching up. */
  #held: { readonly bytes: Buffer; readonly position: ChangePosition }[] | undefined
  #heldBytes = 0
  #position: ChangePosition | undefined
  #sentAtBeat = -1
  readonly request: LiveRequest
  /** Clients with the same key get the same bytes. */
  readonly key: string
  /** What is not after this place is not for the client. */
  from: ChangePosition | undefined

  constructor(transport: Transport, request: LiveRequest) {
    this.#transport = transport
    this.request = request
    this.#streams = request.streams === undefined ? undefined : new Set(request.streams)
    this.key = `${transport.kind} ${request.streams === undefined ? '' : JSON.stringify(request.streams.toSorted())}`
  }

  get closed(): boolean {
    return this.#transport.signal.aborted
  }

  get signal(): AbortSignal {
    return this.#transport.signal
  }

  onClose(callback: () => void): void {
    if (this.closed) callback()
    else this.signal.addEventListener('abort', callback, { once: true })
  }

  /** The bytes of what is for this client; the same for all clients with the same key. */
  encode(changes: readonly DocumentChange[]): Buffer {
    const wanted = changes.filter((change) => change.tenant === tenant && (this.#streams?.has(change.document.stream) ?? true))
    return encode(wanted, this.#transport.kind)
  }

  /** Says where the client begins, so that it can resume even when it is cut off before the first document. */
  greet(position: ChangePosition): void {
    this.#position = position
    this.#transport.write(encodeSign('ready', formatPosition(position), this.#transport.kind))
  }

  /** Writes what lies up to `position`; drops the client when it has not read enough of what came before. */
  offer(bytes: Buffer, position: ChangePosition): void {
    if (this.closed) return
    if (this.#transport.pending() + this.#heldBytes > maxBacklogBytes) {
      this.end(endings.slowConsumer)
    } else if (this.#held !== undefined) {
      if (bytes.byteLength === 0) return
      this.#held.push({ bytes, position })
      this.#heldBytes += bytes.byteLength
    } else {
      this.#position = position
      if (bytes.byteLength > 0) this.#transport.write(bytes)
    }
  }

  /** Writes at once, what catching up has read. */
  write(bytes: Buffer, position: ChangePosition): void {
    if (this.closed) return
    this.#position = position
    if (bytes.byteLength > 0) this.#transport.write(bytes)
  }

  /** From now on what is offered waits until the client is released: it comes after what is still being read. */
  hold(): void {
    this.#held = []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#heldBytes = 0
    for (const { bytes, position } of held) this.write(bytes, position)
  }

  /** A sign of life, and a look whether the client shows one. */
  beat(now: number): void {
    if (now >= this.request.until) return this.end(endings.signedOut)
    const sent = this.#transport.sent()
    const isStuck = this.#transport.pending() > 0 && sent === this.#sentAtBeat
    this.#sentAtBeat = sent
    if (isStuck || !this.#transport.isAnswering()) return this.end(endings.slowConsumer)
    const id = this.#position === undefined ? undefined : formatPosition(this.#position)
    this.#transport.write(encodeSign('heartbeat', id, this.#transport.kind))
    return undefined
  }

  /** Waits until little enough is unread, or drops the client. */
  async drained(clock: Clock): Promise<void> {
    if (this.closed || this.#transport.pending() <= catchUpBacklogBytes) return
    const drained = Promise.withResolvers<boolean>()
    const forget = this.#transport.onDrain(() => drained.resolve(true))
    const over = new AbortController()
    const late = clock.sleep(drainMs, AbortSignal.any([this.signal, over.signal])).then(
      () => false,
      () => true,
    )
    const inTime = await Promise.race([drained.promise, late])
    over.abort()
    forget()
    if (!inTime) this.end(endings.slowConsumer)
  }

  end(ending: Ending): void {
    this.#transport.end(ending)
  }
}
