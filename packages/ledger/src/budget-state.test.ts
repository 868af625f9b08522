import { describe, expect, test } from 'vitest'
import { type Asking, type BudgetState, decide, leastGraceMs, type Line, remainingOf, type Reservation } from './budget-state.ts'

const nothing: BudgetState = {
  policies: [],
  concurrency: null,
  usage: [],
  leases: [],
  turn: 0,
  blockedUntil: null,
  remaining: null,
  resetAt: null,
}
const fivePerMinute: BudgetState = { ...nothing, policies: [{ requests: 5, perMs: 60_000 }] }
const start = 1_000_000

const asks = (runId: string, streamId = 'a'): Asking => ({ runId, streamId, requestId: `${runId}-request`, leaseMs: 1000 })
const runs = (count: number, streamId = 'a') => Array.from({ length: count }, (_, index) => asks(`${streamId}${index}`, streamId))

/** A budget over time: what the ledger keeps between decisions. */
class Kept {
  state: BudgetState
  readonly line = new Map<string, Reservation>()

  constructor(state: BudgetState) {
    this.state = state
  }

  take(asking: readonly Asking[], now: number) {
    const live = [...this.line.values()].filter(({ expiresAt }) => expiresAt > now)
    const places = new Map<number, number>()
    const last = new Map<string, number>()
    for (const { place, streamId } of live) {
      places.set(place, (places.get(place) ?? 0) + 1)
      last.set(streamId, Math.max(place, last.get(streamId) ?? 0))
    }
    const line: Line = { reservations: live, places, last }
    const decision = decide(this.state, line, asking, now)
    this.state = decision.state
    for (const reservation of decision.reserved) this.line.set(reservation.runId, reservation)
    for (const runId of decision.served) this.line.delete(runId)
    return decision.verdicts.map((verdict) => (verdict.granted ? 'granted' : verdict.until))
  }
}

describe('policies', () => {
  test('as many as allowed at once, the others when those leave the window', () => {
    const kept = new Kept(fivePerMinute)
    const verdicts = kept.take(runs(12), start)
    expect(verdicts.slice(0, 5)).toEqual(Array(5).fill('granted'))
    expect(verdicts.slice(5)).toEqual([...Array(5).fill(start + 60_000), ...Array(2).fill(start + 120_000)])
    expect(kept.take([asks('a5')], start + 59_999)).toEqual([start + 60_000])
    expect(kept.take([asks('a5')], start + 60_000)).toEqual(['granted'])
  })

  test('no window of any beginning has more, whoever comes when', () => {
    const policies = [
      { requests: 7, perMs: 1000 },
      { requests: 300, perMs: 100_000 },
    ]
    const kept = new Kept({ ...nothing, policies })
    const grants: number[] = []
    let seed = 7
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    let now = start
    for (let step = 0; step < 4000; step += 1) {
      now += Math.floor(random() * 120)
      const verdicts = kept.take(
        Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) => asks(`run-${index}`)),
        now,
      )
      for (const verdict of verdicts) if (verdict === 'granted') grants.push(now)
    }
    for (const { requests, perMs } of policies) expect(mostIn(grants, perMs)).toBeLessThanOrEqual(requests)
    // It is not merely strict: with more asked than allowed nearly all that is allowed is given.
    expect(grants.length).toBeGreaterThan(0.9 * 3 * ((now - start) / 1000))
    expect(kept.state.usage.every(({ grants: kept }) => kept.length <= 66)).toBe(true)
  })

  test('a limit that is changed counts what was sent before', () => {
    const kept = new Kept(fivePerMinute)
    kept.take(runs(4), start)
    const changed = {
      ...kept.state,
      policies: [
        { requests: 6, perMs: 60_000 },
        { requests: 4, perMs: 30_000 },
      ],
    }
    expect(changed.policies.map((policy) => remainingOf(policy, changed.usage, start + 1000))).toEqual([2, 0])
  })

  test('a clock that is set back grants nothing twice', () => {
    const kept = new Kept(fivePerMinute)
    kept.take(runs(5), start)
    expect(kept.take([asks('late')], start - 10_000)).not.toEqual(['granted'])
  })
})

