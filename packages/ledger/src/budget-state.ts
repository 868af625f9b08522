import type { BudgetPolicy } from '@data-weaver/contracts'

/** How a budget is shared out, as pure functions: who may send now, and when the others should come back. All times are milliseconds. */

/** Grants of one policy, oldest first. Grants of the same short moment are one entry, with the time of the last. */
export interface PolicyUsage extends BudgetPolicy {
  readonly grants: readonly (readonly [at: number, count: number])[]
}

/** A request under way that counts for the concurrency. */
export interface BudgetLease {
  readonly id: string
  readonly runId: string
  readonly until: number
}

export interface BudgetState {
  readonly policies: readonly BudgetPolicy[]
  readonly concurrency: number | null
  readonly usage: readonly PolicyUsage[]
  readonly leases: readonly BudgetLease[]
  readonly turn: number
  readonly blockedUntil: number | null
  readonly remaining: number | null
  readonly resetAt: number | null
}

export interface Reservation {
  readonly runId: string
  readonly streamId: string
  /** Order of the line; runs of different streams have the same places, so streams take turns. */
  readonly place: number
  readonly since: number
  readonly dueAt: number
  readonly expiresAt: number
}

/** Those who wait, as far as a decision needs them. */
export interface Line {
  /** Reservations of the asking runs, and all that are due. */
  readonly reservations: readonly Reservation[]
  /** How many wait at each place. */
  readonly places: ReadonlyMap<number, number>
  /** Last place of each asking stream. */
  readonly last: ReadonlyMap<string, number>
}

export interface Asking {
  readonly runId: string
  readonly streamId: string
  /** Names the request, for its release. */
  readonly requestId: string
  /** How long it counts for the concurrency without being renewed. */
  readonly leaseMs: number
}

/** `wait`: come back at `until`; the run waits `since` then. */
export type Verdict = { readonly granted: true } | { readonly granted: false; readonly until: number; readonly since: number }

export interface Decision {
  readonly state: BudgetState
  /** In the order of the askers. */
  readonly verdicts: readonly Verdict[]
  readonly reserved: readonly Reservation[]
  /** Runs whose reservations are used up. */
  readonly served: readonly string[]
}

/** A policy's past is kept in about so many entries; a grant may leave its window late by this part of it, and never early. */
const grain = 64
/** How long a run that is due may take to come back before its place is given away: as long as it was told to wait, within these. */
export const leastGraceMs = 2000
const graceMs = 15_000
/** Guess of how long a request takes, for runs that wait for one of few at once. */
const turnoverMs = 200
/** Runs that waited for the same moment come this much apart. */
const spacingMs = 50

export const limited = ({ policies, concurrency }: Pick<BudgetState, 'policies' | 'concurrency'>): boolean =>
  policies.length > 0 || concurrency !== null

/** Shares out what there is now, in order of the line; who gets nothing has a place in it. */
export function decide(before: BudgetState, line: Line, asking: readonly Asking[], now: number): Decision {
  const leases = before.leases.filter(({ until }) => until > now)
  const usage = before.policies.map((policy) => usageOf(policy, before.usage, now))
  const entries = lineUp(before.turn, line, asking, now)
  const free = Math.max(0, freeNow({ ...before, usage, leases }, now))
  const ids = new Set(asking.map(({ runId }) => runId))
  // Who is due but has not come yet is waited for; who is not due yet does not hold up what is free by now.
  const due = line.reservations.filter(({ runId, dueAt, expiresAt }) => !ids.has(runId) && dueAt <= now && expiresAt > now)
  const contenders = [...entries, ...due].toSorted(inOrder)
  const granted = new Set(contenders.slice(0, free).filter((contender): contender is Entry => 'index' in contender))
  const state: BudgetState = {
    ...before,
    usage: usage.map((policy) => spend(policy, granted.size, now)),
    leases: before.concurrency === null ? leases : [...leases, ...[...granted].map(({ asker }) => leaseOf(asker, now))],
    turn: Math.max(before.turn, ...[...granted].map(({ place }) => place)),
    remaining: before.remaining === null ? null : Math.max(0, before.remaining - granted.size),
  }
  const waiting = entries.filter((entry) => !granted.has(entry)).toSorted(inOrder)
  const verdicts: Verdict[] = asking.map(() => ({ granted: true }))
  const reserved = new Map<string, Reservation>()
  for (const [index, entry] of waiting.entries()) {
    const ahead = index + othersAhead(entry.place, line, ids)
    const until = Math.max(now + 1, Math.ceil(turnAt(state, ahead + 1, now)))
    verdicts[entry.index] = { granted: false, until, since: entry.since }
    const { runId, streamId, place, since } = entry
    if (!reserved.has(runId)) reserved.set(runId, { runId, streamId, place, since, dueAt: until, expiresAt: expiryOf(until, now) })
  }
  const served = new Set([...granted].map(({ runId }) => runId).filter((runId) => !reserved.has(runId)))
  return { state, verdicts, reserved: [...reserved.values()], served: [...served] }
}

