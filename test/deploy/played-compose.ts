import { execFile, spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cleanEnvironment, eventually, freePort, spawnNode, type Spawned, type TemporaryFolder } from '@data-weaver/testkit'
import { type ComposeService, readCompose } from './compose.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const compose = readCompose()

const service = (name: string): ComposeService => compose.services[name] as ComposeService
const words = (value: string | readonly string[] | undefined): readonly string[] => (value === undefined ? [] : [value].flat())

/** What an `.env` says, by name of the variable. */
export type Variables = Readonly<Record<string, string>>

/** The environment of a service as compose gives it with an `.env`; `replace` says what is where here. */
function environmentOf(name: string, replace: (value: string) => string, variables: Variables = {}): Record<string, string> {
  const entries = Object.entries(service(name).environment ?? {})
  const given = (value: string) =>
    value.replace(/\$\{([A-Z_]+):-([^}]*)\}/g, (_, variable: string, otherwise: string) => variables[variable] ?? otherwise)
  return Object.fromEntries(entries.map(([key, value]) => [key, replace(given(value))]))
}

/** Starts a server by the command line of its service, with other places and addresses. Its end is put on the stack. */
export async function startPart(
  stack: AsyncDisposableStack,
  name: string,
  parts: {
    readonly replace: (word: string) => string
    readonly env?: Record<string, string>
    readonly answers: () => Promise<boolean>
    readonly timeoutMs?: number
  },
): Promise<void> {
  const { entrypoint, command } = service(name)
  const [program = '', ...rest] = [...words(entrypoint), ...words(command)].map(parts.replace)
  let output = ''
  const child = spawn(program, rest, {
    env: cleanEnvironment({ ...environmentOf(name, parts.replace), ...parts.env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
  stack.defer(async () => {
    child.kill('SIGTERM')
    await gone
  })
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended:\n${output}`)
      return await parts.answers()
    },
    { what: `${name} to answer`, ...(parts.timeoutMs === undefined ? {} : { timeoutMs: parts.timeoutMs }) },
  )
}

export interface Secrets {
  readonly folder: string
  read(name: string): Promise<string>
  /** Puts a file into the folder for what not everybody has. */
  add(name: string, content: string): Promise<void>
}

/** The secrets that the script makes; the addresses in them lead to where the parts are here. */
export async function playSecrets(folder: TemporaryFolder, ledgerUrl: string, hosts: Readonly<Record<string, string>>): Promise<Secrets> {
  const path = folder.join('secrets')
  const read = async (name: string) => (await readFile(`${path}/${name}`, 'utf8')).trim()
  await promisify(execFile)(`${root}/deploy/compose/make-secrets.sh`, [path])
  const play = async (name: string, value: string) => {
    await promisify(execFile)('chmod', ['0600', `${path}/${name}`])
    await writeFile(`${path}/${name}`, `${value}\n`)
  }
  const elsewhere = async (name: string) => Object.entries(hosts).reduce((url, [from, to]) => url.replace(from, to), await read(name))
  await play('ledger_url', ledgerUrl)
  const ofWorkers = new URL(ledgerUrl)
  ofWorkers.username = 'weaver_worker'
  ofWorkers.password = await read('worker_postgres_password')
  await play('worker_ledger_url', ofWorkers.href)
  await play('queue_url', await elsewhere('queue_url'))
  await play('store_url', await elsewhere('store_url'))
  return { folder: path, read, add: async (name, content) => await writeFile(`${path}/optional/${name}`, content) }
}

/** What the image of Postgres does once, in an empty database: the script that is mounted there. */
export async function initPostgres(tools: string, ledgerUrl: string, secrets: Secrets): Promise<void> {
  const { hostname, port, username, password, pathname } = new URL(ledgerUrl)
  await promisify(execFile)(`${root}/deploy/compose/init-postgres.sh`, {
    env: {
      PATH: `${tools}:${process.env['PATH']}`,
      PGHOST: hostname,
      PGPORT: port,
      PGPASSWORD: decodeURIComponent(password),
      POSTGRES_USER: username,
      POSTGRES_DB: pathname.slice(1),
      WORKER_PASSWORD_FILE: `${secrets.folder}/worker_postgres_password`,
    },
  })
}

/** Starts a supervisor or a worker by the command line and the environment of its service; `env` is put on top of it. */
export function startService(name: 'supervisor' | 'worker', secrets: Secrets, variables: Variables, env: Record<string, string>): Spawned {
  const [program, script = ''] = words(service(name).command)
  if (program !== 'node') throw new Error(`${name} is not started by node`)
  const mounted = (service(name).volumes ?? []).map((volume) => volume.split(':')).filter(([from]) => from?.startsWith('./'))
  const replace = (value: string) =>
    mounted.reduce((path, [from = '', to = '']) => path.replace(to, `${root}/${from}`), value.replace('/run/secrets', secrets.folder))
  return spawnNode(`${root}/${script}`, {
    cwd: root,
    env: { ...environmentOf(name, replace, variables), NODE_ENV: 'production', ...env },
  })
}

/** Redis and MinIO by the command lines of the compose file. Answers their addresses, by those in the file. */
export async function playParts(
  stack: AsyncDisposableStack,
  folder: TemporaryFolder,
  minio: string,
): Promise<{ hosts: Record<string, string>; start: () => Promise<void> }> {
  const [redisPort, minioPort] = [await freePort(), await freePort()]
  await Promise.all(['redis', 'minio', 'home'].map((name) => mkdir(folder.join(name))))
  const secrets = (word: string) => word.replace('/run/secrets', folder.join('secrets'))
  const start = async () => {
    await startPart(stack, 'redis', {
      replace: (word) => secrets(word).replace(/^\/start-redis\.sh$/, `${root}/deploy/compose/start-redis.sh`),
      env: {
        REDIS_PORT: String(redisPort),
        REDIS_DIR: folder.join('redis'),
        REDIS_PASSWORD_FILE: folder.join('secrets', 'redis_password'),
      },
      answers: async () =>
        await promisify(execFile)('redis-cli', ['-p', String(redisPort), 'ping']).then(
          ({ stdout }) => stdout.includes('NOAUTH'),
          () => false,
        ),
    })
    await startPart(stack, 'minio', {
      replace: (word) =>
        secrets(word)
          .replace(/^minio$/, minio)
          .replace(/^\/data$/, folder.join('minio'))
          .replace(/^:9000$/, `127.0.0.1:${minioPort}`),
      env: { HOME: folder.join('home') },
      answers: async () =>
        await fetch(`http://127.0.0.1:${minioPort}/minio/health/live`).then(
          (answer) => answer.ok,
          () => false,
        ),
    })
  }
  return { hosts: { 'redis:6379': `127.0.0.1:${redisPort}`, 'minio:9000': `127.0.0.1:${minioPort}` }, start }
}
