import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type ObjectStore, silentLog, systemClock } from '@data-weaver/contracts'
import { openObjectStore } from '@data-weaver/object-store'
import { eventually, requireMinio, requireVersitygw, startMinio, startVersitygw, type TestS3 } from '@data-weaver/testkit'
import { describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, runEnds, runsOf, startFleet } from './fleet.ts'
import { startLargeSource } from './large-source.ts'

const GiB = 1024 ** 3
const MiB = 1024 ** 2
const never = new AbortController().signal

/** As the compose file starts a worker. */
const workerOptions = { NODE_OPTIONS: '--max-semi-space-size=8', MALLOC_ARENA_MAX: '2' }

interface Place {
  readonly name: string
  /** Undefined: it is not installed, and the tests are skipped. */
  readonly start: (() => Promise<TestS3 | undefined>) | undefined
}

const versitygw = await requireVersitygw()
const minio = await requireMinio()
const places: readonly Place[] = [
  { name: 'a folder', start: () => Promise.resolve(undefined) },
  { name: 'versitygw', start: versitygw === undefined ? undefined : () => startVersitygw(versitygw) },
  { name: 'MinIO', start: minio === undefined ? undefined : () => startMinio(minio) },
]

/** Resident memory that a process has had at most, bytes. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

async function addStream(fleet: Fleet, url: string): Promise<void> {
  await fleet.api.post('/v1/streams', {
    name: 'large',
    adapter: 'http',
    config: { request: { url, maxBytes: 2 * GiB }, records: { decoder: { type: 'ndjson' } }, primaryKey: ['id'] },
    // What fills the lines is not wanted in the index.
    transform: { fields: { number: 'id' } },
    schedule: { every: 3_600_000 },
    timeout: 900_000,
  })
  await fleet.api.post('/v1/streams/large/start')
}

async function readBack(store: ObjectStore, key: string): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of (await store.getStream(key, never)).pieces) {
    hash.update(piece)
    size += piece.byteLength
  }
  return { size, sha256: hash.digest('hex') }
}

describe.each(places)('a response of 1 GiB into $name', ({ start }) => {
  test.skipIf(start === undefined || process.platform !== 'linux')(
    'passes through a worker below 256 MiB; when that one dies in the middle another begins again, and nothing is left over',
    async () => {
      await using source = await startLargeSource(GiB)
      await using stack = new AsyncDisposableStack()
      const server = await start?.()
      if (server !== undefined) stack.use(server)
      const fleet = stack.use(await startFleet({ env: server === undefined ? {} : { WEAVER_STORE_URL: server.url } }))
      const url = server?.url ?? `file://${fleet.objects}`
      const store = await openObjectStore(url, { clock: systemClock, log: silentLog, random: () => 0.5 })
      stack.defer(() => store.close())
      source.pauseAt(100 * MiB)
      await addStream(fleet, source.url)
      await eventually(() => source.sent() >= 100 * MiB, { what: 'a part of the response to be sent', timeoutMs: 60_000 })
      await fleet.worker.end('SIGKILL')
      source.go()
      const worker = await fleet.startWorker(workerOptions)
      await eventually(
        async () => (await runsOf(fleet.api, 'large')).some(({ state }) => ['succeeded', 'partial', 'failed'].includes(state)),
        {
          what: 'the run to end',
          timeoutMs: 500_000,
          intervalMs: 500,
        },
      )
      const run = await runEnds(fleet.api, 'large', ['succeeded', 'partial', 'failed'])
      const peak = await peakOf(worker.pid)
      expect(run).toMatchObject({ state: 'succeeded', error: null, pages: 1, documents: source.lines })
      expect(source.requests()).toBe(2)
      const objects = await Array.fromAsync(store.list('', never))
      expect(objects).toHaveLength(1)
      const key = objects[0]?.key as string
      expect(await readBack(store, key)).toEqual({ size: source.lines * 65_536, sha256: source.sha256 })
      expect(await store.sweep(key.slice(0, key.lastIndexOf('/')), systemClock.now() + 60_000, never)).toBe(0)
      expect(peak).toBeLessThan(256 * MiB)
      const documents = await documentsOf(fleet.api, 'large')
      expect(documents).toHaveLength(source.lines)
    },
    900_000,
  )
})
