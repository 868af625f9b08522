import { constants } from 'node:fs'
import { mkdir as makeFolders, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type Clock,
  type Log,
  type ObjectStore,
  type ObjectStream,
  type PutOptions,
  type StoredObject,
  WeaverError,
} from '@data-weaver/contracts'
import { checkKey, checkPrefix, checkSize, checkStreamSize } from '../key.ts'
import { eachPiece } from '../pieces.ts'
import { close, fdatasync, fstat, link, lstat, open, rmdir, unlink, write } from './calls.ts'
import { Directories } from './directories.ts'
import { DirectorySync } from './directory-sync.ts'
import { fileFailure, systemCode } from './failure.ts'
import { removeLeftovers, Writer } from './leftovers.ts'
import { chunkBytes, readAll, readPieces } from './reading.ts'
import { namesHeld, walk } from './walk.ts'

/** Folder for files that are not objects yet. No bucket begins with a dot, so it is no part of the key space. */
const asideFolder = '.aside'

/** Raw responses are for the services' user and its group. */
const fileMode = 0o640

/** How often a put begins anew because a folder it needs was removed under it. */
const maxPutAttempts = 10

/** Deletions under way at once. */
const deletionsAtOnce = 16

export interface FileStoreOptions {
  /** Absolute path. Made when it is missing. */
  readonly root: string
  readonly clock: Clock
  readonly log: Log
  readonly signal?: AbortSignal
  /** For tests of large folders: see {@link namesHeld}. */
  readonly namesHeld?: number
}

/**
 * Opens a folder as an object store. An object is a file at its key's path, byte for byte. It is written aside and synchronised, then
 * linked to its name, which neither overwrites nor shows a part; then the names in the folders are synchronised.
 */
export async function openFileStore(options: FileStoreOptions): Promise<FileStore> {
  const { root, clock, log, signal } = options
  try {
    await makeFolders(root, { recursive: true, mode: 0o750 })
    const real = await realpath(root)
    const aside = join(real, asideFolder)
    await makeFolders(aside, { recursive: true, mode: 0o750 })
    if (!(await lstat(aside)).isDirectory()) throw new WeaverError('store_refused', `${aside} is not a folder`)
    const sync = new DirectorySync()
    await Promise.all([sync.sync(real), sync.sync(dirname(real)).catch(notOurs)])
    signal?.throwIfAborted()
    const removed = await removeLeftovers(aside, clock.now(), signal)
    if (removed > 0) log.info({ files: removed, folder: aside }, 'Removed what dead writers left')
    return new FileStore({ root: real, aside, sync, now: () => clock.now(), namesHeld: options.namesHeld ?? namesHeld })
  } catch (error) {
    throw fileFailure(error, 'The store cannot be opened', root)
  }
}

/** The folder above the root may be one we may not read; whoever made the root made it durable then. */
const notOurs = (error: unknown): void => {
  if (!['EACCES', 'EPERM'].includes(systemCode(error) ?? '')) throw error
}

interface FileStoreParts {
  /** With links resolved. */
  readonly root: string
  readonly aside: string
  readonly sync: DirectorySync
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  readonly namesHeld: number
}

export class FileStore implements ObjectStore {
  readonly #root: string
  readonly #aside: string
  readonly #sync: DirectorySync
  readonly #now: () => number
  readonly #namesHeld: number
  readonly #directories: Directories
  readonly #writer = new Writer()
  readonly #busy = new Set<Promise<unknown>>()
  #closed = false

  constructor({ root, aside, sync, now, namesHeld: held }: FileStoreParts) {
    this.#root = root
    this.#aside = aside
    this.#sync = sync
    this.#now = now
    this.#namesHeld = held
    this.#directories = new Directories(root)
  }

