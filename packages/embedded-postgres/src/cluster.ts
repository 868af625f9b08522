import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chown, mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Log, WeaverError } from '@data-weaver/contracts'
import { type Account, canReach, sharedRoot } from './account.ts'
import type { Binaries } from './binaries.ts'

export const superuser = 'postgres'

/** Names in a data folder. */
const clusterName = 'cluster'
const passwordName = 'password'
const pointerName = 'cluster.location'
const asidePrefix = 'cluster.new-'

/** Most lines of a program's output that an error quotes. */
export const quotedLines = 20

export interface Cluster {
  /** The folder with the database files (`PGDATA`), as an absolute path without symbolic links. */
  readonly path: string
  readonly password: string
}

/** The cluster of a data folder; the first time it is made. The folder must be locked by the caller. */
export async function openCluster(dataDir: string, making: Making): Promise<Cluster> {
  const { account, log } = making
  const home = await homeOfCluster(dataDir, account, log)
  const path = join(home, clusterName)
  await removeHalfMade(home)
  const made = await exists(join(path, 'PG_VERSION'))
  const password = await passwordOf(dataDir, made)
  if (!made) await initialise(home, path, password, making)
  return { path, password }
}

/**
 * Where the cluster lies: in the data folder, or, when Postgres's user cannot get there (a folder below /root), in one of its own
 * that the data folder points to.
 */
async function homeOfCluster(dataDir: string, account: Account, log: Log): Promise<string> {
  const pointer = join(dataDir, pointerName)
  const pointed = await readText(pointer)
  if (pointed !== undefined) return pointed.trim()
  if (!account.switches || (await canReach(account, dataDir))) return dataDir
  const name = `${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}-`
  const earlier = (await readdir(sharedRoot).catch(() => []))
    .filter((entry) => entry.startsWith(name))
    .map((entry) => join(sharedRoot, entry))
  const home = join(sharedRoot, `${name}${randomBytes(3).toString('hex')}`)
  await mkdir(sharedRoot, { recursive: true, mode: 0o755 })
  await mkdir(home, { mode: 0o700 })
  if (account.ids.uid !== undefined && account.ids.gid !== undefined) await chown(home, account.ids.uid, account.ids.gid)
  await writeDurably(pointer, `${home}\n`)
  log.warn({ dataDir, home }, 'Postgres cannot reach the data folder as its own user: the database lies elsewhere')
  if (earlier.length > 0)
    log.warn({ folders: earlier }, 'Databases of earlier data folders in the same place are no longer used and can be removed')
  return home
}

async function removeHalfMade(home: string): Promise<void> {
  for (const entry of await readdir(home)) {
    // The initdb of a killed process may still be writing there for a moment.
    if (entry.startsWith(asidePrefix)) await rm(join(home, entry), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

async function passwordOf(dataDir: string, made: boolean): Promise<string> {
  const path = join(dataDir, passwordName)
  const kept = (await readText(path))?.trim()
  if (kept !== undefined && kept !== '') return kept
  if (made) {
    throw new WeaverError(
      'ledger_unavailable',
      `The password of the database is gone: ${path} is missing or empty. Put it back, or begin with an empty data folder.`,
    )
  }
  const password = randomBytes(24).toString('base64url')
  await writeDurably(path, `${password}\n`)
  return password
}

interface Making {
  readonly account: Account
  readonly binaries: Binaries
  readonly durable: boolean
  readonly log: Log
  readonly signal: AbortSignal | undefined
}

/** Makes the cluster aside and renames it when it is complete, so that a crash on the way leaves nothing that looks like one. */
async function initialise(
  home: string,
  path: string,
  password: string,
  { account, binaries, durable, log, signal }: Making,
): Promise<void> {
  log.info({ path }, 'The database is initialised')
  const aside = join(home, `${asidePrefix}${randomBytes(6).toString('hex')}`)
  await mkdir(aside, { mode: 0o700 })
  const passwordFile = join(aside, 'initial-password')
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (account.ids.uid !== undefined && account.ids.gid !== undefined) {
    await chown(passwordFile, account.ids.uid, account.ids.gid)
    await chown(aside, account.ids.uid, account.ids.gid)
  }
  const made = join(aside, 'data')
  await runInitdb(binaries.initdb, [`--pgdata=${made}`, `--pwfile=${passwordFile}`, ...(durable ? [] : ['--no-sync'])], account, signal)
  await rename(made, path)
  await syncFolder(home)
  await rm(aside, { recursive: true, force: true })
}

/** The character type comes from the system, sorting from Postgres itself: it stays the same when the system's tables change. */
const localeFlags = [
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  `--locale=${process.platform === 'linux' ? 'C.UTF-8' : 'C'}`,
  '--lc-messages=C',
]

function runInitdb(initdb: string, flags: readonly string[], account: Account, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(initdb, [`--username=${superuser}`, '--auth=scram-sha-256', ...localeFlags, ...flags], {
      ...account.ids,
      cwd: '/',
      env: serverEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(signal === undefined ? {} : { signal }),
    })
    const lines: string[] = []
    const keep = (chunk: Buffer) => {
      lines.push(
        ...chunk
          .toString('utf8')
          .split('\n')
          .filter((line) => line.trim() !== ''),
      )
      lines.splice(0, Math.max(0, lines.length - quotedLines))
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => {
      if (signal?.aborted !== true) reject(error)
    })
    child.on('close', (code, by) => {
      if (signal?.aborted) reject(signal.reason)
      else if (code === 0) resolve()
      else
        reject(
          new WeaverError(
            'ledger_unavailable',
            `The database could not be initialised (initdb ended with ${code ?? by}): ${lines.join(' | ')}`,
          ),
        )
    })
  })
}

/** What the programs of Postgres see of the environment: nothing of ours, so that no `PG…` variable changes what they do. */
export const serverEnvironment: NodeJS.ProcessEnv = { PATH: '/usr/local/bin:/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' }

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** The text of a small file, or undefined when it is not there. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes a small private file whole or not at all. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${process.pid}`)
  const file = await open(aside, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(aside, path)
  await syncFolder(dirname(path))
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** The folder as the system names it, without links: Postgres compares and reports it that way. */
export async function realFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  return realpath(path)
}
