import { execFile, spawn } from 'node:child_process'
import { chmod, chown, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@data-weaver/embedded-postgres'
import pg from 'pg'
import { eventually } from './eventually.ts'
import { findProgram } from './server-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Where Debian and its kin keep the programs of each version. */
const versions = '/usr/lib/postgresql'

export interface SystemPostgres extends AsyncDisposable {
  /** Connection string of a superuser to the database `weaver`. */
  readonly url: string
  stop(): Promise<void>
}

/**
 * The folder with the programs of a PostgreSQL of this system (`initdb`, `postgres`, `pg_dump`, `pg_restore`), for
 * `describe.skipIf(folder === undefined)`. Where it is missing a message says so; with `WEAVER_REQUIRE_SERVERS=1` that is an error.
 */
export async function requirePostgresTools(): Promise<string | undefined> {
  const found = await readdir(versions).catch((): string[] => [])
  const newest = found.filter((name) => /^\d+$/.test(name)).toSorted((a, b) => Number(b) - Number(a))[0]
  if (newest !== undefined) return join(versions, newest, 'bin')
  const [initdb, dump] = await Promise.all([findProgram('initdb'), findProgram('pg_dump')])
  if (initdb !== undefined && dump !== undefined) return join(initdb, '..')
  const message = 'PostgreSQL with its tools is not installed: the tests that need it'
  if (process.env['WEAVER_REQUIRE_SERVERS'] === '1') throw new Error(`${message} cannot run`)
  process.stderr.write(`${message} are skipped\n`)
  return undefined
}

/** A PostgreSQL of the system with a password, on a free port of 127.0.0.1, in a folder that is thrown away. */
export async function startSystemPostgres(tools: string): Promise<SystemPostgres> {
  const folder = await temporaryFolder('system-postgres')
  const data = folder.join('data')
  const port = await freePort()
  // It refuses to run as root.
  const owner = process.getuid?.() === 0 ? await nobody() : undefined
  await mkdir(data)
  await chmod(folder.path, 0o711)
  if (owner !== undefined) await chown(data, owner.uid, owner.gid)
  await promisify(execFile)(join(tools, 'initdb'), ['-D', data, '-U', 'weaver', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    cwd: '/',
    ...owner,
  })
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', fsync: 'off', max_connections: 100 }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`])
  let output = ''
  const child = spawn(join(tools, 'postgres'), ['-D', data, ...flags], { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], ...owner })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const stop = async () => {
    // Its fast shutdown: it does not wait for clients.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
    await gone
    await folder.remove()
  }
  try {
    const state = await eventually(
      async () => {
        if (child.exitCode !== null || child.signalCode !== null) return 'ended'
        return (await asked(`postgres://weaver@127.0.0.1:${port}/postgres`, 'create database weaver')) && 'up'
      },
      { what: 'PostgreSQL to answer' },
    )
    if (state === 'ended') throw new Error(`PostgreSQL ended:\n${output}`)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `postgres://weaver@127.0.0.1:${port}/weaver`, stop, [Symbol.asyncDispose]: stop }
}

async function asked(url: string, query: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(query)
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function nobody(): Promise<{ readonly uid: number; readonly gid: number }> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((each) => each.startsWith('nobody:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) }
}
