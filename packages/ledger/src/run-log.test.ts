import { randomUUID } from 'node:crypto'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { createDatabase } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { migrate, openLedger } from './index.ts'

test('what was said of a run is read in its order, page by page, however many digits its numbers have', async () => {
  await using database = await createDatabase({ key: 'ledger', prepare: migrate })
  const ledger = openLedger(database.url, { clock: systemClock, log: silentLog, name: 'test' })
  try {
    const runId = randomUUID()
    const line = { runId, level: 'warn', workerId: 'worker-1', message: 'an attempt ended with an error', fields: {} } as const
    for (let attempt = 1; attempt <= 12; attempt += 1) await ledger.logRun({ ...line, attempt })
    const attempts: number[] = []
    let after: string | undefined
    do {
      const { items, next } = await ledger.runLog(runId, 5, after)
      attempts.push(...items.map(({ attempt }) => attempt))
      after = next ?? undefined
    } while (after !== undefined)
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  } finally {
    await ledger.close()
  }
})
