import { openObjectStore } from '../index.ts'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { temporaryFolder } from '@data-weaver/testkit'
import { describeObjectStore } from '../conformance.ts'
import { pathToFileURL } from 'node:url'

describeObjectStore('a folder', async () => {
  const folder = await temporaryFolder('objects')
  return {
    open: () => openObjectStore(pathToFileURL(folder.join('store')).href, { clock: systemClock, log: silentLog, random: () => 0.5 }),
    [Symbol.asyncDispose]: () => folder.remove(),
  }
})
