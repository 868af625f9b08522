import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isAlive } from '@data-weaver/process'
import { readText } from './cluster.ts'

const run = promisify(execFile)

/** What a running Postgres says of itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** `starting`, `ready`, `stopping`, … */
  readonly status: string
}

/** Reads `postmaster.pid`; undefined when there is none or it is not written out yet. */
export async function readPidFile(cluster: string): Promise<Postmaster | undefined> {
  const text = await readText(join(cluster, 'postmaster.pid'))
  if (text === undefined) return undefined
  // Lines: pid, data folder, start time, port, socket folder, address, shared memory key, status.
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() }
}

/** Whether a process is the Postgres of this cluster, and not another one that got the same number. */
export async function isPostgresOf(cluster: string, pid: number): Promise<boolean> {
  if (!(await isAlive(pid))) return false
  const command = await commandLine(pid)
  return command.includes('postgres') && command.includes(cluster)
}

async function commandLine(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout
  } catch {
    return ''
  }
}

/**
 * Makes a `postmaster.pid` whose number now belongs to another program harmless: Postgres would refuse to start because of it. The
 * file stays, with our own number, which Postgres ignores as its parent's: by the other lines it sees whether processes of the dead
 * server still use its memory, and without that check two servers could write to the same files.
 */
export async function disownPidFile(cluster: string): Promise<void> {
  const path = join(cluster, 'postmaster.pid')
  const text = await readText(path)
  if (text !== undefined) await writeFile(path, text.replace(/^.*/, String(process.pid)))
}
