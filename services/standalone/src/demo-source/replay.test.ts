import { expect, test } from 'vitest'
import { type Feature, readRecording } from './recording.ts'
import { Replay } from './replay.ts'

const recording = await readRecording()
const replay = new Replay(recording)
const recorded = new Map(recording.events.map((event) => [event.id, event]))
const byId = (position: number) => new Map(replay.at(position).map((event) => [event.id, event]))
const content = ({ properties: { updated: _, ...properties }, ...event }: Feature) => ({ ...event, properties })

test('the recording is the real one, in order of time', () => {
  expect(recording.events).toHaveLength(1707)
  const times = recording.events.map(({ properties }) => properties.time)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(new Set(recording.events.map(({ id }) => id)).size).toBe(1707)
})

test('each step brings new events, in order of time, and changes earlier ones', () => {
  for (const position of [1, 2, 50, 129]) {
    const [before, after] = [byId(position - 1), byId(position)]
    const fresh = [...after.keys()].filter((id) => !before.has(id))
    const changed = [...before.keys()].filter((id) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id)))
    expect(fresh).toHaveLength(12)
    expect(changed).toHaveLength(4)
    const newestBefore = Math.max(...[...before.values()].map(({ properties }) => properties.time))
    for (const id of fresh) expect(after.get(id)!.properties.time).toBeGreaterThanOrEqual(newestBefore)
    for (const id of changed) {
      expect(after.get(id)!.properties.updated).toBeGreaterThan(before.get(id)!.properties.updated)
      expect(content(after.get(id)!), 'an update changes more than its own time').not.toEqual(content(before.get(id)!))
    }
  }
})

test('all events appear, and changes never cease', () => {
  const end = 1 + Math.ceil((1707 - 150) / 12)
  expect(replay.at(end)).toHaveLength(1707)
  for (const position of [end, 426, 427, 428, 854, 855, 5000]) {
    const [before, after] = [byId(position), byId(position + 1)]
    expect(
      [...after.keys()].filter((id) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id))).length,
    ).toBeGreaterThanOrEqual(4)
  }
})

test('the first update makes an event what was recorded; before, it was an automatic report', () => {
  const updatedOnce = byId(20)
  for (const { id } of recording.events.slice(0, 80)) {
    const { properties: real } = recorded.get(id)!
    const { updated: _, ...now } = updatedOnce.get(id)!.properties
    expect(now).toEqual({ ...real, updated: undefined, status: 'reviewed' })
    const { properties: first } = byId(0).get(id)!
    expect(first.status).toBe('automatic')
    expect(Math.abs(first.mag! - real.mag!)).toBeGreaterThan(0.09)
    expect(Math.abs(first.mag! - real.mag!)).toBeLessThan(0.31)
  }
})

test('who asks with the largest time seen gets everything that happened since, however rarely they ask', () => {
  const seen = new Map<string, string>()
  let since: number | undefined
  for (const position of [0, 1, 2, 5, 6, 40, 130, 131, 600, 601]) {
    const answer = replay.at(position, since)
    for (const event of answer) seen.set(event.id, JSON.stringify(event))
    since = answer.at(-1)?.properties.updated ?? since
    expect(seen).toEqual(new Map(replay.at(position).map((event) => [event.id, JSON.stringify(event)])))
  }
})

test('times of change are in order, unlike each other, later than the event, and not in the future of the replay', () => {
  for (const position of [0, 10, 500, 2000]) {
    const events = replay.at(position)
    const times = events.map(({ properties }) => properties.updated)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(new Set(times).size).toBe(times.length)
    for (const { properties } of events) {
      expect(properties.updated).toBeGreaterThan(properties.time)
      expect(properties.updated).toBeLessThan(replay.timeAt(position))
    }
  }
})

test('the same position gives the same feed', () => {
  expect(new Replay(recording).at(77)).toEqual(replay.at(77))
})
