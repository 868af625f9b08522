import { isIPv6 } from 'node:net'
import { type Clock, WeaverError } from '@data-weaver/contracts'

/** Wrong tokens that an address may send at once, and how long it takes until it may send one more, milliseconds. */
const allowed = 20
const oneMoreAfterMs = 3000
/** How long an address that had the right token is trusted not to guess, milliseconds. */
const trustMs = 3_600_000
/** Addresses that are remembered. When there are more, the one that was heard of longest ago is forgotten. */
const maxAddresses = 10_000

interface Remembered {
  /** Wrong tokens that are left, as of `at`. */
  left: number
  at: number
  trustedUntil: number
}

/**
 * Keeps an address from trying tokens one after the other. An address from which the right token came within the last hour may go on: a
 * program with an old token must not lock out the people beside it.
 */
export class WrongTokens {
  readonly #clock: Clock
  readonly #addresses = new Map<string, Remembered>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#addresses.size
  }

  /** Called before a token is looked at. @throws WeaverError `too_many_attempts` */
  demandPatience(ip: string): void {
    const remembered = this.#addresses.get(groupOf(ip))
    if (remembered === undefined) return
    const now = this.#clock.monotonic()
    const left = leftAt(remembered, now)
    if (left >= 1 || now < remembered.trustedUntil) return
    const retryAfterMs = Math.ceil((1 - left) * oneMoreAfterMs)
    throw new WeaverError('too_many_attempts', 'too many wrong tokens came from this address; no token is looked at for a moment', {
      retryAfterMs,
    })
  }

  wrong(ip: string): void {
    const remembered = this.#remember(ip)
    remembered.left = Math.max(0, remembered.left - 1)
  }

  right(ip: string): void {
    const trusted = this.#addresses.get(groupOf(ip))?.trustedUntil ?? 0
    // Most requests are right; not each of them has to be written down.
    if (trusted > this.#clock.monotonic() + trustMs / 2) return
    this.#remember(ip).trustedUntil = this.#clock.monotonic() + trustMs
  }

  #remember(ip: string): Remembered {
    const group = groupOf(ip)
    const now = this.#clock.monotonic()
    const known = this.#addresses.get(group)
    const remembered = known ?? { left: allowed, at: now, trustedUntil: 0 }
    remembered.left = leftAt(remembered, now)
    remembered.at = now
    // Behind all others: a map keeps the order of insertion.
    this.#addresses.delete(group)
    this.#addresses.set(group, remembered)
    if (this.#addresses.size > maxAddresses) this.#addresses.delete(this.#addresses.keys().next().value as string)
    return remembered
  }
}

const leftAt = ({ left, at }: Remembered, now: number): number => Math.min(allowed, left + (now - at) / oneMoreAfterMs)

/** Whoever has an IPv6 address usually has 2^64 of them. */
function groupOf(ip: string): string {
  if (!isIPv6(ip) || ip.includes('.')) return ip
  const [head = '', tail] = ip.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}
