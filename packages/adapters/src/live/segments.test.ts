import { fakeClock } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { type LiveMessage, readSegment, type Segment, segmentLine } from './segment.ts'
import { segments } from './segments.ts'

/** A source that gives what it is told to. */
class Tap implements AsyncIterable<LiveMessage> {
  #waiting: ((result: IteratorResult<LiveMessage>) => void) | undefined
  #ready: LiveMessage[] = []
  #end: { readonly error?: unknown } | undefined
  returned = false
  asked = 0

  send(...data: readonly (string | Uint8Array)[]): void {
    for (const one of data) {
      const message: LiveMessage = { at: 0, data: one, ...(typeof one === 'string' ? { position: one } : {}) }
      if (this.#waiting === undefined) this.#ready.push(message)
      else this.#waiting({ done: false, value: message })
      this.#waiting = undefined
    }
  }

  end(error?: unknown): void {
    this.#end = error === undefined ? {} : { error }
    this.#waiting?.({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): AsyncIterator<LiveMessage> {
    return {
      next: () => {
        this.asked += 1
        const [message] = this.#ready.splice(0, 1)
        if (message !== undefined) return Promise.resolve({ done: false, value: message })
        if (this.#end !== undefined) {
          return 'error' in this.#end ? Promise.reject(this.#end.error) : Promise.resolve({ done: true, value: undefined })
        }
        return new Promise((resolve) => (this.#waiting = resolve))
      },
      return: async () => {
        this.returned = true
        return { done: true, value: undefined }
      },
    }
  }
}

const limits = { messages: 3, bytes: 10_000, ms: 5000 }

function gather(tap: Tap, given: Partial<Parameters<typeof segments>[1]> = {}) {
  const clock = fakeClock()
  const drain = new AbortController()
  const stop = new AbortController()
  const found = segments(tap, { ...limits, ...given }, clock, drain.signal, stop.signal)
  const next = async (): Promise<string[] | undefined> => {
    const result = await found.next()
    return result.done === true ? undefined : dataOf(result.value)
  }
  return { clock, drain, stop, next, found }
}
const dataOf = ({ body }: Segment) => [...readSegment(body)].map((one) => ('problem' in one ? one.problem : String(one.data)))

describe('a segment ends', () => {
  it('at so many messages', async () => {
    const tap = new Tap()
    const { next } = gather(tap)
    tap.send('1', '2', '3', '4')
    expect(await next()).toEqual(['1', '2', '3'])
    tap.end()
    expect([await next(), await next()]).toEqual([['4'], undefined])
  })

  it('before so many bytes, but a single message may be larger', async () => {
    const tap = new Tap()
    const { next } = gather(tap, { bytes: 150 })
    tap.send('a'.repeat(20), 'b'.repeat(20), 'c'.repeat(200), 'd')
    expect(await next()).toEqual(['a'.repeat(20), 'b'.repeat(20)])
    expect(await next()).toEqual(['c'.repeat(200)])
    tap.end()
    expect(await next()).toEqual(['d'])
  })

  it('so long after its first message, not after the one before it', async () => {
    const tap = new Tap()
    const { next, clock } = gather(tap, { firstMs: 1000 })
    const first = next()
    await clock.advance(60_000)
    tap.send('1')
    await clock.untilSleeping(1)
    await clock.advance(999)
    tap.send('2')
    await clock.advance(1)
    expect(await first).toEqual(['1', '2'])
    const second = next()
    tap.send('3')
    await clock.untilSleeping(1)
    await clock.advance(4999)
    tap.send('4')
    await clock.advance(1)
    expect(await second).toEqual(['3', '4'])
    expect(clock.sleeping()).toBe(0)
  })

  it('when the source ends or fails, and the failure comes after it', async () => {
    const tap = new Tap()
    const { next } = gather(tap)
    const lost = new Error('lost')
    tap.send('1')
    tap.end(lost)
    expect(await next()).toEqual(['1'])
    await expect(next()).rejects.toBe(lost)
  })
})

describe('draining', () => {
  it('gives what was gathered and ends', async () => {
    const tap = new Tap()
    const { next, drain, clock } = gather(tap)
    const first = next()
    tap.send('1')
    await clock.untilSleeping(1)
    drain.abort()
    expect([await first, await next(), tap.returned, clock.sleeping()]).toEqual([['1'], undefined, true, 0])
  })

  it('ends at once when there is nothing', async () => {
    const tap = new Tap()
    const { next, drain } = gather(tap)
    const first = next()
    drain.abort()
    expect([await first, tap.returned]).toEqual([undefined, true])
  })
})

it('the signal ends it at once with its reason, whatever was gathered', async () => {
  const tap = new Tap()
  const { next, stop, clock } = gather(tap)
  const reason = new Error('stopped')
  const first = next()
  tap.send('1')
  await clock.untilSleeping(1)
  stop.abort(reason)
  await expect(first).rejects.toBe(reason)
  expect([tap.returned, clock.sleeping()]).toEqual([true, 0])
})

it('nothing is taken from the source while a segment is stored', async () => {
  const tap = new Tap()
  const { next } = gather(tap, { messages: 1 })
  tap.send('1', '2', '3', '4', '5')
  await next()
  await new Promise(setImmediate)
  // The one message that is always asked for ahead, and no more.
  expect(tap.asked).toBe(2)
})

it('a segment has the position of its last message that has one', async () => {
  const tap = new Tap()
  const { found } = gather(tap)
  tap.send('1', '2', Buffer.from('x'))
  expect((await found.next()).value).toMatchObject({ position: '2', messages: 3 })
})

describe('a message comes back as it was', () => {
  const at = Date.UTC(2026, 0, 2)
  it.each([
    [{ at, data: 'a "text"\r\n\u0000 grüße \u2028 \ufeff' }],
    [{ at, data: '\ufeffwith a mark in front' }],
    [{ at, data: '' }],
    [{ at, data: '{"a":1}', event: 'update', id: '7' }],
    [{ at, data: new Uint8Array([0, 255, 10, 13]) }],
  ])('%j', (message) => {
    expect([...readSegment(Buffer.from(segmentLine(message)))]).toEqual([{ ...message, at: '2026-01-02T00:00:00.000Z' }])
  })

  it('and a line that is none is a problem of its own', () => {
    const body = `${segmentLine({ at, data: '1' })}{"at":\n[]\n{"at":"2026"}\n${segmentLine({ at, data: '2' })}`
    expect([...readSegment(Buffer.from(body))].map((one) => ('problem' in one ? null : one.data))).toEqual(['1', null, null, null, '2'])
    expect(() => [...readSegment(Buffer.from([0xff]))]).toThrow(expect.objectContaining({ code: 'source_malformed' }))
  })
})
