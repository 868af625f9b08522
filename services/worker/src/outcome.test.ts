import { type StreamSpec, WeaverError } from '@data-weaver/contracts'
import type { ClaimedRun } from '@data-weaver/ledger'
import { expect, it } from 'vitest'
import { endOf, refusedByLedger } from './outcome.ts'

const run = { id: 'run', epoch: 1, attempt: 1 } as ClaimedRun
const spec = { retry: { attempts: 3, delay: 100, maxDelay: 1000 }, autoPause: null } as StreamSpec
const dayMs = 86_400_000

it.each([
  ['a while', 7000, 7000],
  ['a month', 30 * dayMs, dayMs],
  ['three thousand years', 99_999_999_999_000, dayMs],
  ['more than the database can count', 1e25, dayMs],
  ['for ever', Number.POSITIVE_INFINITY, dayMs],
  ['no number', Number.NaN, dayMs],
  ['less than nothing', -5, 0],
])('a source that asks to wait for %s is heeded for a day at most', (_name, retryAfterMs, expected) => {
  const asked = new WeaverError('source_unavailable', 'answered 503', { retryAfterMs })
  expect(endOf(run, spec, asked, () => 0.5)).toMatchObject({ outcome: 'wait', retryAfterMs: expected })
  const unreachable = new WeaverError('source_unreachable', 'no answer', { retryAfterMs })
  expect(endOf(run, spec, unreachable, () => 0.5)).toMatchObject({ outcome: 'retry', retryAfterMs: expected })
})

it('a run whose commit the ledger refused is left to the ledger: a stop is acknowledged, and no attempt is lost', () => {
  expect(endOf(run, spec, refusedByLedger, () => 0.5)).toMatchObject({ epoch: 1, outcome: 'wait', retryAfterMs: 0, error: null })
  expect(endOf(run, spec, new WeaverError('lease_lost', 'another worker goes on'), () => 0.5)).toBeUndefined()
})
