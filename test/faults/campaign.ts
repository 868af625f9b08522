import { systemClock } from '@data-weaver/contracts'
import { eventually, processesWith } from '@data-weaver/testkit'
import { type Facts, readFacts } from './facts.ts'
import { type Fleet, type FleetOptions, openFleet } from './fleet.ts'
import { judge, type Violation } from './oracle.ts'
import { type RecoveryWatch, watchRecovery } from './recovery.ts'
import { ledgerNow, stopAll, untilDrained } from './settle.ts'
import { startWorkload } from './streams.ts'
import { startTruth, type Truth } from './truth.ts'

export interface Scene {
  readonly fleet: Fleet
  readonly truth: Truth
  readonly watch: RecoveryWatch
}

export interface CampaignOptions extends FleetOptions {
  /** Makes and starts the streams. Default: the whole workload. */
  readonly streams?: (fleet: Fleet, truth: Truth) => Promise<void>
  /** Longest wait for each step of the end, milliseconds. Default 90,000. */
  readonly limitMs?: number
  /** Default false. */
  readonly delayedMayStay?: boolean
}

export interface Verdict {
  readonly violations: readonly Violation[]
  /** From the end of the faults until all that was begun before was over, milliseconds. */
  readonly drainedMs: number
  /** From a fault until all that it interrupted went on, milliseconds, one number for each fault that interrupted something. */
  readonly recoveries: (fault?: string) => readonly number[]
  readonly facts: Facts
}

/**
 * One campaign: a fleet works, `harm` does its worst and puts right what it broke outside the fleet; then fresh processes finish what is
 * left, the streams are stopped, and the oracle judges. What cannot be waited for in time is a violation, not an error.
 */
export async function campaign(options: CampaignOptions, harm: (scene: Scene) => Promise<void>): Promise<Verdict> {
  let folder = ''
  const verdict = await suffer(options, async (scene) => {
    folder = scene.fleet.folder.path
    await harm(scene)
  })
  const gone = async () => (await processesWith([folder])).length === 0
  await eventually(gone, { what: 'all processes of the fleet to be gone', timeoutMs: 5000 })
  return verdict
}

async function suffer(options: CampaignOptions, harm: (scene: Scene) => Promise<void>): Promise<Verdict> {
  await using truth = await startTruth()
  await using fleet = await openFleet(options)
  const { workers = 3, supervisors = 2, streams = startWorkload, limitMs = 90_000, delayedMayStay = false } = options
  for (let index = 0; index < supervisors; index += 1) await fleet.startSupervisor()
  await using watch = watchRecovery(fleet.databaseUrl)
  await streams(fleet, truth)
  await harm({ fleet, truth, watch })

  const mark = await ledgerNow(fleet.databaseUrl)
  const up = (role: 'worker' | 'supervisor') => [...fleet.members].filter((member) => member.role === role).length
  for (let index = up('supervisor'); index < supervisors; index += 1) await fleet.startSupervisor()
  for (let index = up('worker'); index < workers; index += 1) await fleet.startWorker()
  const late: Violation[] = []
  const within = async (what: string, work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => late.push({ kind: 'unsettled', what: `${what}: ${String(error)}` }))
  }
  let drainedMs = Infinity
  await within('drain', async () => void (drainedMs = await untilDrained(fleet, mark, limitMs)))
  const stopped = await ledgerNow(fleet.databaseUrl)
  const { queueUrl = fleet.databaseUrl } = options
  await within('stop', () => stopAll(fleet, [...truth.shapes.keys()], { queueUrl, limitMs, delayedMayStay }))
  const facts = await readFacts(fleet.databaseUrl, fleet.storeUrl)
  try {
    const violations = await judge({ facts, shapes: truth.shapes, served: truth.served, ticksUntil: stopped })
    return { violations: [...late, ...violations], drainedMs, recoveries: watch.samples, facts }
  } finally {
    await facts.store.close()
  }
}

/** Lets the fleet work for a while without a fault. */
export const work = (ms: number): Promise<void> => systemClock.sleep(ms)
