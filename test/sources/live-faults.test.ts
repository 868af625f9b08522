import type { LiveScriptedSource } from '@data-weaver/adapters/conformance/live-source'
import type { Result } from '@data-weaver/contracts'
import { eventually, startTcpProxy, type TcpProxy } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, type RunView, startFleet } from '../e2e/fleet.ts'
import { follow, newestRun } from './following.ts'
import { forgetfulFeed, numberedFeed } from './stand-ins/feeds.ts'

/** A feed, and the line to it, which can be cut. */
interface Line {
  readonly feed: LiveScriptedSource
  readonly proxy: TcpProxy
}

const stack = new AsyncDisposableStack()
let fleet: Fleet

beforeAll(async () => {
  fleet = stack.use(await startFleet())
})

afterAll(() => stack.disposeAsync())

async function lineTo(feed: LiveScriptedSource): Promise<Line> {
  return { feed: stack.use(feed), proxy: stack.use(await startTcpProxy(Number(new URL(feed.origin).port))) }
}

/** Listens through the line, with waits that suit a test. */
async function listen(name: string, { proxy }: Line, more: object = {}): Promise<void> {
  await follow(fleet, {
    name,
    adapter: 'sse',
    schedule: { continuous: true },
    config: {
      url: `http://127.0.0.1:${proxy.port}/events`,
      primaryKey: ['id'],
      segment: { ms: 50, messages: 5 },
      reconnect: { minMs: 50, maxMs: 200, maxFailures: 1000 },
      ...more,
    },
  })
}

/** All results of a stream, oldest first, as the list has them. */
async function resultsOf(stream: string): Promise<readonly Result[]> {
  const { items } = await fleet.api.get<{ items: readonly Result[] }>(`/v1/streams/${stream}/results?limit=500`)
  return items.toSorted((a, b) => a.seq - b.seq)
}

/** The numbers of all messages that were stored, in the order of the results. */
async function stored(stream: string): Promise<readonly number[]> {
  const bodies = await Promise.all((await resultsOf(stream)).map(({ id }) => fleet.api.bytes(`/v1/results/${id}/body`)))
  const lines = bodies.flatMap((body) => body.toString().trim().split('\n'))
  return lines.map((line) => (JSON.parse(JSON.parse(line).data) as { n: number }).n)
}

const numbers = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** Waits until a document of this number is there: then so is all that came before it. */
const arrived = (stream: string, n: number) =>
  eventually(async () => (await documentsOf(fleet.api, stream)).some(({ fields }) => fields.n === n), {
    what: `message ${n} of ${stream}`,
    timeoutMs: 30_000,
  })

/** Waits until a feed is listened to. */
const heard = ({ feed }: Line, connections: number) =>
  eventually(() => feed.clients.length >= connections && feed.clients.at(-1)?.open, {
    what: `connection ${connections}`,
    timeoutMs: 30_000,
  })

/** What a result says was missing before it, in the list and by itself. */
async function expectGap(stream: string, reason: string, first: number): Promise<void> {
  const withGap = (await resultsOf(stream)).filter(({ gap }) => gap !== null)
  expect(withGap).toHaveLength(1)
  const [{ id, gap }] = withGap as [Result]
  expect(gap).toMatchObject({ reason })
  expect(Date.parse(gap?.until ?? '')).toBeGreaterThanOrEqual(Date.parse(gap?.since ?? ''))
  expect((await fleet.api.get<Result>(`/v1/results/${id}`)).gap).toEqual(gap)
  // It stands before the first message that came after what is missing.
  expect((await fleet.api.bytes(`/v1/results/${id}/body`)).toString()).toContain(`\\"n\\":${first}}`)
}

const running = (stream: string): Promise<RunView & { workerId: string; epoch: number }> =>
  newestRun(fleet, stream, ({ state }) => state === 'running', 'is running') as Promise<RunView & { workerId: string; epoch: number }>

async function expectStopped(stream: string): Promise<void> {
  expect(await fleet.api.post(`/v1/streams/${stream}/stop`)).toMatchObject({ state: 'completed' })
}

