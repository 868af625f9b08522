import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { loadOutsideAdapters, useAdapters } from '@data-weaver/adapters'
import { parseSettings, systemClock } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow, readCertificates } from '@data-weaver/egress'
import { armFailpoints, parseFailpoints } from '@data-weaver/failpoints'
import { listen, openLedger } from '@data-weaver/ledger'
import { openObjectStore, parseStoreUrl } from '@data-weaver/object-store'
import { createLog, readSettingFiles, runCommand, runService } from '@data-weaver/process'
import { openQueue, parseQueueUrl } from '@data-weaver/queue'
import { readSinkEnvironment } from '@data-weaver/sinks'
import { createVault, parseKeyring } from '@data-weaver/vault'
import manifest from '../package.json' with { type: 'json' }
import { startWorker } from './app.ts'

/** Longest time for the first look at the object store, milliseconds. */
const probeMs = 5000

/** Checks every setting before anything is touched. */
async function checkSettings() {
  const settings = parseSettings('worker', await readSettingFiles(process.env))
  parseStoreUrl(settings.WEAVER_STORE_URL)
  parseQueueUrl(settings.WEAVER_QUEUE_URL ?? settings.WEAVER_LEDGER_URL)
  useAdapters(await loadOutsideAdapters(settings.WEAVER_ADAPTERS, { from: process.cwd(), clock: systemClock }))
  const ca = await readCertificates(settings.WEAVER_CA_FILE)
  return {
    settings,
    allow: parseEgressAllow(settings.WEAVER_EGRESS_ALLOW),
    keyring: parseKeyring(settings.WEAVER_SECRET_KEY),
    ca,
    sinkEnvironment: await readSinkEnvironment(settings, ca),
    failpoints: parseFailpoints(settings.WEAVER_FAILPOINTS ?? '', settings.WEAVER_FAILPOINTS_ALLOWED === '1'),
  }
}

function start({ settings, allow, keyring, ca, sinkEnvironment, failpoints }: Awaited<ReturnType<typeof checkSettings>>): Promise<never> {
  const log = createLog({ service: 'worker', level: settings.WEAVER_LOG_LEVEL })
  armFailpoints(failpoints, { clock: systemClock, log, random: Math.random })
  return runService(
    async (stack) => {
      const clock = systemClock
      const name = 'weaver-worker'
      const ledger = openLedger(settings.WEAVER_LEDGER_URL, { clock, log, name })
      stack.defer(() => ledger.close())
      await ledger.ping()
      const store = await openObjectStore(settings.WEAVER_STORE_URL, { clock, log, random: Math.random, ...ca })
      stack.defer(() => store.close())
      // A store that is down now may be up later; what needs it says so then.
      await store
        .probe(AbortSignal.timeout(probeMs))
        .catch((error: unknown) => log.warn({ err: error }, 'the object store cannot be written to now'))
      const egress = createEgress({ allow, clock, ...ca })
      stack.defer(() => egress.close())
      const queue = openQueue(settings.WEAVER_QUEUE_URL ?? settings.WEAVER_LEDGER_URL, { clock, log, name, ...ca })
      stack.defer(() => queue.close())
      const listener = listen(settings.WEAVER_LEDGER_URL, { clock, log, name })
      stack.defer(() => listener.close())
      const registration = {
        id: settings.WEAVER_WORKER_ID ?? `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
        host: hostname(),
        pid: process.pid,
        version: manifest.version,
        pools: settings.WEAVER_POOLS.split(','),
        slots: settings.WEAVER_FETCH_SLOTS,
      }
      const vault = createVault(keyring)
      const worker = await startWorker(settings, {
        ledger,
        listener,
        queue,
        store,
        egress,
        vault,
        clock,
        log,
        random: Math.random,
        sinkEnvironment,
        memoryBytes: () => process.memoryUsage.rss(),
        registration,
      })
      stack.defer(() => worker.close())
      process.send?.({ ready: true })
    },
    { log },
  )
}

await runCommand(
  'Runs adapters: fetches from sources and feeds sinks. Any number of workers may run side by side.',
  async () => await start(await checkSettings()),
)
