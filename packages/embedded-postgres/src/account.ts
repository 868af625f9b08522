import { execFile } from 'node:child_process'
import { chmod, chown } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type Log, silentLog, WeaverError } from '@data-weaver/contracts'

const run = promisify(execFile)

/** Postgres refuses to run as root, so root runs it as this user. */
const userName = 'postgres'

/** Where things go that Postgres's own user must reach while the data folder is out of its reach. */
export const sharedRoot = '/var/lib/data-weaver'

/** Who runs Postgres. */
export interface Account {
  /** Whether that is another user than the one of this process. */
  readonly switches: boolean
  /** For `spawn` and `chown`; empty when it is the user of this process. */
  readonly ids: { readonly uid?: number; readonly gid?: number }
}

let known: Promise<Account> | undefined

/** The account that runs Postgres. As root it is the user `postgres`, who is created when there is none. */
export function postgresAccount(log: Log = silentLog): Promise<Account> {
  known ??= findAccount(log).catch((error: unknown) => {
    known = undefined
    throw error
  })
  return known
}

async function findAccount(log: Log): Promise<Account> {
  if (process.getuid?.() !== 0) return { switches: false, ids: {} }
  const found = await lookUp()
  if (found !== undefined) return { switches: true, ids: found }
  log.info({ user: userName }, 'A user for Postgres is created, since it refuses to run as root')
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', userName])
  } catch (error) {
    throw new WeaverError(
      'ledger_unavailable',
      `Postgres refuses to run as root, and the user "${userName}" could not be created. Create it, run as another user, or set WEAVER_LEDGER_URL to a PostgreSQL server.`,
      { cause: error },
    )
  }
  const created = await lookUp()
  if (created === undefined) throw new WeaverError('ledger_unavailable', `The user "${userName}" was created, but cannot be found.`)
  return { switches: true, ids: created }
}

async function lookUp(): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, userName])).stdout)))
    return uid === undefined || gid === undefined || Number.isNaN(uid + gid) ? undefined : { uid, gid }
  } catch {
    return undefined
  }
}

/** Whether the account can enter a folder: asked of the system itself, which knows about modes, groups, lists and mounts. */
export async function canReach(account: Account, folder: string): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...account.ids, cwd: '/' })
    return true
  } catch {
    return false
  }
}

/** Closes a folder to everybody but its owner. Where Postgres runs as another user, that user may pass through, but not look. */
export async function closeFolder(folder: string, log?: Log): Promise<void> {
  const account = await postgresAccount(log)
  if (account.ids.gid === undefined) {
    await chmod(folder, 0o700)
    return
  }
  await chown(folder, -1, account.ids.gid)
  await chmod(folder, 0o710)
}
