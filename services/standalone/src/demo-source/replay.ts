import type { Feature, Recording } from './recording.ts'

/** Events that are there from the beginning: more than a page, so that pagination is seen at once. */
const initialEvents = 150
/** Events that appear at each step, until all have. */
const newPerStep = 12
/** Earlier events that are described anew at each step, for ever. */
const updatesPerStep = 4
/** Time between two steps in the replay's own time, milliseconds. */
const stepMs = 2000

/**
 * The feed at a position, which is a whole number of steps from 0. The same position gives the same feed. With each step some events
 * appear, in order of time, and some earlier ones change: first they are as an observatory's program reports them, then as they were
 * recorded, reviewed by a person; when all have been, they go on changing a little in turn.
 *
 * `updated` is later than that of everything before it, and counts from the time of the recording, so it is the replay's
 * own time: what changed after a position is what has a larger `updated`.
 */
export class Replay {
  readonly #recording: Recording

  constructor(recording: Recording) {
    this.#recording = recording
  }

  /** All events at a position that were updated at `since` or later, in order of `updated`. */
  at(position: number, since = Number.NEGATIVE_INFINITY): Feature[] {
    const { events } = this.#recording
    const there = Math.min(events.length, initialEvents + newPerStep * position)
    const found: Feature[] = []
    for (let index = 0; index < there; index++) {
      const event = this.#eventAt(index, position)
      if (event.properties.updated >= since) found.push(event)
    }
    return found.toSorted((a, b) => a.properties.updated - b.properties.updated)
  }

  /** The replay's own time at a position, milliseconds since the Unix epoch; never before the largest `updated`. */
  timeAt(position: number): number {
    return this.#recording.recordedAt + (position + 1) * stepMs
  }

  /** Events that there will be in the end. */
  get size(): number {
    return this.#recording.events.length
  }

  #eventAt(index: number, position: number): Feature {
    const event = this.#recording.events[index]
    if (event === undefined) throw new RangeError(`no event ${index}`)
    const count = this.size
    const updates = updatesPerStep * position
    // Updates go through the events in turn; this one has had so many, and the last of them was that one.
    const had = updates > index ? Math.floor((updates - 1 - index) / count) + 1 : 0
    if (had === 0) return firstReport(event, this.#appearedAt(index))
    const last = index + (had - 1) * count
    return laterReport(event, had, this.#time(1 + Math.floor(last / updatesPerStep), newPerStep + (last % updatesPerStep)))
  }

  #appearedAt(index: number): number {
    if (index < initialEvents) return this.#time(0, index)
    return this.#time(1 + Math.floor((index - initialEvents) / newPerStep), (index - initialEvents) % newPerStep)
  }

  /** Each change of a step has a time of its own, a few milliseconds apart. */
  #time(step: number, ordinal: number): number {
    return this.#recording.recordedAt + step * stepMs + ordinal * 10
  }
}

/** What a program computed at first: a magnitude that is a little off. */
function firstReport(event: Feature, updated: number): Feature {
  const tenths = [-3, -2, -1, 1, 2, 3][checksum(event.id) % 6] ?? 1
  return described(event, { updated, status: 'automatic', tenths })
}

/** The first time as it was recorded; later somebody else felt it, or its magnitude moves to and fro. */
function laterReport(event: Feature, had: number, updated: number): Feature {
  const { felt } = event.properties
  return described(event, { updated, status: 'reviewed', tenths: (had - 1) % 2, felt: had === 1 ? felt : (felt ?? 0) + had - 1 })
}

interface Change {
  readonly updated: number
  readonly status: string
  /** Tenths that the magnitude differs by from the recorded one. */
  readonly tenths: number
  readonly felt?: number | null
}

function described(event: Feature, { updated, status, tenths, felt = event.properties.felt }: Change): Feature {
  const { mag: recorded, place, title } = event.properties
  const mag = recorded === null || tenths === 0 ? recorded : Math.round(recorded * 100 + tenths * 10) / 100
  const changedTitle = mag === recorded || mag === null ? title : `M ${mag.toFixed(1)} - ${place ?? 'unknown place'}`
  return { ...event, properties: { ...event.properties, mag, title: changedTitle, status, felt, updated } }
}

function checksum(text: string): number {
  let sum = 0
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521
  return sum
}
