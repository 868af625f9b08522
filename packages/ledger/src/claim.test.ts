import { silentLog, systemClock } from '@data-weaver/contracts'
import { createDatabase } from '@data-weaver/testkit'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { spec } from '../test/bench.ts'
import { migrate, openLedger } from './index.ts'

test('two jobs that wake the same run in the same moment: one gets it', async () => {
  await using database = await createDatabase({ key: 'ledger', prepare: migrate })
  const ledger = openLedger(database.url, { clock: systemClock, log: silentLog, name: 'test' })
  try {
    const id = uuidv7()
    await ledger.streams.create({ id, tenant: 'default', name: 'twice', adapter: 'http', spec: { ...spec, sinks: [] }, sealed: {} })
    await ledger.streams.start('default', id)
    const { runId } = await ledger.streams.trigger('default', id)
    const claims = await Promise.all([1, 2, 3].map(() => ledger.claim('worker-1', 30_000, { kind: 'run', runId })))
    expect(claims.map(({ outcome }) => outcome).toSorted()).toEqual(['busy', 'busy', 'claimed'])
  } finally {
    await ledger.close()
  }
})
