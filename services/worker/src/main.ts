import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { exitInvalidSettings, parseSettings, type Settings, settingsHelp, settingsProblems, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { listen, openLedger } from '@data-weaver/ledger'
import { openObjectStore, parseStoreUrl } from '@data-weaver/object-store'
import { runService } from '@data-weaver/process'
import { openQueue } from '@data-weaver/queue'
import { createVault, parseKeyring } from '@data-weaver/vault'
import { pino } from 'pino'
import { startWorker } from './app.ts'

const version = '0.1.0'

/** Checks every setting before anything is touched. */
function checkSettings() {
  const settings = parseSettings('worker', process.env)
  parseStoreUrl(settings.WEAVER_STORE_URL)
  return { settings, allow: parseEgressAllow(settings.WEAVER_EGRESS_ALLOW), keyring: parseKeyring(settings.WEAVER_SECRET_KEY) }
}

function start({ settings, allow, keyring }: ReturnType<typeof checkSettings>): Promise<never> {
  const log = pino({ level: settings.WEAVER_LOG_LEVEL, base: { service: 'worker', pid: process.pid } })
  return runService(
    async (stack) => {
      const clock = systemClock
      const name = 'weaver-worker'
      const ledger = openLedger(settings.WEAVER_LEDGER_URL, { clock, log, name })
      stack.defer(() => ledger.close())
      await ledger.ping()
      const store = await openObjectStore(settings.WEAVER_STORE_URL, { clock, log, random: Math.random })
      stack.defer(() => store.close())
      const egress = createEgress({ allow, clock, ...(await certificates(settings)) })
      stack.defer(() => egress.close())
      const queue = openQueue(settings.WEAVER_QUEUE_URL ?? settings.WEAVER_LEDGER_URL, { clock, log, name })
      stack.defer(() => queue.close())
      const listener = listen(settings.WEAVER_LEDGER_URL, { clock, log, name })
      stack.defer(() => listener.close())
      const registration = {
        id: settings.WEAVER_WORKER_ID ?? `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
        host: hostname(),
        pid: process.pid,
        version,
        pools: settings.WEAVER_POOLS.split(','),
        slots: settings.WEAVER_FETCH_SLOTS,
      }
      const vault = createVault(keyring)
      const worker = await startWorker(settings, { ledger, listener, queue, store, egress, vault, clock, log, random: Math.random, registration })
      stack.defer(() => worker.close())
      process.send?.({ ready: true })
    },
    { log },
  )
}

async function certificates({ WEAVER_CA_FILE: file }: Settings<'worker'>): Promise<{ caCertificates?: string }> {
  if (file === undefined) return {}
  try {
    return { caCertificates: await readFile(file, 'utf8') }
  } catch (cause) {
    const problem = { field: 'WEAVER_CA_FILE', problem: `names a file that cannot be read: ${file}`, hint: 'Give the path of a PEM file.' }
    throw new WeaverError('invalid_settings', `WEAVER_CA_FILE ${problem.problem}`, { errors: [problem], cause })
  }
}

if (process.argv.includes('--help')) {
  console.log(`Runs adapters: fetches from sources and feeds sinks. Any number of workers may run side by side.\n\nEnvironment:\n${settingsHelp()}`)
} else {
  try {
    await start(checkSettings())
  } catch (error) {
    if (!(error instanceof WeaverError) || error.code !== 'invalid_settings') throw error
    console.error(settingsProblems(error))
    process.exit(exitInvalidSettings)
  }
}
