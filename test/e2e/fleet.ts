import { fileURLToPath } from 'node:url'
import { migrate } from '@data-weaver/ledger'
import { migrateQueue } from '@data-weaver/queue'
import { createDatabase, eventually, type Spawned, spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { type Api, apiAt } from './api.ts'

const script = (service: 'supervisor' | 'worker') => fileURLToPath(new URL(`../../services/${service}/src/main.ts`, import.meta.url))

export interface Fleet extends AsyncDisposable {
  readonly api: Api
  readonly address: string
  /** Folder of the object store. */
  readonly objects: string
  readonly databaseUrl: string
  /** The one started last. */
  readonly supervisor: Spawned
  /** The one started last. */
  readonly worker: Spawned
  startSupervisor(): Promise<Spawned>
  /** One more beside it, on a port of its own. Answers its address. */
  startAnotherSupervisor(): Promise<string>
  startWorker(env?: Record<string, string>): Promise<Spawned>
  /** All that every process printed so far. */
  output(): string
}

export interface FleetOptions {
  readonly env?: Record<string, string>
  /** Default: the same database as the ledger. */
  readonly queueUrl?: string
}

const adminToken = 'test-admin-token-0123456789'

async function prepare(url: string): Promise<void> {
  await migrate(url)
  await migrateQueue(url)
}

/** A supervisor and a worker as processes of their own, on a fresh database and folder. Short leases, so that recovery is soon. */
export async function startFleet({ env = {}, queueUrl }: FleetOptions = {}): Promise<Fleet> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createDatabase({ key: 'ledger and queue', prepare }))
  const folder = stack.use(await temporaryFolder('fleet'))
  const objects = folder.join('objects')
  const shared = {
    WEAVER_LEDGER_URL: database.url,
    ...(queueUrl === undefined ? {} : { WEAVER_QUEUE_URL: queueUrl }),
    WEAVER_STORE_URL: `file://${objects}`,
    WEAVER_SECRET_KEY: generateKey(),
    WEAVER_EGRESS_ALLOW: '127.0.0.1',
    WEAVER_LEASE_MS: '3000',
    WEAVER_RECONCILE_MS: '200',
    ...env,
  }
  const children: Spawned[] = []
  stack.defer(async () => void (await Promise.all(children.map((child) => child.end()))))
  let address = ''
  const newest: { supervisor?: Spawned; worker?: Spawned } = {}
  const launch = (service: 'supervisor' | 'worker', more: Record<string, string>): Spawned => {
    const child = spawnNode(script(service), { env: { ...shared, ...more } })
    children.push(child)
    newest[service] = child
    return child
  }
  const supervisorOn = async (port: string) => {
    const child = launch('supervisor', { WEAVER_ADMIN_TOKEN: adminToken, WEAVER_PORT: port })
    const [, up] = await child.line(/"address":"([^"]+)".*"supervisor up"/)
    return { child, up: up as string }
  }
  const startSupervisor = async () => {
    const { child, up } = await supervisorOn(address === '' ? '0' : new URL(address).port)
    address = up
    return child
  }
  const startWorker = async (more: Record<string, string> = {}) => {
    const child = launch('worker', more)
    await child.line(/"worker up"/)
    return child
  }
  await startSupervisor()
  await startWorker()
  const owned = stack.move()
  return {
    api: apiAt(address, adminToken),
    address,
    objects,
    databaseUrl: database.url,
    get supervisor() {
      return newest.supervisor as Spawned
    },
    get worker() {
      return newest.worker as Spawned
    },
    startSupervisor,
    startAnotherSupervisor: async () => (await supervisorOn('0')).up,
    startWorker,
    output: () => children.map((child) => child.output()).join('\n'),
    // In reverse: the processes first, together, then the folder and the database below them.
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface List<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

export interface RunView {
  readonly id: string
  readonly state: string
  readonly error: { readonly code: string; readonly message: string } | null
  readonly attempt: number
  readonly documents: number
  readonly pages: number
}

export interface DocumentView {
  readonly id: string
  readonly fields: Record<string, unknown>
  readonly revision: number
  readonly seq: number
  readonly lineage: { readonly resultId: string; readonly record: number; readonly runId: string; readonly streamId: string }
}

export const runsOf = async (api: Api, stream: string): Promise<readonly RunView[]> =>
  (await api.get<List<RunView>>(`/v1/streams/${stream}/runs?limit=100`)).items

/** All documents of a stream. */
export async function documentsOf(api: Api, stream: string): Promise<readonly DocumentView[]> {
  const found: DocumentView[] = []
  let after = ''
  do {
    const page: List<DocumentView> = await api.get(`/v1/documents?stream=${stream}&limit=500${after}`)
    found.push(...page.items)
    after = page.next === null ? '' : `&after=${encodeURIComponent(page.next)}`
  } while (after !== '')
  return found
}

/** Waits until the newest run of a stream that has ended is in one of these states. */
export const runEnds = (api: Api, stream: string, states: readonly string[]): Promise<RunView> =>
  eventually(async () => (await runsOf(api, stream)).find(({ state }) => states.includes(state)), {
    what: `a run of ${stream} to be ${states.join(' or ')}`,
    timeoutMs: 30_000,
  })