describe('a live stream', () => {
  test('whose worker is killed goes on with another one: all is there once, and what is lost is said', async () => {
    const sure = await lineTo(await numberedFeed())
    const forgetful = await lineTo(await forgetfulFeed())
    const doomed = fleet.worker
    await listen('killed-sure', sure)
    await listen('killed-forgetful', forgetful)
    await Promise.all([heard(sure, 1), heard(forgetful, 1)])
    sure.feed.publish(12)
    forgetful.feed.publish(2)
    await Promise.all([arrived('killed-sure', 12), arrived('killed-forgetful', 2)])
    const before = await running('killed-sure')
    await fleet.startWorker()
    await doomed.end('SIGKILL')
    sure.feed.publish(9)
    forgetful.feed.publish(3)
    await Promise.all([heard(sure, 2), heard(forgetful, 2)])
    sure.feed.publish(4)
    forgetful.feed.publish(1)
    await Promise.all([arrived('killed-sure', 25), arrived('killed-forgetful', 6)])
    const after = await running('killed-sure')
    expect(after).toMatchObject({ id: before.id, epoch: before.epoch + 1 })
    expect(after.workerId).not.toBe(before.workerId)
    await Promise.all([expectStopped('killed-sure'), expectStopped('killed-forgetful')])
    expect(await stored('killed-sure')).toEqual(numbers(1, 25))
    expect((await resultsOf('killed-sure')).every(({ gap }) => gap === null)).toBe(true)
    expect(await stored('killed-forgetful')).toEqual([1, 2, 6])
    await expectGap('killed-forgetful', 'start', 6)
  })

  test('whose source is gone is connected again when it is back', async () => {
    const sure = await lineTo(await numberedFeed())
    const forgetful = await lineTo(await forgetfulFeed())
    await listen('gone-sure', sure)
    await listen('gone-forgetful', forgetful)
    await Promise.all([heard(sure, 1), heard(forgetful, 1)])
    for (const { feed } of [sure, forgetful]) feed.publish(2)
    await Promise.all([arrived('gone-sure', 2), arrived('gone-forgetful', 2)])
    for (const { proxy } of [sure, forgetful]) proxy.set('cut')
    await eventually(() => [sure, forgetful].every(({ feed }) => feed.clients.every(({ open }) => !open)), { what: 'both lines to be cut' })
    for (const { feed } of [sure, forgetful]) feed.publish(3)
    // It is tried again and again meanwhile.
    const tries = () => fleet.output().split('live source is connected again').length
    const triedBefore = tries()
    await eventually(() => tries() >= triedBefore + 4, { what: 'tries while the source is gone' })
    expect(await running('gone-sure')).toMatchObject({ attempt: 1, error: null })
    for (const { proxy } of [sure, forgetful]) proxy.set('open')
    await Promise.all([heard(sure, 2), heard(forgetful, 2)])
    for (const { feed } of [sure, forgetful]) feed.publish(1)
    await Promise.all([arrived('gone-sure', 6), arrived('gone-forgetful', 6)])
    await Promise.all([expectStopped('gone-sure'), expectStopped('gone-forgetful')])
    expect(await stored('gone-sure')).toEqual(numbers(1, 6))
    expect((await resultsOf('gone-sure')).every(({ gap }) => gap === null)).toBe(true)
    expect(await stored('gone-forgetful')).toEqual([1, 2, 6])
    await expectGap('gone-forgetful', 'reconnect', 6)
  })

  test('whose source falls silent is connected again by the watchdog', async () => {
    const line = await lineTo(await numberedFeed())
    line.feed.reset({ kind: 'until', messages: 2, and: 'mute' })
    line.feed.publish(4)
    await listen('silent', line, { idleMs: 700 })
    await arrived('silent', 4)
    expect(line.feed.clients[0]).toMatchObject({ open: false, sent: 2 })
    expect(line.feed.clients[1]?.request.headers['last-event-id']).toBe('2')
    await expectStopped('silent')
    expect(await stored('silent')).toEqual(numbers(1, 4))
  })

  test('is handed over within seconds by a worker that leaves, and what it had gathered is kept', async () => {
    const sure = await lineTo(await numberedFeed())
    const forgetful = await lineTo(await forgetfulFeed())
    // Nothing but the first segment of a connection and a flush is stored.
    const patient = { segment: { ms: 600_000 } }
    await listen('handed-sure', sure, patient)
    await listen('handed-forgetful', forgetful, patient)
    await Promise.all([heard(sure, 1), heard(forgetful, 1)])
    for (const { feed } of [sure, forgetful]) feed.publish(1)
    await Promise.all([arrived('handed-sure', 1), arrived('handed-forgetful', 1)])
    for (const { feed } of [sure, forgetful]) feed.publish(5)
    const before = await running('handed-sure')
    const leaving = fleet.worker
    await fleet.startWorker()
    const left = performance.now()
    const gone = leaving.end('SIGTERM')
    await Promise.all([heard(sure, 2), heard(forgetful, 2)])
    const handedOverMs = Math.round(performance.now() - left)
    await Promise.all([arrived('handed-sure', 6), arrived('handed-forgetful', 6)])
    process.stdout.write(`a live stream of a worker that leaves was heard by another one after ${handedOverMs} ms\n`)
    expect(handedOverMs).toBeLessThan(10_000)
    expect(await gone).toEqual({ code: 0, signal: null })
    expect(leaving.output()).not.toContain('"level":50')
    for (const { feed } of [sure, forgetful]) feed.publish(2)
    await Promise.all([arrived('handed-sure', 8), arrived('handed-forgetful', 8)])
    const after = await running('handed-sure')
    expect(after).toMatchObject({ id: before.id, epoch: before.epoch + 1, attempt: 1, error: null })
    expect(after.workerId).not.toBe(before.workerId)
    await Promise.all([expectStopped('handed-sure'), expectStopped('handed-forgetful')])
    expect(await stored('handed-sure')).toEqual(numbers(1, 8))
    expect(await stored('handed-forgetful')).toEqual(numbers(1, 8))
    await expectGap('handed-forgetful', 'start', 7)
  })
})
