import { createDatabase, type TestDatabase } from '@data-weaver/testkit'
import { afterAll } from 'vitest'
import { describeQueue, describeQueueOutage } from './conformance.ts'
import { migrateQueue } from './index.ts'

let database: TestDatabase | undefined
afterAll(() => database?.drop())

describeQueue('queue on PostgreSQL', async () => {
  database = await createDatabase({ key: 'queue', prepare: migrateQueue })
  return database.url
})

describeQueueOutage('queue on PostgreSQL', 'postgres://nobody@127.0.0.1:1/none')
