import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
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

/** Removes a `postmaster.pid` that was left behind. Postgres would refuse to start if its number is in use by anything. */
export async function removePidFile(cluster: string): Promise<void> {
  await rm(join(cluster, 'postmaster.pid'), { force: true })
}
