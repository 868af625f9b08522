import { Pool } from 'undici'
import type { Attempt, Connector } from './connector.ts'

export interface OriginLimits {
  readonly maxConnectionsPerOrigin: number
  readonly connect: Connector
}

/** An idle connection is kept so long when the server does not say otherwise, so that polls of a few seconds find it open. */
const IDLE_MS = 15_000
/** What a server says counts up to here. */
const LONGEST_IDLE_MS = 60_000
/** Status line and headers of an answer together. Bytes. */
const MAX_RESPONSE_HEADER_BYTES = 32 * 1024

/** The connections to one origin, and who waits for them. */
export class Origin {
  readonly pool: Pool
  /** Exchanges sent to the pool and not settled. */
  #open = 0
  /** Those of them that have no connection yet. */
  #waiting = 0
  #freedThisTurn = false
  readonly #attempts = new Set<Attempt>()

  /** `unused` is called when nothing runs and no connection is left; the origin must not be used after that. */
  constructor(origin: string, limits: OriginLimits, unused: () => void) {
    this.pool = new Pool(origin, {
      connections: limits.maxConnectionsPerOrigin,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: LONGEST_IDLE_MS,
      maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
      connect: (options, callback) => {
        const attempt = limits.connect(options, (...result) => {
          this.#attempts.delete(attempt)
          callback(...result)
        })
        this.#attempts.add(attempt)
      },
    })
    const check = () => {
      if (this.#open === 0 && this.pool.stats.connected === 0) unused()
    }
    this.pool.on('disconnect', check).on('connectionError', check)
  }

  /** Counts an exchange and has it sent. */
  enter(send: () => void): void {
    this.#open += 1
    this.#waiting += 1
    // A connection can take its next request only one turn after it has ended the last. Without this wait a
    // sequence of requests would always open a second connection.
    if (this.#freedThisTurn) setImmediate(send)
    else send()
  }

  /** An exchange has got its connection. */
  begun(): void {
    this.#waiting -= 1
  }

  /** An exchange is settled. When nobody waits for a connection any more, those being made are given up. */
  leave(hadConnection: boolean): void {
    this.#open -= 1
    if (hadConnection) {
      if (!this.#freedThisTurn) setImmediate(() => (this.#freedThisTurn = false))
      this.#freedThisTurn = true
      return
    }
    this.#waiting -= 1
    if (this.#waiting === 0) for (const attempt of [...this.#attempts]) attempt.abandon()
  }
}
