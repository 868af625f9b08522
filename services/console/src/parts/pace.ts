import type { Run } from '../api/resources.ts'

/** Stretch of time over which runs are counted, milliseconds. */
const stretchMs = 60_000

export interface Pace {
  readonly runs: number
  readonly documents: number
}

/**
 * Runs and documents of the last minute, counted in the newest runs. Where those do not reach back a minute, it is their pace, carried over
 * to a minute.
 * @param runs the newest first
 * @param complete whether there are no older ones
 */
export function paceOf(runs: readonly Run[], complete: boolean, now: number): Pace {
  const recent = runs.filter(({ createdAt }) => now - Date.parse(createdAt) <= stretchMs)
  const documents = recent.reduce((sum, run) => sum + run.documents, 0)
  const oldest = recent.at(-1)
  const reaches = complete || recent.length < runs.length || oldest === undefined
  const share = reaches ? 1 : Math.max(now - Date.parse(oldest.createdAt), 1000) / stretchMs
  return { runs: Math.round(recent.length / share), documents: Math.round(documents / share) }
}
