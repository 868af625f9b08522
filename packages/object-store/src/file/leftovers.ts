import { randomBytes } from 'node:crypto'
import { opendir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '@data-weaver/process'
import { lstat, unlink } from './calls.ts'
import { systemCode } from './failure.ts'

/** A write takes seconds. What is older than this, in milliseconds, belongs to a writer that is gone, wherever it ran. */
export const leftoverAgeMs = 3_600_000

/** Writers of this process: another one with the same process id (containers often have 1) is a predecessor. */
const writersHere = new Set<string>()

const host = hostname()
  .replaceAll(/[^A-Za-z0-9-]/g, '_')
  .slice(0, 64)

/** Names for files that are not objects yet. They say who writes them, so that others can tell whether the writer is dead. */
export class Writer {
  readonly #id = randomBytes(8).toString('hex')
  #count = 0

  constructor() {
    writersHere.add(this.#id)
  }

  name(): string {
    this.#count += 1
    return `${host}.${process.pid}.${this.#id}.${this.#count}`
  }

  end(): void {
    writersHere.delete(this.#id)
  }
}

/** Removes what dead writers left in the folder. Answers how many files that were. */
export async function removeLeftovers(folder: string, now: number, signal?: AbortSignal): Promise<number> {
  let removed = 0
  const alive = new Map<number, boolean>()
  for await (const entry of await opendir(folder)) {
    signal?.throwIfAborted()
    const path = join(folder, entry.name)
    if (!entry.isFile() || !(await isLeftover(path, entry.name, now, alive))) continue
    try {
      await unlink(path)
      removed += 1
    } catch (error) {
      // Another process that starts now was faster.
      if (systemCode(error) !== 'ENOENT') throw error
    }
  }
  return removed
}

async function isLeftover(path: string, name: string, now: number, alive: Map<number, boolean>): Promise<boolean> {
  const [, writerHost, pidText, id] = /^([A-Za-z0-9_-]+)\.(\d{1,10})\.([0-9a-f]{16})\.\d+$/.exec(name) ?? []
  if (writerHost === host && pidText !== undefined && id !== undefined) {
    const pid = Number(pidText)
    if (pid === process.pid) {
      if (!writersHere.has(id)) return true
    } else {
      if (!alive.has(pid)) alive.set(pid, await isAlive(pid))
      if (alive.get(pid) === false) return true
    }
  }
  try {
    return now - (await lstat(path)).mtimeMs > leftoverAgeMs
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}
