import type { Tick } from '../../api/resources.ts'
import { type Mood, stateOf } from '../../parts/run-states.ts'
import { isLate, moodOf, outcomes } from './tick-words.ts'

/** Ticks of one hour with which the same happened. */
export interface Share {
  readonly mood: Mood
  readonly what: string
  readonly ticks: number
}

export interface Hour {
  readonly hour: number
  readonly shares: readonly Share[]
}

const hourMs = 3_600_000
const two = (value: number): string => String(value).padStart(2, '0')

/** `2026-11-21`, in the zone of the reader. */
export function localDay(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Beginning and end of a day in the zone of the reader, as the API takes them. What is no day is taken for the first one. */
export function dayOf(day: string): { readonly since: string; readonly until: string } {
  const begin = Date.parse(`${day}T00:00:00`)
  const since = new Date(Number.isNaN(begin) ? 0 : begin)
  const until = new Date(since)
  until.setDate(until.getDate() + 1)
  until.setMilliseconds(-1)
  return { since: since.toISOString(), until: until.toISOString() }
}

export function shiftDay(day: string, by: number): string {
  const date = new Date(dayOf(day).since)
  date.setDate(date.getDate() + by)
  return localDay(date.getTime())
}

/** Ticks counted by the hour in which they were due. A stretch that spans hours is shared out evenly over its time. */
export function hoursOf(ticks: readonly Tick[], day: string): readonly Hour[] {
  const begin = Date.parse(dayOf(day).since)
  const hours = Array.from({ length: 24 }, () => new Map<string, Share>())
  for (const tick of ticks) {
    const what = wordOf(tick)
    for (const [hour, part] of spread(tick, begin)) {
      const shares = hours[hour]
      const before = shares?.get(what)?.ticks ?? 0
      shares?.set(what, { mood: moodOf(tick), what, ticks: before + part })
    }
  }
  return hours.map((shares, hour) => ({ hour, shares: [...shares.values()].toSorted((a, b) => b.ticks - a.ticks) }))
}

/** `succeeded`, `succeeded late`, `missed` */
function wordOf(tick: Tick): string {
  if (tick.outcome !== 'ran') return outcomes[tick.outcome]
  return `${stateOf(tick.state).label}${isLate(tick) ? ' late' : ''}`
}

function spread({ tick, until, ticks }: Tick, begin: number): ReadonlyMap<number, number> {
  const from = Date.parse(tick)
  const step = ticks > 1 ? (Date.parse(until) - from) / (ticks - 1) : 0
  /** Ticks of the stretch that are due before this time. */
  const before = (at: number): number => (from >= at ? 0 : step === 0 ? ticks : Math.min(ticks, Math.ceil((at - from) / step)))
  const byHour = new Map<number, number>()
  for (let hour = 0; hour < 24; hour++) {
    const part = before(begin + (hour + 1) * hourMs) - before(begin + hour * hourMs)
    if (part > 0) byHour.set(hour, part)
  }
  return byHour
}
