import { createHash } from 'node:crypto'
import type { Clock } from '@data-weaver/contracts'

export interface Token {
  readonly value: string
  /** Wall-clock time, milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** Tokens that a process keeps at most; the one not used for longest goes first. */
const mostTokens = 1000

/** A token is not used in the last moments of its life: it would expire on the way. Milliseconds. */
const marginMs = 10_000

/**
 * Tokens that were given to this process, so that a stream that runs each second does not log in each second. They are found by all that they
 * were given for, secrets included, so nobody gets what is not theirs; what they are found by is a hash. Lost at the end of the process.
 */
const tokens = new Map<string, Token>()

export const tokenKey = (...givenFor: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(givenFor)).digest('base64')

export function knownToken(key: string, clock: Clock): Token | undefined {
  const token = tokens.get(key)
  if (token === undefined) return undefined
  tokens.delete(key)
  if (token.expiresAt - marginMs <= clock.now()) return undefined
  // Behind all others, so that it goes last.
  tokens.set(key, token)
  return token
}

export function keepToken(key: string, token: Token): void {
  tokens.delete(key)
  tokens.set(key, token)
  for (const oldest of tokens.keys()) {
    if (tokens.size <= mostTokens) break
    tokens.delete(oldest)
  }
}

/** Forgets a token, unless another one has come in its place. */
export function dropToken(key: string, value: string): void {
  if (tokens.get(key)?.value === value) tokens.delete(key)
}
