import { loadOutsideAdapters, useAdapters } from '@data-weaver/adapters'
import { fileURLToPath } from 'node:url'
import { parseSettings, type SearchableSink, type Settings, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow, readCertificates } from '@data-weaver/egress'
import { competeForLeadership, grantWorkerRole, listen, migrate, openLedger } from '@data-weaver/ledger'
import { openObjectStore, parseStoreUrl } from '@data-weaver/object-store'
import { createLog, readSettingFiles, runCommand, runService } from '@data-weaver/process'
import { migrateQueue, openQueue, parseQueueUrl } from '@data-weaver/queue'
import { readSinkEnvironment, sinkKind } from '@data-weaver/sinks'
import { createVault, parseKeyring } from '@data-weaver/vault'
import manifest from '../package.json' with { type: 'json' }
import { buildApp } from './app.ts'
import { type AuditKeepingParts, keepAudits } from './audit/keep.ts'
import { keepCatalogue } from './catalogue/keep.ts'
import { type OperationRunnerParts, runOperations } from './operations.ts'
import { createReconciler, type Reconciler } from './reconciler.ts'
import { keepPurging } from './purging.ts'
import { keepStore, type StoreKeepingParts } from './store-keeping.ts'

/** Where the console's own build puts it. */
const consoleFolder = fileURLToPath(new URL('../../console/dist', import.meta.url))
/** How long requests under way may take to end when the process is told to stop, milliseconds. */
const finishRequestsMs = 3000
/** Longest time for the first look at the object store, milliseconds. */
const probeMs = 5000

/** Checks every setting before anything is touched. */
async function checkSettings() {
  const settings = parseSettings('supervisor', await readSettingFiles(process.env))
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
  }
}

function start({ settings, allow, keyring, ca, sinkEnvironment }: Awaited<ReturnType<typeof checkSettings>>): Promise<never> {
  const log = createLog({ service: 'supervisor', level: settings.WEAVER_LOG_LEVEL })
  return runService(
    async (stack) => {
      const [clock, name] = [systemClock, 'weaver-supervisor']
      const ledgerUrl = settings.WEAVER_LEDGER_URL
      const queueUrl = settings.WEAVER_QUEUE_URL ?? ledgerUrl
      await migrate(ledgerUrl)
      await migrateQueue(queueUrl)
      const ledger = openLedger(ledgerUrl, { clock, log, name })
      stack.defer(() => ledger.close())
      const store = await openObjectStore(settings.WEAVER_STORE_URL, { clock, log, random: Math.random, ...ca })
      stack.defer(() => store.close())
      // A store that is down now may be up later; what needs it says so then.
      const unwritable = (error: unknown) => log.warn({ err: error }, 'the object store cannot be written to now')
      await store.probe(AbortSignal.timeout(probeMs)).catch(unwritable)
      const egress = createEgress({ allow, clock, ...ca })
      stack.defer(() => egress.close())
      const queue = openQueue(queueUrl, { clock, log, name, ...ca })
      stack.defer(() => queue.close())
      const listener = listen(ledgerUrl, { clock, log, name })
      stack.defer(() => listener.close())
      const documents = (await sinkKind('postgres').open({ ledgerUrl }, {})) as SearchableSink
      stack.defer(() => documents.close())
      await grantRights(settings)

      const reconciler = createReconciler({
        ledger,
        queue,
        clock,
        log,
        everyMs: settings.WEAVER_RECONCILE_MS,
        leaseMs: settings.WEAVER_LEASE_MS,
      })
      listener.on('weaver_streams', () => reconciler.wake())
      listener.on('weaver_worker_available', () => reconciler.wake())
      const lead = leading(settings, { ledger, queue, listener, store, sinks: sinkEnvironment, clock, log }, reconciler)
      const leadership = competeForLeadership(ledgerUrl, { clock, log, name: 'weaver-leader', lead })
      stack.defer(() => leadership.close())

      const vault = createVault(keyring)
      const adminToken = settings.WEAVER_ADMIN_TOKEN
      const app = await buildApp({
        adminToken,
        version: manifest.version,
        ledger,
        listener,
        queue,
        store,
        egress,
        vault,
        documents,
        ...whereGiven(settings),
        ...sinkEnvironment,
        clock,
        log,
        reconcile: () => reconciler.wake(),
        leaseMs: settings.WEAVER_LEASE_MS,
      })
      stack.defer(() => closeServer(app))
      const address = await listenOn(app, settings)
      log.info({ address }, 'supervisor up')
      process.send?.({ ready: true, address })
    },
    { log },
  )
}

type LeadParts = Omit<OperationRunnerParts & StoreKeepingParts & AuditKeepingParts, 'reconcile' | 'everyMs'>

/** What only the leader does. */
const leading =
  (settings: Settings<'supervisor'>, parts: LeadParts, reconciler: Reconciler) =>
  async (signal: AbortSignal): Promise<void> => {
    const operations = { ...parts, reconcile: () => reconciler.wake() }
    const audits = { ...parts, everyMs: settings.WEAVER_AUDIT_MS }
    const purging = { ...parts, ledgerUrl: settings.WEAVER_LEDGER_URL }
    const keeping = [keepStore(parts, signal), keepCatalogue(parts, signal), keepAudits(audits, signal), keepPurging(purging, signal)]
    await Promise.all([reconciler.run(signal), runOperations(operations, signal), ...keeping])
  }

/** When all tables are there. */
async function grantRights({ WEAVER_LEDGER_URL: url, WEAVER_WORKER_ROLE: role }: Settings<'supervisor'>): Promise<void> {
  if (role !== undefined) await grantWorkerRole(url, role)
}

/** Parts that not every supervisor has. */
const whereGiven = ({ WEAVER_TRUSTED_PROXIES: trustedProxies }: Settings<'supervisor'>) => ({
  consoleFolder,
  ...(trustedProxies === undefined ? {} : { trustedProxies }),
})

/**
 * Answers what is under way, then closes every connection: one that was opened and never asked anything counts as busy to Node, for a
 * minute.
 */
async function closeServer(app: Awaited<ReturnType<typeof buildApp>>): Promise<void> {
  const closed = app.close()
  const waited = new AbortController()
  const patience = systemClock.sleep(finishRequestsMs, waited.signal).catch(() => {})
  await Promise.race([closed, patience])
  waited.abort()
  app.server.closeAllConnections()
  await closed
}

async function listenOn(
  app: Awaited<ReturnType<typeof buildApp>>,
  { WEAVER_HOST: host, WEAVER_PORT: port }: Settings<'supervisor'>,
): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    const problem = {
      field: 'WEAVER_PORT',
      problem: `${port} on ${host} is in use`,
      hint: 'End what uses it, or choose another, for example WEAVER_PORT=3100.',
    }
    throw new WeaverError('port_in_use', `WEAVER_PORT ${problem.problem}`, { errors: [problem], cause })
  }
}

await runCommand(
  'Serves the REST API and keeps the schedules. Any number of supervisors may run side by side; one leads.',
  async () => await start(await checkSettings()),
)
