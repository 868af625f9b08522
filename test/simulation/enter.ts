import { loadOutsideAdapters, useAdapters } from '@data-weaver/adapters'
import { systemClock } from '@data-weaver/contracts'
import { simulatedAdapter } from './ports/source.ts'
import { registerSink } from './ports/worker.ts'
import { type Outcome, simulate } from './simulate.ts'
import type { StoryOptions } from './story.ts'
import { World } from './world/world.ts'
import { v7 } from './world/ids.ts'

/** Prepares this thread for stories, and answers how to live through one. One at a time. */
export async function enter(): Promise<(seed: number, options: StoryOptions) => Promise<Outcome>> {
  const builtIn = await loadOutsideAdapters('', { from: import.meta.dirname, clock: systemClock })
  useAdapters(builtIn.with([{ adapter: simulatedAdapter, origin: { kind: 'builtIn' } }]))
  registerSink()
  // What a process does "after the current input" is an event of the simulation as well.
  globalThis.setImmediate = ((callback: () => void) => World.acting?.defer(callback)) as unknown as typeof setImmediate
  globalThis.crypto.randomUUID = v7 as typeof crypto.randomUUID
  const strays: unknown[] = []
  process.on('unhandledRejection', (reason) => strays.push(reason))
  return async (seed, options) => {
    strays.length = 0
    const outcome = await simulate(seed, options)
    if (strays.length === 0) return outcome
    const what = `nobody handled ${strays.map((stray) => (stray instanceof Error ? stray.stack : String(stray))).join('; ')}`
    return { ...outcome, violations: [...outcome.violations, { kind: 'wrong', what }] }
  }
}
