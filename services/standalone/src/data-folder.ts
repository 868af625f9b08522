import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, open, readdir, readFile, realpath, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Log, WeaverError } from '@data-weaver/contracts'
import { closeFolder } from '@data-weaver/embedded-postgres'
import { type FolderLock, lockFolder } from '@data-weaver/process'
import { generateKey } from '@data-weaver/vault'

export interface DataFolder {
  /** Absolute, without links. */
  readonly path: string
  /** Whether there was nothing in it before this start. */
  readonly isNew: boolean
  readonly lock: FolderLock
  join(...parts: string[]): string
}

/**
 * Opens the data folder for this process alone; makes it when there is none. Only its owner may look into it; Postgres's own user, where
 * there is one, may pass through to the database.
 * @throws WeaverError `folder_in_use` when another start has it, `invalid_settings` when it cannot be made or written to.
 */
export async function openDataFolder(setting: string, log: Log): Promise<DataFolder> {
  const wanted = resolve(setting)
  try {
    await mkdir(wanted, { recursive: true, mode: 0o700 })
    await access(wanted, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
    const problem = {
      field: 'WEAVER_DATA_DIR',
      problem: `names a folder that cannot be used: ${wanted} (${reason})`,
      hint: 'Choose a folder you may write to, for example WEAVER_DATA_DIR=.weaver',
    }
    throw new WeaverError('invalid_settings', `WEAVER_DATA_DIR ${problem.problem}`, { errors: [problem], cause })
  }
  const path = await realpath(wanted)
  const isNew = (await readdir(path)).length === 0
  const lock = lockFolder(path, 'The data folder')
  try {
    await closeFolder(path, log)
    for (const inner of ['logs', 'objects']) await mkdir(join(path, inner), { recursive: true, mode: 0o700 })
  } catch (error) {
    lock.release()
    throw error
  }
  return { path, isNew, lock, join: (...parts) => join(path, ...parts) }
}

export interface OwnSecrets {
  readonly secretKey: string
  readonly adminToken: string
}

/** The key and the token of the folder, made at the first start. */
export async function ownSecrets(folder: DataFolder): Promise<OwnSecrets> {
  return {
    secretKey: await keptSecret(folder.join('secret.key'), generateKey),
    adminToken: await keptSecret(folder.join('admin.token'), () => randomBytes(24).toString('base64url')),
  }
}

async function keptSecret(path: string, make: () => string): Promise<string> {
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (kept !== undefined && kept.trim() !== '') return kept.trim()
  if (kept !== undefined)
    throw new WeaverError('invalid_settings', `${path} is empty. Put the value back, or remove the file to get a new one.`)
  const value = make()
  const aside = `${path}.new`
  const file = await open(aside, 'w', 0o600)
  try {
    await file.writeFile(`${value}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(aside, path)
  return value
}
