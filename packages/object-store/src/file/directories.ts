import { join } from 'node:path'
import { WeaverError } from '@data-weaver/contracts'
import { lstat, mkdir } from './calls.ts'
import { systemCode } from './failure.ts'

/** Folders that are remembered, at most; the oldest go first. A run has a folder of its own, so most are of use for seconds. */
const maxKnown = 8192

/** Others on the machine have no business in raw responses. */
const directoryMode = 0o750

type Knowledge = 'real' | 'durable'

/**
 * The folders below the root. Each is looked at once: it must be a real folder, not a link that leads elsewhere. That guards against
 * links that are there, not against somebody who may write in the root and swaps folders at run time; such a one can change
 * objects anyway.
 */
export class Directories {
  readonly #root: string
  readonly #known = new Map<string, Knowledge>()

  constructor(root: string) {
    this.#root = root
  }

  path(relative: string): string {
    return join(this.#root, relative)
  }

  /**
   * Makes the folder and those above it where they are missing. Answers the folders (absolute) whose names must be made durable
   * before anything in this one is; then call {@link durable}.
   */
  async make(relative: string): Promise<string[]> {
    if (this.#known.get(relative) === 'durable') return []
    const unsynced: string[] = []
    let above = ''
    for (const segment of relative.split('/')) {
      const folder = above === '' ? segment : `${above}/${segment}`
      if (this.#known.get(folder) !== 'durable') {
        await this.#makeOne(folder)
        unsynced.push(this.path(above))
      }
      above = folder
    }
    return unsynced
  }

  /** Remembers that the folder and those above it are durable. */
  durable(relative: string): void {
    for (const folder of upwards(relative)) this.#remember(folder, 'durable')
  }

  /** Whether the folder is there. Throws `store_refused` when a link is in the way. */
  async exists(relative: string): Promise<boolean> {
    if (this.#known.has(relative)) return true
    for (const folder of upwards(relative).reverse()) {
      if (this.#known.has(folder)) continue
      if (!(await this.#isReal(folder))) return false
      this.#remember(folder, 'real')
    }
    return true
  }

  /** Forgets the folder and those above it, because one of them is not there any more. */
  forget(relative: string): void {
    for (const folder of upwards(relative)) this.#known.delete(folder)
  }

  async #makeOne(folder: string): Promise<void> {
    try {
      await mkdir(this.path(folder), directoryMode)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      // It may be gone again by now, which is an ENOENT like any other to the caller.
      if (!(await this.#isDirectory(folder)))
        throw new WeaverError('store_refused', `${folder} is not a folder, so nothing can be stored below it`)
    }
  }

  async #isDirectory(folder: string): Promise<boolean> {
    const stats = await lstat(this.path(folder))
    if (stats.isSymbolicLink()) throw new WeaverError('store_refused', `${folder} is a symbolic link; the store does not follow links`)
    return stats.isDirectory()
  }

  async #isReal(folder: string): Promise<boolean> {
    try {
      return await this.#isDirectory(folder)
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return false
      throw error
    }
  }

  #remember(folder: string, knowledge: Knowledge): void {
    if (this.#known.get(folder) === 'durable') return
    // Deleted first, so that it moves to the young end.
    this.#known.delete(folder)
    this.#known.set(folder, knowledge)
    if (this.#known.size > maxKnown) this.#known.delete(this.#known.keys().next().value as string)
  }
}

/** `a/b/c` gives `a/b/c`, `a/b`, `a`. */
function upwards(relative: string): string[] {
  const folders: string[] = []
  for (let end = relative.length; end > 0; end = relative.lastIndexOf('/', end - 1)) folders.push(relative.slice(0, end))
  return folders
}
