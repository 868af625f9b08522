import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { type Clock, type Log, WeaverError } from '@data-weaver/contracts'
import { freePort, portIsFree } from '@data-weaver/embedded-postgres'
import type { KeptProcess } from '@data-weaver/process'
import { type ApiClient, apiClient } from './api-client.ts'
import { Children, type Scripts } from './children.ts'
import { type DataFolder, openDataFolder, ownSecrets } from './data-folder.ts'
import { startConsoleBuild } from './console/run.ts'
import { demoFile, ensureDemo, pauseDemo, watchDemo } from './demo.ts'
import { feedPath } from './demo-source/app.ts'
import { clearLeftBehind, keepRoll } from './left-behind.ts'
import { checkAddress } from './listen-check.ts'
import { openLogFile } from './log-file.ts'
import { forShell, type Screen, seconds, shortPath } from './screen.ts'
import { childEnvironments, type Environment, type LauncherSettings } from './settings.ts'

export interface LaunchParts {
  readonly settings: LauncherSettings
  readonly environment: Environment
  /** Folder the command was typed in. */
  readonly cwd: string
  readonly scripts: Scripts
  readonly screen: Screen
  readonly clock: Clock
  readonly log: Log
  /** Called as soon as the data folder is there and is ours. */
  readonly onFolder: (folder: DataFolder) => void
  /** Called with what kills all children at once. */
  readonly onChildren: (kill: () => void) => void
}

/**
 * Brings everything up on one machine: data folder, database, schema, supervisor, worker, and, in an empty folder, the demo. What is up is on
 * the stack, to be closed in reverse order.
 */
export async function launch(parts: LaunchParts, stack: AsyncDisposableStack, stopping: AbortSignal): Promise<void> {
  const { settings, screen, clock, log, cwd } = parts
  const began = clock.monotonic()
  const folder = await openDataFolder(settings.WEAVER_DATA_DIR, log)
  stack.defer(() => folder.lock.release())
  parts.onFolder(folder)
  screen.say(`Data Weaver starts. Its data is in ${shortPath(folder.path, cwd)}`)
  const roll = folder.join('processes.json')
  await clearLeftBehind(roll, { clock, log, onWait: () => screen.say('  waiting for processes of the last start, which was killed') })
  const port = settings.WEAVER_PORT === 0 ? await freePort() : settings.WEAVER_PORT
  await checkAddress(settings.WEAVER_HOST, port)
  stopping.throwIfAborted()

  const instance = randomBytes(8).toString('hex')
  const children = new Children({ folder, screen, clock, log, instance, onStart: keepRoll(roll, instance) })
  stack.defer(() => children.stop())
  const consoleLog = openLogFile(folder.join('logs', 'console.log'))
  const consoleBuild = stack.use(startConsoleBuild(parts.scripts.console, consoleLog, { screen, clock }))
  parts.onChildren(() => {
    children.kill()
    consoleBuild.kill()
  })
  const up = await startAll(parts, folder, children, port, stopping)
  announce(parts, folder, up)

  const over = new AbortController()
  stack.defer(() => over.abort())
  const signal = AbortSignal.any([stopping, over.signal])
  const api = apiClient(up.address, up.adminToken, signal)
  await warnOfParts(api, parts)
  const demo = { api, file: demoFile(folder.join('demo.json')), log }
  if (up.demo === undefined) {
    await pauseDemo(demo)
  } else if (await ensureDemo(up.demo.feed, up.demo.port, demo)) {
    const onFirst = () => screen.say(`First document searchable ${seconds(clock.monotonic() - began)} after the start:`)
    void watchDemo(api, { clock, signal, say: (line) => screen.say(line), onFirst }).catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error }, 'the demo cannot be watched')
    })
  }
}

const partSettings: Readonly<Record<string, string>> = {
  ledger: 'WEAVER_LEDGER_URL',
  queue: 'WEAVER_QUEUE_URL',
  store: 'WEAVER_STORE_URL',
  documents: 'WEAVER_LEDGER_URL',
}

/** Services wait for a part that is down instead of giving up, so somebody has to say that nothing runs until then. */
async function warnOfParts(api: ApiClient, { screen }: LaunchParts): Promise<void> {
  const { body } = await api.call('GET', '/health/ready')
  for (const [part, { status }] of Object.entries((body['parts'] ?? {}) as Record<string, { status: string }>)) {
    if (status === 'up') continue
    screen.say(`  ! the ${part} cannot be reached; streams rest until it can. Is it up, and is ${partSettings[part]} right?`)
  }
}

interface Up {
  readonly address: string
  readonly adminToken: string
  readonly demo: { readonly feed: string; readonly port: number } | undefined
}

