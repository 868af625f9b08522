import { close, fsync, open } from './calls.ts'

/**
 * Makes the names in folders durable. Callers that ask for the same folder while it is being synchronised share the next turn, so a
 * hundred puts into one bucket cost a handful of synchronisations.
 */
export class DirectorySync {
  readonly #running = new Map<string, Promise<void>>()
  readonly #next = new Map<string, Promise<void>>()
  readonly #synchronise: (directory: string) => Promise<void>

  constructor(synchronise: (directory: string) => Promise<void> = synchroniseDirectory) {
    this.#synchronise = synchronise
  }

  /** Resolves when every name that was in the folder at the time of the call is durable. */
  sync(directory: string): Promise<void> {
    const running = this.#running.get(directory)
    if (running === undefined) return this.#start(directory)
    // What runs may have begun before the caller's name was there: it takes the turn after.
    let next = this.#next.get(directory)
    if (next === undefined) {
      const begin = () => {
        this.#next.delete(directory)
        return this.#start(directory)
      }
      next = running.then(begin, begin)
      this.#next.set(directory, next)
    }
    return next
  }

  #start(directory: string): Promise<void> {
    const turn = this.#synchronise(directory).finally(() => {
      if (this.#running.get(directory) === turn) this.#running.delete(directory)
    })
    this.#running.set(directory, turn)
    return turn
  }
}

/** Windows cannot open a folder for this; NTFS keeps names in its journal. */
const directoriesSync = process.platform !== 'win32'

async function synchroniseDirectory(directory: string): Promise<void> {
  if (!directoriesSync) return
  const fd = await open(directory, 'r')
  try {
    await fsync(fd)
  } finally {
    await close(fd)
  }
}