const expiryOf = (until: number, now: number): number => until + Math.min(graceMs, Math.max(leastGraceMs, until - now))

interface Entry extends Pick<Reservation, 'runId' | 'streamId' | 'place' | 'since'> {
  readonly index: number
  readonly asker: Asking
}

const inOrder = (a: Pick<Reservation, 'place' | 'since'>, b: Pick<Reservation, 'place' | 'since'>): number =>
  a.place - b.place || a.since - b.since

/** The places of the askers: the one they had, or the next of their stream. */
function lineUp(turn: number, line: Line, asking: readonly Asking[], now: number): readonly Entry[] {
  const known = new Map(line.reservations.filter(({ expiresAt }) => expiresAt > now).map((reservation) => [reservation.runId, reservation]))
  const last = new Map(line.last)
  return asking.map((asker, index) => {
    const { runId, streamId } = asker
    const had = known.get(runId)
    known.delete(runId)
    if (had !== undefined) return { index, asker, runId, streamId, place: had.place, since: had.since }
    const place = Math.max(turn, last.get(streamId) ?? 0) + 1
    last.set(streamId, place)
    return { index, asker, runId, streamId, place, since: now }
  })
}

/** Those who wait before this place and do not ask now. */
function othersAhead(place: number, { places, reservations }: Line, asking: ReadonlySet<string>): number {
  let ahead = 0
  for (const [at, count] of places) if (at <= place) ahead += count
  for (const reservation of reservations) if (reservation.place <= place && asking.has(reservation.runId)) ahead -= 1
  return Math.max(0, ahead)
}

const leaseOf = ({ requestId, runId, leaseMs }: Asking, now: number): BudgetLease => ({ id: requestId, runId, until: now + leaseMs })

/** Requests that may be sent now, by all that limits them. Usage and leases are those that count now. */
function freeNow({ blockedUntil, remaining, resetAt, concurrency, leases, usage }: BudgetState, now: number): number {
  if (blockedUntil !== null && blockedUntil > now) return 0
  let free = Number.POSITIVE_INFINITY
  if (remaining !== null && resetAt !== null && resetAt > now) free = remaining
  if (concurrency !== null) free = Math.min(free, concurrency - leases.length)
  for (const policy of usage) free = Math.min(free, freeOf(policy))
  return free
}

/** Requests that a policy allows now. */
export const remainingOf = (policy: BudgetPolicy, usage: readonly PolicyUsage[], now: number): number =>
  Math.max(0, freeOf(usageOf(policy, usage, now)))

const freeOf = ({ requests, grants }: PolicyUsage): number => requests - grants.reduce((sum, [, count]) => sum + count, 0)

/** What counts now for a policy. One that is new begins with what is known of the longest other one: the source counted already. */
function usageOf({ requests, perMs }: BudgetPolicy, usage: readonly PolicyUsage[], now: number): PolicyUsage {
  const same = usage.find((other) => other.perMs === perMs) ?? usage.toSorted((a, b) => b.perMs - a.perMs)[0]
  return { requests, perMs, grants: (same?.grants ?? []).filter(([at]) => at > now - perMs) }
}

function spend(policy: PolicyUsage, count: number, now: number): PolicyUsage {
  if (count === 0) return policy
  const last = policy.grants.at(-1)
  const moment = Math.max(1, policy.perMs / grain)
  // The database's clock may be set back; a grant counts from the later time then.
  const at = Math.max(now, last?.[0] ?? 0)
  if (last !== undefined && Math.floor(last[0] / moment) === Math.floor(at / moment)) {
    return { ...policy, grants: [...policy.grants.slice(0, -1), [at, last[1] + count]] }
  }
  return { ...policy, grants: [...policy.grants, [at, count]] }
}

/** When the `nth` of those who wait can be served, counted from 1, if each of them sends one request at its time. */
function turnAt(state: BudgetState, nth: number, now: number): number {
  let at = now
  if (state.blockedUntil !== null && state.blockedUntil > now) at = state.blockedUntil + (nth - 1) * spacingMs
  if (state.remaining !== null && state.resetAt !== null && state.resetAt > now && nth > state.remaining) {
    at = Math.max(at, state.resetAt + (nth - state.remaining - 1) * spacingMs)
  }
  for (const usage of state.usage) at = Math.max(at, policyTurnAt(usage, nth, now))
  if (state.concurrency !== null) {
    const open = Math.max(0, state.concurrency - state.leases.length)
    if (nth > open) at = Math.max(at, now + Math.ceil((nth - open) / state.concurrency) * turnoverMs)
  }
  return at
}

function policyTurnAt(usage: PolicyUsage, nth: number, now: number): number {
  const { requests, perMs, grants } = usage
  const rounds = Math.floor((nth - 1) / requests)
  // Requests come free when they leave the window; what is sent then comes free a window later, and so on.
  let missing = ((nth - 1) % requests) + 1 - freeOf(usage)
  if (missing <= 0) return now + rounds * perMs
  for (const [at, count] of grants) {
    missing -= count
    if (missing <= 0) return at + perMs + rounds * perMs
  }
  return now + (rounds + 1) * perMs
}
