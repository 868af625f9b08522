import type { operations } from '@data-weaver/client'
import type { Tick } from '../../api/resources.ts'

export type TickWish = operations['runTicks']['requestBody']['content']['application/json']

/** Ticks that can be run after all. */
export const canRun = ({ outcome }: Tick): boolean => outcome === 'missed' || outcome === 'skipped'

/** What to ask for so that these entries are run: single ticks together, each stretch as a window of its own. */
export function wishesOf(entries: readonly Tick[]): readonly TickWish[] {
  const runnable = entries.filter(canRun)
  const single = runnable.filter(({ ticks }) => ticks === 1).map(({ tick }) => tick)
  const windows = runnable
    .filter(({ ticks }) => ticks > 1)
    .map(({ tick, until, outcome }): TickWish => ({ since: tick, until, outcomes: [outcome === 'skipped' ? 'skipped' : 'missed'] }))
  return single.length === 0 ? windows : [{ ticks: single }, ...windows]
}

const two = (value: number): string => String(value).padStart(2, '0')

/** A time as a field of a form takes it, in the zone of the reader, to the second. */
export function fieldTime(at: number): string {
  const date = new Date(at)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** The same time for the API; undefined for what is none. */
export function apiTime(field: string): string | undefined {
  const at = Date.parse(field)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}
