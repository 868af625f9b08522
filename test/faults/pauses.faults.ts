import { expect, inject, test } from 'vitest'
import { count, note } from './report.ts'
import { pauseScenario, sleeperScenario } from './scenarios.ts'

const outcomes = inject('faultOutcomes')

test('workers that wake up after their lease write nothing that is stale', async () => {
  const { violations, recoveries, times } = await pauseScenario(50)
  note(outcomes, {
    fault: 'SIGSTOP beyond the lease, then SIGCONT',
    queue: 'PostgreSQL',
    times,
    lost: count(violations, 'lost'),
    doubled: count(violations, 'doubled'),
    recoveries: recoveries(),
  })
  expect(violations).toEqual([])
  expect(times).toBeGreaterThanOrEqual(50)
})

test('a worker that falls asleep between the store and the commit of a page finds the run gone', async () => {
  const { violations } = await sleeperScenario()
  expect(violations).toEqual([])
})