async function startAll(parts: LaunchParts, folder: DataFolder, children: Children, port: number, stopping: AbortSignal): Promise<Up> {
  const { settings, environment, scripts, screen, clock } = parts
  const lap = () => {
    const began = clock.monotonic()
    return (what: string) => screen.say(`  ${what} (${seconds(clock.monotonic() - began)})`)
  }
  const plain = childEnvironments(environment, settings, { dataDir: folder.path, ledgerUrl: '', port, secretKey: '', adminToken: '' }).plain
  const demo = await wantedDemo(parts, folder)
  const demoUp = lap()
  const demoReady =
    demo === undefined
      ? Promise.resolve()
      : ready(
          children.service(
            'demo source',
            scripts.demoSource,
            ['--port', String(demo.port), '--state', folder.join('demo-position.json')],
            plain,
          ),
          folder,
          stopping,
        ).then(() => demoUp('demo source ready'))
  demoReady.catch(() => {})

  const databaseUp = lap()
  // Loading them takes a moment, which the database needs as well.
  const migrating = Promise.all([import('@data-weaver/ledger'), import('@data-weaver/queue')])
  let ledgerUrl = settings.WEAVER_LEDGER_URL
  if (ledgerUrl === undefined) {
    const { url, location } = await ready(children.database(scripts.database, folder.join('postgres'), plain), folder, stopping)
    ledgerUrl = String(url)
    databaseUp('database ready')
    if (!String(location).startsWith(folder.path))
      screen.say(`  (it lies in ${String(location)}, since the user that runs Postgres cannot reach the data folder)`)
  }
  const schemaUp = lap()
  const [{ migrate }, { migrateQueue }] = await migrating
  await migrate(ledgerUrl)
  await migrateQueue(settings.WEAVER_QUEUE_URL ?? ledgerUrl)
  stopping.throwIfAborted()
  schemaUp('schema up to date')

  const own = settings.WEAVER_SECRET_KEY !== undefined && settings.WEAVER_ADMIN_TOKEN !== undefined ? undefined : await ownSecrets(folder)
  const secretKey = settings.WEAVER_SECRET_KEY ?? own?.secretKey ?? ''
  const adminToken = settings.WEAVER_ADMIN_TOKEN ?? own?.adminToken ?? ''
  const derived = {
    dataDir: folder.path,
    ledgerUrl,
    port,
    secretKey,
    adminToken,
    ...(demo === undefined ? {} : { demoSource: `127.0.0.1:${demo.port}` }),
  }
  const env = childEnvironments(environment, settings, derived)
  const servicesUp = lap()
  const [{ address }] = await Promise.all([
    ready(children.service('supervisor', scripts.supervisor, [], env.supervisor), folder, stopping),
    ready(children.service('worker', scripts.worker, [], env.worker), folder, stopping),
    demoReady,
  ])
  servicesUp('supervisor and worker ready')
  return { address: reachable(String(address)), adminToken, demo }
}

/** Whether the demo is wanted, and where its source is to listen: at the port of the last start, if that is free. */
async function wantedDemo({ settings }: LaunchParts, folder: DataFolder): Promise<Up['demo']> {
  if (settings.WEAVER_DEMO === '0') return undefined
  const file = demoFile(folder.join('demo.json'))
  const state = await file.read()
  if (state === undefined && !folder.isNew) return undefined
  const port = state !== undefined && (await portIsFree(state.port)) ? state.port : await freePort()
  // Remembered before anything else, so that a start that is interrupted here is made good by the next one.
  if (state === undefined) await file.write({ port, made: false, paused: false })
  return { port, feed: `http://127.0.0.1:${port}${feedPath}` }
}

/** What the process says when it is ready. @throws WeaverError when it is given up, naming its log; the signal's reason at a stop. */
async function ready(process: KeptProcess, folder: DataFolder, stopping: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  const stopped = Promise.withResolvers<never>()
  const onStop = () => stopped.reject(stopping.reason)
  if (stopping.aborted) onStop()
  stopping.addEventListener('abort', onStop, { once: true })
  try {
    return await Promise.race([process.ready, stopped.promise])
  } catch (error) {
    stopping.throwIfAborted()
    if (!(error instanceof WeaverError)) throw error
    const log = folder.join('logs', `${process.name.replaceAll(' ', '-')}.log`)
    // Of settings a process says in plain lines what is wrong with them; errors in its log were on the screen already.
    const said = error.message
      .split('\n')
      .slice(1)
      .filter((line) => error.code === 'invalid_settings' && !line.startsWith('{'))
    const why = said.length > 0 ? `:\n${said.join('\n')}\nIn full in` : '. Why is said above, and in full in'
    throw new WeaverError(error.code, `The ${process.name} does not start${why} ${log}`, { cause: error })
  } finally {
    stopping.removeEventListener('abort', onStop)
  }
}

/** `0.0.0.0` means all addresses of the machine; a browser wants one. */
function reachable(address: string): string {
  const url = new URL(address)
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1'
  return url.origin
}

function announce({ screen, settings, cwd }: LaunchParts, folder: DataFolder, { address }: Up): void {
  const file = shortPath(folder.join('admin.token'), cwd)
  const token = settings.WEAVER_ADMIN_TOKEN === undefined ? `in ${file}` : 'the value of WEAVER_ADMIN_TOKEN'
  const shown = settings.WEAVER_ADMIN_TOKEN === undefined ? `$(cat ${forShell(file)})` : '$WEAVER_ADMIN_TOKEN'
  screen.say(
    [
      '',
      `  Console      ${address}/`,
      `  API docs     ${address}/docs`,
      `  Documents    ${address}/v1/documents`,
      `  Bull Board   ${address}/queues   (any user name, the admin token as password)`,
      `  Admin token  ${token}`,
      `  Logs         ${shortPath(dirname(folder.join('logs', 'x')), cwd)}`,
      '',
      `  curl -H "Authorization: Bearer ${shown}" '${address}/v1/documents?q=alaska&limit=1'`,
      '',
      '  Ctrl-C stops everything.',
      '',
    ].join('\n'),
  )
}
