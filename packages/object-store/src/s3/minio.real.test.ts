import { silentLog, systemClock } from '@data-weaver/contracts'
import { requireMinio, startMinio } from '@data-weaver/testkit'
import { describe } from 'vitest'
import { describeObjectStore } from '../conformance.ts'
import { openObjectStore } from '../index.ts'

const program = await requireMinio()

describe.skipIf(program === undefined)('MinIO', () => {
  describeObjectStore('as an object store', async () => {
    const server = await startMinio(program as string)
    return {
      open: () => openObjectStore(server.url, { clock: systemClock, log: silentLog, random: () => 0.5 }),
      [Symbol.asyncDispose]: () => server.stop(),
    }
  })
})
