import { expect } from 'vitest'
import { campaign, type CampaignOptions } from './campaign.ts'
import { random } from './chance.ts'
import { fromOutside, killAll, type Kills } from './kills.ts'
import { count, note } from './report.ts'

/** More than 300 kills on each queue, where the machine is quick enough. */
const plan = { perPoint: 10, external: 115, limitMs: 270_000, workers: 3, random }

/** Kills workers and supervisors at every step of a run and at any moment, and expects that it did nothing. */
export async function expectStorm(outcomes: string, queue: string, options: CampaignOptions): Promise<void> {
  let kills: Kills | undefined
  const { violations, recoveries, drainedMs } = await campaign(options, async ({ fleet, watch }) => {
    kills = await killAll(fleet, watch, plan)
  })
  const { byPoint, external, supervisors } = kills as Kills
  const damage = { lost: count(violations, 'lost'), doubled: count(violations, 'doubled') }
  const add = (what: string, times: number, fault: string) =>
    note(outcomes, { fault: what, queue, times, ...damage, recoveries: recoveries(fault) })
  for (const [point, times] of byPoint) add(`SIGKILL of a worker at \`${point}\``, times, point)
  add('SIGKILL of a worker at any moment', external, fromOutside)
  add('SIGKILL of a supervisor', supervisors, 'none')
  expect(violations).toEqual([])
  expect([...byPoint.values()].every((times) => times >= plan.perPoint)).toBe(true)
  // How quickly it recovers stands in the report: on a machine that does other work as well it says little.
  expect(drainedMs).toBeLessThan(60_000)
}
