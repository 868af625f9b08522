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
