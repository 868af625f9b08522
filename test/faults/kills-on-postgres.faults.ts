import { inject, test } from 'vitest'
import { expectStorm } from './storm.ts'

test('workers and supervisors are killed at every step of a run, with the queue on PostgreSQL', () =>
  expectStorm(inject('faultOutcomes'), 'PostgreSQL', {}))
