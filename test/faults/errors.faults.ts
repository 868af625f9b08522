import { failpointNames } from '@data-weaver/failpoints'
import { expect, inject, test } from 'vitest'
import { count, note } from './report.ts'
import { errorScenario } from './scenarios.ts'

const outcomes = inject('faultOutcomes')

test('what happened although the caller saw an error is neither lost nor done twice', async () => {
  const { violations, times } = await errorScenario(20_000)
  const total = [...times.values()].reduce((sum, each) => sum + each, 0)
  const damage = { lost: count(violations, 'lost'), doubled: count(violations, 'doubled') }
  note(outcomes, { fault: 'Done, but the caller saw an error, at each step', queue: 'PostgreSQL', times: total, ...damage, recoveries: [] })
  expect(violations).toEqual([])
  for (const name of failpointNames) expect(times.get(name) ?? 0, name).toBeGreaterThan(0)
})
