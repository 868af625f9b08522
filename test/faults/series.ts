import { systemClock } from '@data-weaver/contracts'
import type { Scene, Verdict } from './campaign.ts'
import { count, note } from './report.ts'

/** Something that goes wrong outside the processes, for a while. */
export interface Outage {
  readonly fault: string
  readonly begin: () => Promise<void> | void
  /** Puts it right again. */
  readonly end: () => Promise<void> | void
  /** How long it lasts, milliseconds. 0: a blow, not a state. */
  readonly forMs: number
  readonly times: number
}

/** Time between two outages, in which the fleet gets to work again, milliseconds. */
const betweenMs = 1500

/** Workers and supervisors work while one outage follows the other. */
export async function sufferAll({ fleet }: Scene, outages: readonly Outage[], workers: number): Promise<void> {
  await Promise.all(Array.from({ length: workers }, () => fleet.startWorker()))
  const members = [...fleet.members]
  for (const { begin, end, forMs, times } of outages) {
    for (let index = 0; index < times; index += 1) {
      await systemClock.sleep(betweenMs)
      await begin()
      await systemClock.sleep(forMs)
      await end()
    }
  }
  await systemClock.sleep(betweenMs)
  // Whatever servers and lines do, no process may go down with them.
  for (const { id, process } of members) {
    if (process.child.exitCode !== null || process.child.signalCode !== null)
      throw new Error(`${id} ended:\n${lastErrors(process.output())}`)
  }
}

/** The last lines of a log at the levels of errors. */
const lastErrors = (output: string): string =>
  output
    .split('\n')
    .filter((line) => !/^\{"level":[1-4]0/.test(line))
    .slice(-10)
    .join('\n')

/** One line for each kind of outage. What was lost or doubled in the campaign counts for all of them. */
export function noteOutages(file: string, queue: string, outages: readonly Outage[], { violations }: Verdict): void {
  const damage = { lost: count(violations, 'lost'), doubled: count(violations, 'doubled') }
  for (const { fault, times } of outages) note(file, { fault, queue, times, ...damage, recoveries: [] })
}
