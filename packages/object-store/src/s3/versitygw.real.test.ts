import { silentLog, systemClock } from '@data-weaver/contracts'
import { requireVersitygw, startVersitygw } from '@data-weaver/testkit'
import { describe } from 'vitest'
import { describeObjectStore } from '../conformance.ts'
import { openObjectStore } from '../index.ts'

const program = await requireVersitygw()

describe.skipIf(program === undefined)('versitygw', () => {
  describeObjectStore('as an object store', async () => {
    const server = await startVersitygw(program as string)
    return {
      open: () => openObjectStore(server.url, { clock: systemClock, log: silentLog, random: () => 0.5 }),
      [Symbol.asyncDispose]: () => server.stop(),
    }
  })
})
