import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { silentLog } from '@data-weaver/contracts'
import { eventually, fakeClock, spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { feedPath, sourceServer } from './app.ts'
import { movingPosition } from './position.ts'
import { type Feature, readRecording } from './recording.ts'
import { Replay } from './replay.ts'

interface Page {
  metadata: { count: number; total: number; next: string | null; generated: number; status: number }
  features: Feature[]
  bbox?: number[]
}

const replay = new Replay(await readRecording())

async function startSource(position: () => number) {
  const server = sourceServer({ replay, position })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { feed: `${url}${feedPath}`, url, [Symbol.dispose]: close }
}

async function get(url: string): Promise<Page> {
  const { statusCode, body } = await request(url)
  expect(statusCode).toBe(200)
  return (await body.json()) as Page
}

async function walk(url: string, onPage: () => void = () => {}): Promise<Feature[]> {
  const features: Feature[] = []
  for (let next: string | null = url; next !== null;) {
    const page: Page = await get(next)
    features.push(...page.features)
    expect(page.metadata.count).toBe(page.features.length)
    next = page.metadata.next
    onPage()
  }
  return features
}

test('the pages of a walk show one feed, also while it moves on', async () => {
  let position = 3
  using source = await startSource(() => position)
  const features = await walk(`${source.feed}?limit=50`, () => (position += 1))
  expect(features).toEqual(replay.at(3))
  expect(position).toBeGreaterThan(5)
})

test('a page has the form of the feed', async () => {
  using source = await startSource(() => 0)
  const page = await get(source.feed)
  expect(page).toMatchObject({ type: 'FeatureCollection', metadata: { status: 200, count: 100, total: 150 } })
  expect(page.bbox).toHaveLength(6)
  expect(page.features[0]).toMatchObject({ type: 'Feature', id: expect.any(String), geometry: { type: 'Point' } })
})

test('what changed at exactly the given time is included', async () => {
  using source = await startSource(() => 5)
  const last = replay.at(5).at(-1)!
  expect(await walk(`${source.feed}?updatedafter=${last.properties.updated}`)).toEqual([last])
  expect(await walk(`${source.feed}?updatedafter=${last.properties.updated + 1}`)).toEqual([])
})

test.each([
  ['?limit=0', 400, 'limit'],
  ['?limit=ten', 400, 'limit'],
  ['?updatedafter=yesterday', 400, 'updatedafter'],
  ['?page=-1', 400, 'page'],
  ['?colour=blue', 400, 'colour'],
])('%s is refused and the answer says why', async (query, status, word) => {
  using source = await startSource(() => 0)
  const { statusCode, body } = await request(source.feed + query)
  expect(statusCode).toBe(status)
  expect(await body.json()).toMatchObject({ error: expect.stringContaining(word) })
})

test('another path and another method are refused', async () => {
  using source = await startSource(() => 0)
  expect((await request(`${source.url}/nothing`)).statusCode).toBe(404)
  expect((await request(source.feed, { method: 'POST' })).statusCode).toBe(405)
})

test('the position moves with the clock, stands still while nothing runs, and survives a damaged file', async () => {
  await using folder = await temporaryFolder()
  const clock = fakeClock()
  const file = folder.join('position.json')
  const first = await movingPosition(file, 2000, { clock, log: silentLog })
  await clock.untilSleeping(1)
  for (let step = 1; step <= 3; step++) {
    await clock.advance(2000)
    await clock.untilSleeping(1)
    expect(first.now()).toBe(step)
  }
  await first[Symbol.asyncDispose]()
  await clock.advance(60_000)
  const second = await movingPosition(file, 2000, { clock, log: silentLog })
  expect(second.now()).toBe(3)
  await second[Symbol.asyncDispose]()
  await writeFile(file, '{"position":')
  const third = await movingPosition(file, 2000, { clock, log: silentLog })
  expect(third.now()).toBe(0)
  await third[Symbol.asyncDispose]()
})

test('as a process: it says where it is, moves on, and goes on after kill -9 where it was', async () => {
  await using folder = await temporaryFolder()
  const script = fileURLToPath(new URL('./main.ts', import.meta.url))
  const start = () => spawnNode(script, { args: ['--state', folder.join('position.json'), '--step', '20'] })
  const up = async (child: ReturnType<typeof start>) => {
    const [line] = await child.line(/^.*demo source up.*$/)
    return JSON.parse(line ?? '') as { feed: string; position: number }
  }
  await using first = start()
  const { feed, position } = await up(first)
  expect(position).toBe(0)
  const generated = async () => (await get(feed)).metadata.generated
  await eventually(async () => (await generated()) > replay.timeAt(10), { what: 'ten steps' })
  const reached = await generated()
  await first.end('SIGKILL')
  await using second = start()
  // One step may have been seen and not been written yet.
  expect(replay.timeAt((await up(second)).position + 1)).toBeGreaterThanOrEqual(reached)
  expect(await second.end('SIGTERM')).toEqual({ code: 0, signal: null })
})
