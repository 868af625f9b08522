import { createHash } from 'node:crypto'
import type { Clock } from '@data-weaver/contracts'
import type { Vault } from '@data-weaver/vault'
import { tenant } from '../parts.ts'

/** A session ends when nothing was asked with it for this long, milliseconds. */
export const idleMs = 12 * 3_600_000
/** A session ends after this in any case, milliseconds. */
export const longestMs = 7 * 24 * 3_600_000
/** A session that is used is written anew when it was written longer ago than this, milliseconds. */
const renewAfterMs = 5 * 60_000

export interface Session {
  /** Milliseconds since the Unix epoch: when it was signed in, and when it was written last. */
  readonly since: number
  readonly seen: number
}

/**
 * Sessions live in the sealed value of a cookie and nowhere else, so any supervisor with the same key and the same admin token knows them, and
 * none survives a change of either.
 */
export class Sessions {
  readonly #vault: Vault
  readonly #clock: Clock
  readonly #place: { readonly tenant: string; readonly streamId: string; readonly name: string }

  constructor({ vault, clock, adminToken }: { vault: Vault; clock: Clock; adminToken: string }) {
    this.#vault = vault
    this.#clock = clock
    // The seal is bound to the token by its hash; a sealed session opens in no other place, and a stream's secret is no session.
    const name = createHash('sha256').update(`session ${adminToken}`).digest('base64url')
    this.#place = { tenant, streamId: 'session', name }
  }

  begin(): Session {
    const now = this.#clock.now()
    return { since: now, seen: now }
  }

  seal({ since, seen }: Session): string {
    return this.#vault.seal(this.#place, JSON.stringify([since, seen]))
  }

  /** The session that a cookie holds; undefined when it is none of ours or over. */
  open(sealed: string): Session | undefined {
    let session: Session
    try {
      const [since, seen] = JSON.parse(this.#vault.open(this.#place, sealed)) as [number, number]
      session = { since, seen }
    } catch {
      return undefined
    }
    return this.endOf(session) > this.#clock.now() ? session : undefined
  }

  /** When it ends if it is not used again, milliseconds since the Unix epoch. */
  endOf({ since, seen }: Session): number {
    return Math.min(since + longestMs, seen + idleMs)
  }

  /** The same session as of now, when it is time to write it anew. */
  renewed(session: Session): Session | undefined {
    const now = this.#clock.now()
    return now - session.seen > renewAfterMs ? { since: session.since, seen: now } : undefined
  }

  /** Whole seconds until it ends. */
  secondsLeft(session: Session): number {
    return Math.max(0, Math.floor((this.endOf(session) - this.#clock.now()) / 1000))
  }
}
