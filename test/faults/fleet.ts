import { fileURLToPath } from 'node:url'
import { migrate } from '@data-weaver/ledger'
import { migrateQueue } from '@data-weaver/queue'
import { createDatabase, freePort, type Spawned, spawnNode, startOwnPostgres, temporaryFolder } from '@data-weaver/testkit'
import type { OwnedPostgres, TemporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { type Api, apiAt } from '../e2e/api.ts'
import { withDatabase } from './facts.ts'

const script = (service: 'supervisor' | 'worker') => fileURLToPath(new URL(`../../services/${service}/src/main.ts`, import.meta.url))
const preload = fileURLToPath(new URL('./preload/main.ts', import.meta.url))
const adminToken = 'test-admin-token-0123456789'

export interface FleetOptions {
  readonly queueUrl?: string
  readonly storeUrl?: string
  /** Addresses that the processes use instead of the real ones: proxies. */
  readonly ledgerVia?: (real: string) => Promise<string>
  readonly queueVia?: string
  readonly storeVia?: string
  /** Name of a change to the source text that every process is started with; see preload/main.ts. */
  readonly mutant?: string
  readonly leaseMs?: number
  readonly workers?: number
  readonly supervisors?: number
}

/** What one process is started with besides the settings of all. */
export interface Arming {
  readonly failpoints?: string
  /** Runs it executes at once. */
  readonly fetchSlots?: number
  /** What its wall clock is off by, milliseconds: from the start on, or from the moment on when it gets SIGUSR2. */
  readonly clock?: { readonly offsetMs: number; readonly jumps: boolean }
}

export interface Fleet extends AsyncDisposable {
  readonly postgres: OwnedPostgres
  /** The real one, for the oracle. */
  readonly databaseUrl: string
  readonly storeUrl: string
  readonly folder: TemporaryFolder
  /** Starts a worker and waits until it is up; its id is in the ledger. */
  startWorker(arming?: Arming): Promise<Member>
  startSupervisor(): Promise<Member>
  /** Processes that are up. */
  readonly members: ReadonlySet<Member>
  /** The API of a supervisor that is up. */
  api(): Api
  /** All that every process printed so far. */
  output(): string
}

export interface Member {
  readonly role: 'worker' | 'supervisor'
  /** Of a worker: as the ledger names it. */
  readonly id: string
  readonly process: Spawned
  readonly address: string
}

/** What the processes stand on: servers, folders, and the settings that all of them share. */
async function layGround(stack: AsyncDisposableStack, options: FleetOptions) {
  const { queueUrl, ledgerVia, queueVia, storeUrl, storeVia, leaseMs = 2000 } = options
  const postgres = stack.use(await startOwnPostgres())
  const database = await createDatabase(undefined, postgres)
  // The cluster is thrown away and saves the waits for the disk, but what it acknowledged must survive its own death.
  await withDatabase(database.url, (client) => client.query(`alter database ${database.name} set synchronous_commit = on`))
  await migrate(database.url)
  await migrateQueue(database.url)
  const folder = stack.use(await temporaryFolder('faults'))
  const store = storeUrl ?? `file://${folder.join('objects')}`
  const settings = {
    WEAVER_LEDGER_URL: (await ledgerVia?.(database.url)) ?? database.url,
    ...(queueUrl === undefined ? {} : { WEAVER_QUEUE_URL: queueVia ?? queueUrl }),
    WEAVER_STORE_URL: storeVia ?? store,
    WEAVER_SECRET_KEY: generateKey(),
    WEAVER_EGRESS_ALLOW: '127.0.0.1',
    WEAVER_LEASE_MS: String(leaseMs),
    WEAVER_RECONCILE_MS: '200',
    NODE_COMPILE_CACHE: folder.join('compiled'),
  }
  return { postgres, databaseUrl: database.url, folder, storeUrl: store, settings }
}

/** What a process is started with so that its source text or its clock is not what it should be. */
function preloaded(
  mutant: string,
  { offsetMs, jumps }: NonNullable<Arming['clock']> = { offsetMs: 0, jumps: false },
): Record<string, string> {
  if (mutant === '' && offsetMs === 0) return {}
  const clock = { FAULTS_CLOCK_OFFSET_MS: String(offsetMs), FAULTS_CLOCK_JUMPS: jumps ? '1' : '0' }
  return { NODE_OPTIONS: `--import=${preload}`, FAULTS_MUTANT: mutant, ...clock }
}

/** Processes on a Postgres of their own, with a short lease. Nothing is started yet. */
export async function openFleet(options: FleetOptions = {}): Promise<Fleet> {
  await using stack = new AsyncDisposableStack()
  const { settings, ...ground } = await layGround(stack, options)
  const { mutant = '' } = options
  const members = new Set<Member>()
  const printed: Spawned[] = []
  stack.defer(async () => void (await Promise.all([...members].map((member) => member.process.end('SIGKILL')))))

  const launch = async (role: Member['role'], id: string, env: Record<string, string>, up: RegExp): Promise<Member> => {
    const child = spawnNode(script(role), { env: { ...settings, ...env }, ipc: true })
    const address = env['WEAVER_PORT'] === undefined ? '' : `http://127.0.0.1:${env['WEAVER_PORT']}`
    const member: Member = { role, id, process: child, address }
    printed.push(child)
    members.add(member)
    void child.exited.then(
      () => members.delete(member),
      () => members.delete(member),
    )
    await child.line(up)
    return member
  }
  let lives = 0
  const owned = stack.move()
  return {
    ...ground,
    members,
    async startWorker(arming = {}) {
      lives += 1
      const id = `worker-${lives}`
      const points = arming.failpoints === undefined ? {} : { WEAVER_FAILPOINTS: arming.failpoints, WEAVER_FAILPOINTS_ALLOWED: '1' }
      const slots = arming.fetchSlots === undefined ? {} : { WEAVER_FETCH_SLOTS: String(arming.fetchSlots) }
      const more = { ...points, ...slots, ...preloaded(mutant, arming.clock) }
      return await launch('worker', id, { WEAVER_WORKER_ID: id, ...more }, /"worker up"/)
    },
    async startSupervisor() {
      lives += 1
      const env = { WEAVER_ADMIN_TOKEN: adminToken, WEAVER_PORT: String(await freePort()), ...preloaded(mutant) }
      return await launch('supervisor', `supervisor-${lives}`, env, /"supervisor up"/)
    },
    api() {
      const supervisor = [...members].find(({ role }) => role === 'supervisor')
      if (supervisor === undefined) throw new Error('no supervisor is up')
      return apiAt(supervisor.address, adminToken)
    },
    output: () => printed.map((child) => child.output()).join('\n'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
