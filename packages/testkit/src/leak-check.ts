import { readdir, readFile, readlink } from 'node:fs/promises'
import { portIsFree } from '@data-weaver/embedded-postgres'
import { isAlive } from '@data-weaver/process'
import { eventually } from './eventually.ts'
import { openFolders } from './temporary-folder.ts'

export interface LeakScope {
  /** Paths: no process may have one of them in its command line, environment or working folder. */
  readonly folders?: readonly string[]
  /** Ports of 127.0.0.1 that must be free. */
  readonly ports?: readonly number[]
  /** How long things may take to go, milliseconds. Default 2,000. */
  readonly withinMs?: number
}

export interface LeakWatch {
  /** Rejects with a list of what is there now and was not at the beginning. */
  check(scope?: LeakScope): Promise<void>
}

/**
 * Notes which processes this process has below it and which temporary folders it has open; `check` says what came since and stayed.
 * Reads /proc: on other systems only ports and folders are checked.
 */
export async function leakCheck(): Promise<LeakWatch> {
  const before = { processes: new Set(await descendants()), folders: new Set(openFolders) }
  return {
    async check({ folders = [], ports = [], withinMs = 2000 } = {}) {
      let leaks: string[] = []
      const look = async () => {
        leaks = [
          ...(await describe((await descendants()).filter((pid) => !before.processes.has(pid)))),
          ...(await describe(await processesWith(folders))),
          ...[...openFolders].filter((folder) => !before.folders.has(folder)).map((folder) => `folder ${folder}`),
          ...(await busy(ports)).map((port) => `port ${port}`),
        ]
        return leaks.length === 0
      }
      try {
        await eventually(look, { what: 'everything to be gone', timeoutMs: withinMs, intervalMs: 50 })
      } catch (cause) {
        throw new Error(`Left behind: ${[...new Set(leaks)].join('; ')}`, { cause })
      }
    },
  }
}

async function busy(ports: readonly number[]): Promise<number[]> {
  const free = await Promise.all(ports.map(portIsFree))
  return ports.filter((_, index) => free[index] === false)
}

/** All processes of the machine. */
async function allProcesses(): Promise<number[]> {
  if (process.platform !== 'linux') return []
  return (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid) && pid > 0)
}

async function descendants(): Promise<number[]> {
  const parents = new Map<number, number>()
  for (const pid of await allProcesses()) {
    const stat = await readOr(`/proc/${pid}/stat`)
    // After the command in parentheses: state, then the parent.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    if (parent > 0) parents.set(pid, parent)
  }
  const below = (pid: number): boolean => {
    const parent = parents.get(pid)
    return parent !== undefined && (parent === process.pid || below(parent))
  }
  return living([...parents.keys()].filter(below))
}

/** Living processes of the machine, this one aside, that have one of these paths in their command line, environment or working folder. */
export async function processesWith(folders: readonly string[]): Promise<number[]> {
  if (folders.length === 0) return []
  const found: number[] = []
  for (const pid of await allProcesses()) {
    if (pid === process.pid) continue
    const facts = [
      await readOr(`/proc/${pid}/cmdline`),
      await readOr(`/proc/${pid}/environ`),
      await readlink(`/proc/${pid}/cwd`).catch(() => ''),
    ].join('\n')
    if (folders.some((folder) => facts.includes(folder))) found.push(pid)
  }
  return living(found)
}

async function living(pids: readonly number[]): Promise<number[]> {
  const alive = await Promise.all(pids.map(isAlive))
  return pids.filter((_, index) => alive[index])
}

const describe = (pids: readonly number[]): Promise<string[]> =>
  Promise.all(pids.map(async (pid) => `process ${pid} (${(await readOr(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ').trim()})`))

const readOr = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
