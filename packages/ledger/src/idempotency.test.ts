import { silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { createDatabase, type TestDatabase } from '@data-weaver/testkit'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ledger, migrate, openLedger } from './index.ts'

const tenant = 'default'
let database: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  database = await createDatabase({ key: 'ledger', prepare: migrate })
  ledger = openLedger(database.url, { clock: systemClock, log: silentLog, name: 'test' })
})

afterAll(async () => {
  await ledger.close()
  await database.drop()
})

const refused = async (work: Promise<unknown>): Promise<string | undefined> => {
  try {
    await work
  } catch (error) {
    if (error instanceof WeaverError) return error.code
    throw error
  }
  return undefined
}

describe('idempotency keys', () => {
  test('the same request gets the same answer, another one is refused', async () => {
    const key = uuidv7()
    expect(await ledger.idempotency.begin(tenant, key, 'a')).toBeUndefined()
    expect(await refused(ledger.idempotency.begin(tenant, key, 'a'))).toBe('idempotency_conflict')
    const answer = { status: 201, headers: { etag: '"1"' }, body: '{}' }
    await ledger.idempotency.keep(tenant, key, answer)
    expect(await ledger.idempotency.begin(tenant, key, 'a')).toEqual(answer)
    expect(await refused(ledger.idempotency.begin(tenant, key, 'b'))).toBe('idempotency_conflict')
  })
})