describe('the line', () => {
  test('streams take turns: a thousand requests of one hold back one of another by two at most', () => {
    const kept = new Kept({ ...nothing, policies: [{ requests: 1, perMs: 1000 }] })
    expect(kept.take(runs(1000, 'a'), start)[0]).toBe('granted')
    const [until] = kept.take([asks('b0', 'b')], start + 500)
    expect(until).toBe(start + 2000)
    // Everybody comes when told.
    let served: number | undefined
    for (let now = start + 1000; served === undefined && now < start + 20_000; now += 1000) {
      const due = [...kept.line.values()].filter(({ dueAt }) => dueAt <= now).map(({ runId, streamId }) => asks(runId, streamId))
      const verdicts = kept.take(due, now)
      if (due.some(({ runId }, index) => runId === 'b0' && verdicts[index] === 'granted')) served = now
    }
    expect(served).toBeLessThanOrEqual(start + 3000)
  })

  test('who is due is waited for, until its place expires', () => {
    const kept = new Kept({ ...nothing, policies: [{ requests: 1, perMs: 1000 }] })
    expect(kept.take([asks('first'), asks('second')], start)).toEqual(['granted', start + 1000])
    expect(kept.take([asks('third')], start + 1500)).not.toEqual(['granted'])
    expect(kept.take([asks('third')], start + 1000 + leastGraceMs)).toEqual(['granted'])
  })

  test('who waits keeps its place on another worker, and its time in the line', () => {
    const kept = new Kept(fivePerMinute)
    kept.take(runs(6), start)
    const { verdicts } = decide(
      kept.state,
      { reservations: [...kept.line.values()], places: new Map([[6, 1]]), last: new Map([['a', 6]]) },
      [asks('a5')],
      start + 30_000,
    )
    expect(verdicts).toEqual([{ granted: false, until: start + 60_000, since: start }])
  })

  test('two requests of one run: one is served, the run keeps a place for the other', () => {
    const kept = new Kept({ ...nothing, policies: [{ requests: 1, perMs: 1000 }] })
    expect(kept.take([asks('a0'), asks('a0')], start)).toEqual(['granted', start + 1000])
    expect([...kept.line.keys()]).toEqual(['a0'])
    expect(kept.take([asks('a0')], start + 1000)).toEqual(['granted'])
    expect(kept.line.size).toBe(0)
  })
})

describe('concurrency', () => {
  test('so many at once, and again when a lease is over', () => {
    const kept = new Kept({ ...nothing, concurrency: 2 })
    const verdicts = kept.take(runs(3), start)
    expect(verdicts.slice(0, 2)).toEqual(['granted', 'granted'])
    expect(verdicts[2]).toBeGreaterThan(start)
    expect(kept.take([asks('a2')], start + 999)).not.toEqual(['granted'])
    expect(kept.take([asks('a2')], start + 1000)).toEqual(['granted'])
  })
})

describe('what was learned', () => {
  test('nothing is sent before the source wants it, and then not all at once', () => {
    const kept = new Kept({ ...nothing, blockedUntil: start + 5000 })
    expect(kept.take(runs(3), start)).toEqual([start + 5000, start + 5050, start + 5100])
    expect(kept.take(runs(1), start + 5000)).toEqual(['granted'])
  })

  test('what the source has left is shared, and is no limit after the reset', () => {
    const kept = new Kept({ ...nothing, remaining: 2, resetAt: start + 1000 })
    expect(kept.take(runs(3), start)).toEqual(['granted', 'granted', start + 1000])
    expect(kept.take(runs(3), start + 1000)).toEqual(['granted', 'granted', 'granted'])
  })
})

/** The largest number of times within any half-open window of this length. */
function mostIn(times: readonly number[], perMs: number): number {
  let most = 0
  let from = 0
  for (let to = 0; to < times.length; to += 1) {
    while ((times[from] as number) <= (times[to] as number) - perMs) from += 1
    most = Math.max(most, to - from + 1)
  }
  return most
}
