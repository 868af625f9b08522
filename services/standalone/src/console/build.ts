import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Clock, WeaverError } from '@data-weaver/contracts'
import { type FolderLock, lockFolder } from '@data-weaver/process'

/** Longest wait for a build that another start has under way, milliseconds. */
const otherBuildMs = 120_000
const pollMs = 100

export interface ConsoleSources {
  /** The console's package; its build goes to `dist` in it. */
  readonly folder: string
  /** Files and folders that the build is made of. */
  readonly parts: readonly string[]
}

/**
 * Builds the console when its build is missing or older than what it is made of. Two starts at once build it once. Answers whether it was
 * built; where there are no sources or no tools, in a production install, there is nothing to do.
 * @throws WeaverError `internal` when the build fails.
 */
export async function buildConsole(sources: ConsoleSources, clock: Clock): Promise<boolean> {
  const vite = await findVite(sources.folder)
  if (vite === undefined || !(await isStale(sources))) return false
  const aside = join(sources.folder, 'node_modules/.cache/build')
  await mkdir(aside, { recursive: true })
  const lock = await takeLock(aside, clock)
  try {
    if (!(await isStale(sources))) return false
    const next = join(aside, 'next')
    await run(vite, sources.folder, next)
    const dist = join(sources.folder, 'dist')
    const before = join(aside, 'before')
    await rm(before, { recursive: true, force: true })
    await rename(dist, before).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    await rename(next, dist)
    await rm(before, { recursive: true, force: true })
    return true
  } finally {
    lock.release()
  }
}

/** The console's own copy, and no other that happens to be around. */
async function findVite(folder: string): Promise<string | undefined> {
  const manifest = join(folder, 'node_modules/vite/package.json')
  const isThere = await stat(manifest).catch(() => undefined)
  return isThere === undefined ? undefined : createRequire(manifest).resolve('vite')
}

/** Whether a part was changed after the build began to be written; the page is written last or close to it. */
async function isStale({ folder, parts }: ConsoleSources): Promise<boolean> {
  const built = await stat(join(folder, 'dist/index.html')).catch(() => undefined)
  if (built === undefined) return true
  const changed = await Promise.all(parts.map(newest))
  return Math.max(...changed) > built.mtimeMs
}

/** When the newest file of a folder was changed, milliseconds since the Unix epoch; 0 when there is none. */
async function newest(path: string): Promise<number> {
  const about = await stat(path).catch(() => undefined)
  if (about === undefined) return 0
  if (!about.isDirectory()) return about.mtimeMs
  const entries = await readdir(path, { withFileTypes: true })
  const inner = await Promise.all(entries.filter(({ name }) => name !== 'node_modules').map(({ name }) => newest(join(path, name))))
  return Math.max(0, ...inner)
}

async function takeLock(folder: string, clock: Clock): Promise<FolderLock> {
  const until = clock.monotonic() + otherBuildMs
  for (;;) {
    try {
      return lockFolder(folder, 'The build of the console')
    } catch (error) {
      if (!(error instanceof WeaverError) || error.code !== 'folder_in_use' || clock.monotonic() > until) throw error
      await clock.sleep(pollMs)
    }
  }
}

/** In this process: when it is killed, nothing of the build goes on. */
async function run(vite: string, root: string, outDir: string): Promise<void> {
  const { build } = (await import(pathToFileURL(vite).href)) as { build: (config: object) => Promise<unknown> }
  try {
    await build({ root, logLevel: 'warn', build: { outDir, emptyOutDir: true } })
  } catch (cause) {
    throw new WeaverError('internal', 'the console cannot be built', { cause })
  }
}
