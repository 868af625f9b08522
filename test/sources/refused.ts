import type { ErrorCode, RunState } from '@data-weaver/contracts'
import type { SourceServer } from '@data-weaver/testkit'
import { expect } from 'vitest'
import { documentsOf, type Fleet, type RunView } from '../e2e/fleet.ts'
import { newestRun } from './following.ts'

export interface Refusal {
  readonly state: RunState
  readonly code: ErrorCode
  readonly upstreamCode?: string
  /** How long the run waits, milliseconds: what the source said, or else the length of its window. */
  readonly waitMs?: number
}

const over: readonly RunState[] = ['succeeded', 'partial', 'failed', 'waiting']

/** The newest run of a stream once it has an end, or waits for another attempt. */
export const settled = (fleet: Fleet, name: string): Promise<RunView & { nextAttemptAt: string | null }> =>
  newestRun(fleet, name, ({ state }) => over.includes(state as RunState), 'has an end or waits') as Promise<
    RunView & { nextAttemptAt: string | null }
  >

/** A run that waits has used up no attempt, and one that failed has not been tried again. Stops the stream. */
export async function expectRefused(fleet: Fleet, name: string, refusal: Refusal, asked: () => number): Promise<RunView> {
  const { state, code, upstreamCode, waitMs } = refusal
  const run = await settled(fleet, name)
  expect(run).toMatchObject({ state, error: { code, ...(upstreamCode === undefined ? {} : { upstreamCode }) } })
  expect(run.attempt).toBe(state === 'waiting' ? 0 : 1)
  expect(asked()).toBe(1)
  if (waitMs !== undefined) {
    const left = Date.parse(run.nextAttemptAt ?? '') - Date.now()
    expect(left).toBeGreaterThan(waitMs - 30_000)
    expect(left).toBeLessThan(waitMs + 10_000)
  }
  expect(await documentsOf(fleet.api, name)).toEqual([])
  await fleet.api.post(`/v1/streams/${name}/stop`)
  return run
}

/** How often a source was asked with a key, wherever in the request it is. */
export const askedWith = (server: SourceServer, key: string) => () =>
  server.requests.filter(({ path, headers }) => path.includes(key) || Object.values(headers).some((value) => String(value).includes(key)))
    .length
