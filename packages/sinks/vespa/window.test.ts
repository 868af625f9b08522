import { getEventListeners } from 'node:events'
import { type FakeClock, fakeClock } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { defaultWindow, Window, type WindowLimits } from './window.ts'

const never = new AbortController().signal

/** Keeps the window full against a server that does `perMs(inFlight)` operations a millisecond, for so long. */
async function load(window: Window, clock: FakeClock, ms: number, perMs: (inFlight: number) => number): Promise<void> {
  let waiting = 0
  const enter = () => {
    waiting += 1
    void Promise.resolve(window.acquire(never)).then(() => (waiting -= 1))
  }
  let credit = 0
  for (let at = 0; at < ms; at++) {
    while (waiting < 4) {
      enter()
      await Promise.resolve()
      await Promise.resolve()
    }
    await clock.advance(1)
    credit += perMs(window.inFlight)
    for (; credit >= 1 && window.inFlight > 0; credit--) window.release('done', 0)
    await Promise.resolve()
  }
}

const opened = (limits: Partial<WindowLimits> = {}): { clock: FakeClock; window: Window } => {
  const clock = fakeClock()
  return { clock, window: new Window(clock, { ...defaultWindow, ...limits }) }
}

describe('the size of the window', () => {
  it('grows to its limit while more bring more', async () => {
    const { clock, window } = opened({ most: 100 })
    await load(window, clock, 5000, (inFlight) => inFlight / 10)
    expect(window.size).toBe(100)
  })

  it('stays near what the other side can do at once', async () => {
    const { clock, window } = opened()
    await load(window, clock, 3000, (inFlight) => Math.min(inFlight, 40) / 10)
    expect(window.size).toBeGreaterThanOrEqual(36)
    expect(window.size).toBeLessThanOrEqual(81)
  })

  it('finds out later that more are possible now', async () => {
    const { clock, window } = opened()
    await load(window, clock, 3000, (inFlight) => Math.min(inFlight, 20) / 10)
    expect(window.size).toBeLessThan(50)
    await load(window, clock, 20_000, (inFlight) => inFlight / 10)
    expect(window.size).toBe(256)
  })

  it('stays where it is when not all places are wanted', async () => {
    const { clock, window } = opened()
    for (let n = 0; n < 1000; n++) {
      await window.acquire(never)
      await clock.advance(1)
      window.release('done', clock.monotonic())
    }
    expect(window.size).toBe(16)
  })

  it('halves once for what was sent together, and not below its least', async () => {
    const { clock, window } = opened({ first: 16, least: 3 })
    for (const expected of [8, 4, 3, 3]) {
      const sent = clock.monotonic()
      await clock.advance(10)
      for (let n = 0; n < 3; n++) await window.acquire(never)
      for (let n = 0; n < 3; n++) window.release('overloaded', sent)
      expect(window.size).toBe(expected)
      await clock.advance(1)
    }
  })
})

describe('places', () => {
  it('are given to those who wait, in turns of their signals', async () => {
    const { window } = opened({ first: 1 })
    const large = new AbortController().signal
    const small = new AbortController().signal
    const order: string[] = []
    await window.acquire(never)
    const entered = [...Array.from({ length: 5 }, () => large), small].map(async (signal) => {
      await window.acquire(signal)
      order.push(signal === large ? 'large' : 'small')
      window.release('other', 0)
    })
    window.release('other', 0)
    await Promise.all(entered)
    expect([large, small].flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([])
    expect(order).toEqual(['large', 'small', 'large', 'large', 'large', 'large'])
    expect(window.inFlight).toBe(0)
  })

  it('are not waited for after an abort, and none is lost by it', async () => {
    const { window } = opened({ first: 1 })
    const controller = new AbortController()
    const reason = new Error('stopped')
    await window.acquire(never)
    const gone = [window.acquire(controller.signal), window.acquire(controller.signal)]
    const stays = window.acquire(never)
    controller.abort(reason)
    for (const waiting of gone) await expect(waiting).rejects.toBe(reason)
    expect(() => window.acquire(controller.signal)).toThrow(reason)
    window.release('done', 0)
    await stays
    window.release('done', 0)
    expect(window.inFlight).toBe(0)
    expect(window.acquire(never)).toBeUndefined()
  })
})
