import { opendir } from 'node:fs/promises'
import type { StoredObject } from '@data-weaver/contracts'
import { isBucket, isKey, isSegment } from '../key.ts'
import { lstat } from './calls.ts'
import { systemCode } from './failure.ts'

/** Names of one folder that are held at a time. A larger folder is read again for each such part, so memory stays bounded. */
export const namesHeld = 20_000

/** Files asked for size and time at once. */
const statsAtOnce = 32

interface Walk {
  readonly path: (relative: string) => string
  readonly prefix: string
  readonly signal: AbortSignal
  readonly namesHeld: number
}

/** A name in a folder; that of a folder ends with a slash, which is what puts names into the order of keys. */
type Name = string

/** Yields the objects whose key starts with the prefix, in key order. `relative` is '' or ends with a slash. */
export async function* walk(options: Walk, relative = ''): AsyncGenerator<StoredObject> {
  let after: Name | undefined
  for (;;) {
    const names = await nextNames(options, relative, after)
    for (let start = 0; start < names.length;) {
      const name = names[start] as Name
      if (name.endsWith('/')) {
        start += 1
        yield* walk(options, `${relative}${name}`)
        continue
      }
      let end = start + 1
      while (end < names.length && end - start < statsAtOnce && !names[end]?.endsWith('/')) end += 1
      yield* await objects(options, relative, names.slice(start, end))
      start = end
    }
    if (names.length < options.namesHeld) return
    after = names.at(-1)
  }
}

async function objects({ path, signal }: Walk, relative: string, names: readonly Name[]): Promise<StoredObject[]> {
  signal.throwIfAborted()
  const found = await Promise.all(
    names.map(async (name): Promise<StoredObject | undefined> => {
      const key = `${relative}${name}`
      try {
        const stats = await lstat(path(key))
        return stats.isFile() ? { key, size: stats.size, modifiedAt: stats.mtimeMs } : undefined
      } catch (error) {
        // Deleted since its name was read.
        if (systemCode(error) === 'ENOENT') return undefined
        throw error
      }
    }),
  )
  signal.throwIfAborted()
  return found.filter((object) => object !== undefined)
}

/** The first {@link namesHeld} names of the folder that come after `after`, in key order. */
async function nextNames({ path, prefix, signal, namesHeld: limit }: Walk, relative: string, after: Name | undefined): Promise<Name[]> {
  signal.throwIfAborted()
  let names: Name[] = []
  let last: Name | undefined
  try {
    for await (const entry of await opendir(path(relative), { bufferSize: 256 })) {
      signal.throwIfAborted()
      const name = entry.isDirectory() ? `${entry.name}/` : entry.name
      if (after !== undefined && name <= after) continue
      if (last !== undefined && name >= last) continue
      if (!belongs(relative, entry.name, entry.isDirectory(), entry.isFile(), prefix)) continue
      names.push(name)
      if (names.length >= 2 * limit) {
        names = firstOf(names, limit)
        last = names.at(-1)
      }
    }
  } catch (error) {
    // A folder that was emptied and removed since its name was read. The root itself has to be there.
    if (relative === '' || systemCode(error) !== 'ENOENT') throw error
  }
  return firstOf(names, limit)
}

// Names are ASCII, so the order of UTF-16 units, which `<` and `sort` use, is the order of bytes, which S3 uses.
const firstOf = (names: Name[], limit: number): Name[] => names.sort().slice(0, limit)

/** Whether the entry is an object with this prefix or a folder that may hold one. What is no key, or a link, is not ours. */
function belongs(relative: string, name: string, isDirectory: boolean, isFile: boolean, prefix: string): boolean {
  const path = `${relative}${name}`
  if (isDirectory) {
    const folder = `${path}/`
    return (relative === '' ? isBucket(name) : isSegment(name)) && (folder.startsWith(prefix) || prefix.startsWith(folder))
  }
  return isFile && isKey(path) && path.startsWith(prefix)
}
