import { WeaverError } from '@data-weaver/contracts'
import type { WebSocketConnection } from '@data-weaver/contracts'
import type { RawData, WebSocket } from 'ws'
import type { Deadline } from './deadlines.ts'
import { codeOf } from './failure.ts'
import { Inbox } from './inbox.ts'
import type { Supply } from './inbox.ts'
import { Hold } from './way.ts'
import type { Way } from './way.ts'

export interface OpenWebSocketOptions {
  readonly way: Way
  /** Open and paused. */
  readonly websocket: WebSocket
  readonly facts: WebSocketConnection['facts']
  /** Redacted, for messages. */
  readonly host: string
  readonly idleTimeoutMs: number | undefined
  readonly pingMs: number | undefined
  readonly maxMessageBytes: number
}

/** How long the other side may take to answer our close. Milliseconds. */
const CLOSE_TIMEOUT_MS = 1000
const CLOSED_WELL = new Set([1000, 1001, 1005])
const TOO_LARGE = new Set(['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'])

/** A WebSocket that is open, until one side or the run ends it. */
export class OpenWebSocket implements WebSocketConnection, Supply {
  readonly protocol: string
  readonly facts: WebSocketConnection['facts']
  readonly messages: Inbox<string | Uint8Array> = new Inbox(this)
  readonly #options: OpenWebSocketOptions
  readonly #hold: Hold
  #lastHeard: number
  #silence: Deadline | null = null
  #nextPing: Deadline | null = null
  #closing: Deadline | null = null
  /** Why it ended, when it was not in good order. */
  #reason: unknown

  /** @throws the signal's reason when the run is over */
  constructor(options: OpenWebSocketOptions) {
    const { way, websocket } = options
    this.#options = options
    this.protocol = websocket.protocol
    this.facts = options.facts
    this.#lastHeard = way.settings.clock.monotonic()
    websocket.removeAllListeners('error')
    websocket.on('error', (error) => this.#fail(this.#explain(error)))
    websocket.on('close', (code) => this.#closed(code))
    websocket.on('message', (data, binary) => this.#take(data, binary))
    for (const sign of ['ping', 'pong'] as const) websocket.on(sign, () => this.#heard())
    try {
      this.#hold = new Hold(way, (reason) => this.#abort(reason))
    } catch (error) {
      websocket.terminate()
      throw error
    }
    this.#watch(options.idleTimeoutMs)
    this.#ping()
    // It may have closed between the handshake and now.
    if (websocket.readyState === websocket.CLOSED) this.#closed(1006)
    else websocket.resume()
  }

  send(message: string | Uint8Array): Promise<void> {
    const { websocket, host } = this.#options
    return new Promise((resolve, reject) => {
      websocket.send(message, { binary: typeof message !== 'string' }, (error) => {
        if (error === undefined || error === null) resolve()
        else reject((this.#reason ?? new WeaverError('source_truncated', `The WebSocket to "${host}" is closed`)) as Error)
      })
    })
  }

  close(): void {
    const { websocket, way } = this.#options
    this.messages.end()
    if (websocket.readyState === websocket.CLOSED || this.#closing !== null) return
    this.#closing = way.deadlines.set(CLOSE_TIMEOUT_MS, () => websocket.terminate())
    websocket.close(1000)
    // The answer to the close comes after whatever is on its way, which nobody wants any more.
    websocket.resume()
  }

  pause(): void {
    this.#options.websocket.pause()
  }

  resume(): void {
    const { websocket } = this.#options
    if (websocket.readyState !== websocket.OPEN) return
    // It was us who did not listen.
    this.#heard()
    websocket.resume()
  }

  done(): void {
    this.close()
  }

  #heard(): void {
    this.#lastHeard = this.#options.way.settings.clock.monotonic()
  }

  #take(data: RawData, binary: boolean): void {
    this.#heard()
    const bytes = data as Buffer
    this.messages.push(binary ? new Uint8Array(bytes) : bytes.toString('utf8'), bytes.length)
  }

  /** A silence is measured from what was heard last, so that a message costs a look at the clock and no more. */
  #watch(idleTimeoutMs: number | undefined): void {
    if (idleTimeoutMs === undefined) return
    const { way, host } = this.#options
    const check = () => {
      if (this.messages.paused) this.#heard()
      const left = this.#lastHeard + idleTimeoutMs - way.settings.clock.monotonic()
      if (left > 0) this.#silence = way.deadlines.set(left, check)
      else this.#fail(new WeaverError('source_timeout', `The WebSocket to "${host}" was silent for ${idleTimeoutMs} ms`))
    }
    this.#silence = way.deadlines.set(idleTimeoutMs, check)
  }

  #ping(): void {
    const { websocket, way, pingMs } = this.#options
    if (pingMs === undefined) return
    this.#nextPing = way.deadlines.set(pingMs, () => {
      if (websocket.readyState !== websocket.OPEN) return
      // A side that does not read gets no heap of them: one waits at most.
      if (websocket.bufferedAmount === 0) websocket.ping(undefined, undefined, () => {})
      this.#ping()
    })
  }

  #explain(error: Error): WeaverError {
    if (error instanceof WeaverError) return error
    const { host, maxMessageBytes } = this.#options
    const code = codeOf(error)
    if (TOO_LARGE.has(code)) {
      return new WeaverError('source_too_large', `"${host}" sent a message larger than ${maxMessageBytes} bytes`)
    }
    if (code.startsWith('WS_ERR_')) return new WeaverError('source_malformed', `"${host}" sent what is not a WebSocket message (${code})`)
    return new WeaverError('source_truncated', `The WebSocket to "${host}" was lost${code === '' ? '' : ` (${code})`}`)
  }

  #fail(error: unknown): void {
    this.#reason ??= error
    this.messages.fail(error)
    this.#options.websocket.terminate()
  }

  #abort(reason: unknown): void {
    this.#reason ??= reason
    this.messages.abort(reason)
    this.#options.websocket.terminate()
  }

  #closed(code: number): void {
    const { way, host } = this.#options
    this.#hold.release()
    for (const deadline of [this.#silence, this.#nextPing, this.#closing]) if (deadline !== null) way.deadlines.clear(deadline)
    if (CLOSED_WELL.has(code)) this.messages.end()
    const how = code === 1006 ? 'was lost' : `was closed with the code ${code}`
    this.messages.fail(new WeaverError('source_truncated', `The WebSocket to "${host}" ${how}`))
  }
}
