import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireVersitygw, startVersitygw } from '@data-weaver/testkit'
import { describe, expect, inject, test } from 'vitest'
import { campaign } from './campaign.ts'
import { noteOutages, type Outage, sufferAll } from './series.ts'
import { prepareSinkFaults, resetSinks, setSinkFaults } from './sink-faults.ts'
import { startStoreProxy, storeFaults } from './store-proxy.ts'

const outcomes = inject('faultOutcomes')
const versitygw = await requireVersitygw()

describe.concurrent('stores and sinks that fail', () => {
  test.skipIf(versitygw === undefined)('an S3 store that is down, slow, full, or fails now and then', async () => {
    await using store = await startVersitygw(versitygw as string)
    await using proxy = await startStoreProxy(store.port)
    const calm = () => proxy.set(0)
    const outages: readonly Outage[] = [
      { fault: 'Store: 5 % errors of each of 7 kinds, for 10 s', begin: () => proxy.set(0.35), end: calm, forMs: 10_000, times: 1 },
      {
        fault: 'Store: reset in the middle, done or not, every other time, for 3 s',
        begin: () => proxy.set(0.5, storeFaults.slice(3, 6)),
        end: calm,
        forMs: 3000,
        times: 2,
      },
      { fault: 'Store: every request late, for 3 s', begin: () => proxy.set(1, ['late']), end: calm, forMs: 3000, times: 2 },
      { fault: 'Store: down, for 3 s', begin: () => store.kill(), end: () => store.start(), forMs: 3000, times: 3 },
      { fault: 'Store: full, for 3 s', begin: () => proxy.set(1, ['storage full']), end: calm, forMs: 3000, times: 2 },
    ]
    const storeVia = store.url.replace(`:${store.port}`, `:${proxy.port}`)
    const verdict = await campaign({ storeUrl: store.url, storeVia }, (scene) => sufferAll(scene, outages, 3))
    noteOutages(outcomes, 'PostgreSQL', outages, verdict)
    expect(verdict.violations).toEqual([])
    for (const fault of storeFaults) expect(proxy.failed.get(fault) ?? 0, fault).toBeGreaterThan(0)
  })

  test('a sink that is down, slow, full, or fails now and then', async () => {
    let outages: readonly Outage[] = []
    const verdict = await campaign({}, async (scene) => {
      const { databaseUrl } = scene.fleet
      const calm = () => setSinkFaults(databaseUrl, 0)
      const fail = (fault: string, times: number, begin: () => Promise<void>, forMs = 3000): Outage => ({
        fault,
        begin,
        end: calm,
        forMs,
        times,
      })
      await scene.fleet.startWorker()
      await prepareSinkFaults(databaseUrl)
      outages = [
        fail('Sink: 5 % errors of each of 10 kinds, for 10 s', 1, () => setSinkFaults(databaseUrl, 0.5), 10_000),
        fail('Sink: down, for 3 s', 2, () => setSinkFaults(databaseUrl, 1, ['57P03'])),
        fail('Sink: full, for 3 s', 2, () => setSinkFaults(databaseUrl, 1, ['53100'])),
        fail('Sink: half a second late, for 3 s', 2, () => setSinkFaults(databaseUrl, 0, [], 0.5)),
        fail('Sink: connections reset in the middle', 10, () => resetSinks(databaseUrl), 0),
      ]
      await sufferAll(scene, outages, 2)
    })
    noteOutages(outcomes, 'PostgreSQL', outages, verdict)
    expect(verdict.violations).toEqual([])
  })

  test.skipIf(process.getuid?.() !== 0)('a disk without room for pages', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'weaver-test-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk])
    try {
      const ballast = join(disk, 'ballast')
      const fill = () => {
        try {
          writeFileSync(ballast, Buffer.alloc(65 * 2 ** 20))
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        }
      }
      const outages: readonly Outage[] = [
        { fault: 'Disk of the store full, for 3 s', begin: fill, end: () => rmSync(ballast), forMs: 3000, times: 3 },
      ]
      const verdict = await campaign({ storeUrl: `file://${disk}/objects` }, (scene) => sufferAll(scene, outages, 2))
      noteOutages(outcomes, 'PostgreSQL', outages, verdict)
      expect(verdict.violations).toEqual([])
    } finally {
      execFileSync('umount', [disk])
      rmSync(disk, { recursive: true })
    }
  })
})
