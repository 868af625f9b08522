import { randomBytes } from 'node:crypto'
import { type ObjectStore, silentLog, systemClock } from '@data-weaver/contracts'
import { eventually, requireMinio, requireVersitygw, startMinio, startVersitygw } from '@data-weaver/testkit'
import { describe, expect, test } from 'vitest'
import { openObjectStore } from '../index.ts'

const never = new AbortController().signal
const plain = { contentType: 'application/octet-stream', signal: never }
const later = () => systemClock.now() + 60_000

const servers = [
  { name: 'versitygw', program: await requireVersitygw(), start: startVersitygw, findsByPrefix: true },
  // It lists uploads by whole names only, and removes old ones by itself.
  { name: 'MinIO', program: await requireMinio(), start: startMinio, findsByPrefix: false },
]

const open = (url: string): Promise<ObjectStore> => openObjectStore(url, { clock: systemClock, log: silentLog, random: () => 0.5 })

/** Two parts, and then nothing for ever. */
async function* endless(sent: () => void): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < 20; piece += 1) yield randomBytes(1_048_576)
  sent()
  await new Promise(() => {})
}

describe.each(servers)('$name', ({ program, start, findsByPrefix }) => {
  test.skipIf(program === undefined)(
    'what uploads left that never ended is removed, when it is old enough and where it was asked for',
    async () => {
      await using server = await start(program as string)
      const store = await open(server.url)
      const dying = await open(server.url)
      for (const key of ['results/run-1/a.large', 'results/run-2/b.large', 'others/run-1/c.large']) {
        const sent = Promise.withResolvers<void>()
        dying.putStream(key, endless(sent.resolve), plain).catch(() => {})
        await sent.promise
      }
      expect(await store.sweep('', systemClock.now() - 60_000, never)).toBe(0)
      expect(await store.sweep('results/run-3/', later(), never)).toBe(0)
      await eventually(async () => (await store.sweep('results/run-1/a.large', later(), never)) === 1, { what: 'the upload to be found' })
      if (findsByPrefix) expect(await store.sweep('', later(), never)).toBe(2)
      else for (const key of ['results/run-2/b.large', 'others/run-1/c.large']) expect(await store.sweep(key, later(), never)).toBe(1)
      expect(await store.sweep('', later(), never)).toBe(0)
      expect(await Array.fromAsync(store.list('', never))).toEqual([])
      await Promise.all([store.close(), dying.close()])
    },
  )
})