  put(key: string, body: Uint8Array, { signal }: PutOptions): Promise<{ readonly created: boolean }> {
    return this.#run(`${short(key)} cannot be stored`, async () => {
      checkKey(key)
      checkSize(key, body.byteLength)
      for (let attempt = 1; ; attempt += 1) {
        const created = await this.#putOnce(key, body, signal)
        if (created !== undefined) return { created }
        if (attempt === maxPutAttempts) throw vanished(key)
      }
    })
  }

  putStream(key: string, pieces: AsyncIterable<Uint8Array>, { signal }: PutOptions): Promise<{ readonly created: boolean }> {
    return this.#run(`${short(key)} cannot be stored`, async () => {
      checkKey(key)
      let bytes = 0
      const aside = await this.#writeAside(signal, async (fd) => {
        await eachPiece(pieces, signal, (piece) => {
          bytes += piece.byteLength
          checkStreamSize(key, bytes)
          return this.#writeAll(fd, piece, signal)
        })
      })
      try {
        for (let attempt = 1; ; attempt += 1) {
          const created = await this.#name(aside, key, signal)
          if (created !== undefined) return { created }
          if (attempt === maxPutAttempts) throw vanished(key)
        }
      } finally {
        await unlink(aside).catch(() => {})
      }
    })
  }

  get(key: string, signal: AbortSignal): Promise<Uint8Array> {
    return this.#reading(key, signal, async (fd, size) => {
      checkSize(key, size)
      return await readAll(fd, size, key, signal)
    })
  }

  getStream(key: string, signal: AbortSignal): Promise<ObjectStream> {
    return this.getFrom(key, 0, signal)
  }

  /** As `getStream`, from a byte on. */
  async getFrom(key: string, from: number, signal: AbortSignal): Promise<ObjectStream> {
    const size = await this.#reading(key, signal, (_fd, bytes) => Promise.resolve(bytes))
    // Opened again when it is read: nothing is held for a reader who never comes.
    const again = async () => {
      this.#assertOpen()
      const fd = await this.#openObject(key)
      if (fd === undefined) throw new WeaverError('object_missing', `There is no object ${key}`)
      return fd
    }
    const explain = (error: unknown) => fileFailure(error, `${short(key)} cannot be read`, this.#root)
    return { size, pieces: readPieces(again, from, signal, explain) }
  }

  sweep(prefix: string, _before: number, signal: AbortSignal): Promise<number> {
    return this.#run('What dead writers left cannot be removed', async () => {
      checkPrefix(prefix)
      signal.throwIfAborted()
      // Files aside have no key yet; their names say who writes them, which tells more than their age.
      return await removeLeftovers(this.#aside, this.#now(), signal)
    })
  }

  /** Opens an object, says how large it is, and closes it. */
  #reading<T>(key: string, signal: AbortSignal, use: (fd: number, size: number) => Promise<T>): Promise<T> {
    return this.#run(`${short(key)} cannot be read`, async () => {
      checkKey(key)
      signal.throwIfAborted()
      const missing = () => new WeaverError('object_missing', `There is no object ${key}`)
      if (!(await this.#directories.exists(folderOf(key)))) {
        await this.#assertMounted()
        throw missing()
      }
      const fd = await this.#openObject(key)
      if (fd === undefined) throw missing()
      try {
        const stats = await fstat(fd)
        if (stats.isDirectory()) throw missing()
        if (!stats.isFile()) throw new WeaverError('store_refused', `${key} is not a regular file`)
        return await use(fd, stats.size)
      } finally {
        await close(fd)
      }
    })
  }

  delete(keys: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#run('Objects cannot be deleted', async () => {
      for (const key of keys) checkKey(key)
      signal.throwIfAborted()
      const folders = new Set<string>()
      const queue = keys.values()
      const work = async () => {
        for (const key of queue) {
          signal.throwIfAborted()
          if (await this.#deleteOne(key)) folders.add(folderOf(key))
        }
      }
      await settleAll(Array.from({ length: Math.min(deletionsAtOnce, keys.length) }, work))
      for (const folder of folders) await this.#removeEmpty(folder)
    })
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject> {
    try {
      this.#assertOpen()
      checkPrefix(prefix)
      yield* walk({ path: (relative) => this.#directories.path(relative), prefix, signal, namesHeld: this.#namesHeld })
    } catch (error) {
      throw fileFailure(error, 'Objects cannot be listed', this.#root)
    }
  }

  /** Does all that a put does, aside: writes a block, synchronises it, links it. */
  probe(signal: AbortSignal): Promise<void> {
    return this.#run('Nothing can be stored', async () => {
      const path = await this.#writeAside(signal, (fd) => this.#writeAll(fd, Buffer.alloc(4096, 1), signal))
      try {
        const linked = join(this.#aside, this.#writer.name())
        await link(path, linked)
        await unlink(linked)
        await this.#sync.sync(this.#aside)
      } finally {
        await unlink(path)
      }
      signal.throwIfAborted()
    })
  }

  /** Waits for what is under way; calls after it are refused. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#busy)
    this.#writer.end()
  }

  async #run<T>(what: string, operation: () => Promise<T>): Promise<T> {
    this.#assertOpen()
    const running = operation()
    this.#busy.add(running)
    try {
      return await running
    } catch (error) {
      throw fileFailure(error, what, this.#root)
    } finally {
      this.#busy.delete(running)
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new WeaverError('store_unavailable', 'The object store is closed')
  }

  /** Answers whether the object was created, or undefined when a folder or the file aside was removed by somebody meanwhile. */
  async #putOnce(key: string, body: Uint8Array, signal: AbortSignal): Promise<boolean | undefined> {
    const aside = await this.#writeAside(signal, (fd) => this.#writeAll(fd, body, signal))
    try {
      return await this.#name(aside, key, signal)
    } finally {
      // Nothing depends on it: what is left of a dead disk or a lost mount is removed at the next start.
      await unlink(aside).catch(() => {})
    }
  }

  /** Gives the file aside the object's name, durably. Answers as {@link #putOnce}. */
  async #name(aside: string, key: string, signal: AbortSignal): Promise<boolean | undefined> {
    const folder = folderOf(key)
    try {
      const unsynced = await this.#directories.make(folder)
      signal.throwIfAborted()
      const created = await this.#link(aside, key)
      // Also when it was there: whoever made it may not have come to this point yet.
      await Promise.all([folder, ...unsynced].map((path, index) => this.#sync.sync(index === 0 ? this.#directories.path(path) : path)))
      this.#directories.durable(folder)
      return created
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
      await this.#assertMounted()
      this.#directories.forget(folder)
      return undefined
    }
  }

  async #link(aside: string, key: string): Promise<boolean> {
    const path = this.#directories.path(key)
    try {
      await link(aside, path)
      return true
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      if (!(await lstat(path)).isFile()) throw new WeaverError('store_refused', `${key} is a folder or link, so it can be no object`)
      return false
    }
  }

  async #writeAll(fd: number, body: Uint8Array, signal: AbortSignal): Promise<void> {
    for (let offset = 0; offset < body.byteLength;) {
      signal.throwIfAborted()
      const { bytesWritten } = await write(fd, body, offset, Math.min(chunkBytes, body.byteLength - offset))
      offset += bytesWritten
    }
  }

  async #writeAside(signal: AbortSignal, fill: (fd: number) => Promise<void>): Promise<string> {
    signal.throwIfAborted()
    const path = join(this.#aside, this.#writer.name())
    const fd = await open(path, 'wx', fileMode)
    try {
      try {
        await fill(fd)
        signal.throwIfAborted()
        await fdatasync(fd)
      } finally {
        // Awaited for its error as well: network file systems report a full disk here.
        await close(fd)
      }
      signal.throwIfAborted()
      return path
    } catch (error) {
      await unlink(path).catch(() => {})
      throw error
    }
  }

  async #openObject(key: string): Promise<number | undefined> {
    try {
      // Not through a link, and without waiting for the other end of what turns out to be a pipe.
      return await open(this.#directories.path(key), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    } catch (error) {
      if (systemCode(error) === 'ELOOP')
        throw new WeaverError('store_refused', `${key} is a symbolic link; the store does not follow links`, { cause: error })
      if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw error
      await this.#assertMounted()
      return undefined
    }
  }

  /** Answers whether there was an object. */
  async #deleteOne(key: string): Promise<boolean> {
    if (!(await this.#directories.exists(folderOf(key)))) {
      await this.#assertMounted()
      return false
    }
    const path = this.#directories.path(key)
    try {
      await unlink(path)
      return true
    } catch (error) {
      const code = systemCode(error) ?? ''
      if (code === 'ENOENT' || code === 'ENOTDIR') return false
      // A folder is no object. Linux says EISDIR, other systems EPERM, which can also mean missing rights.
      if (code === 'EISDIR' || (code === 'EPERM' && (await lstat(path)).isDirectory())) return false
      throw error
    }
  }

  /** Removes the folder and those above it, up to the bucket, as far as they are empty. */
  async #removeEmpty(folder: string): Promise<void> {
    for (let path = folder; path.includes('/'); path = folderOf(path)) {
      // Forgotten first: a put that still knows it finds out by itself.
      this.#directories.forget(path)
      try {
        await rmdir(this.#directories.path(path))
      } catch (error) {
        // ENOTEMPTY, EEXIST: something is in it. Whatever else: an empty folder that stays does no harm.
        if (systemCode(error) !== 'ENOENT') return
      }
    }
  }

  /** A root that vanished (an unmounted disk) must not look like missing objects. */
  async #assertMounted(): Promise<void> {
    await lstat(this.#aside)
  }
}

const vanished = (key: string): WeaverError =>
  new WeaverError('store_unavailable', `${key} cannot be stored: its folder vanished ${maxPutAttempts} times`)

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/'))

const short = (key: string): string => (key.length > 300 ? `${key.slice(0, 300)}…` : key)

/** Waits for all, then throws the first error: nothing goes on in the background. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
