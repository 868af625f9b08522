import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { WeaverError } from '@data-weaver/contracts'

export interface FolderLock extends Disposable {
  release(): void
}

/** Keeps held locks from the garbage collector, which would close their databases and so let go of them. */
const heldLocks = new Set<DatabaseSync>()

/** `SQLITE_BUSY`: somebody else holds the lock. */
const sqliteBusy = 5

/**
 * Takes the one lock of a folder, for the life of this process or until it is released. The operating system lets go of it when the
 * process dies, however it dies, so there is no stale lock to judge: Node has no `flock`, but SQLite's exclusive transaction on
 * an empty file is just that.
 * @throws WeaverError `folder_in_use` naming the process that holds it.
 */
export function lockFolder(folder: string, purpose: string): FolderLock {
  const path = join(folder, 'lock')
  const ownerPath = join(folder, 'lock.pid')
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode !== sqliteBusy) throw error
    throw new WeaverError('folder_in_use', `${purpose} ${folder} is in use by ${ownerOf(ownerPath)}. Stop it first, or use another folder.`)
  }
  writeFileSync(ownerPath, `${process.pid}\n`)
  heldLocks.add(database)
  const release = () => {
    if (!heldLocks.delete(database)) return
    database.close()
  }
  return { release, [Symbol.dispose]: release }
}

function ownerOf(path: string): string {
  try {
    return `process ${Number(readFileSync(path, 'utf8'))}`
  } catch {
    return 'another process'
  }
}
