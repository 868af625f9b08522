import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Clock, Log } from '@data-weaver/contracts'
import { isAlive, signalProcess } from '@data-weaver/process'

const run = promisify(execFile)

/** How long children of a killed launcher get to end by themselves, milliseconds: they notice its end, and close what they have open. */
const patienceMs = 12_000
const pollMs = 50
/** Numbers that are kept: all children, and those that died of late. */
const mostPids = 50

interface Roll {
  /** In the arguments of each child, so that a number that was given to another process meanwhile is not mistaken for it. */
  readonly instance: string
  readonly pids: readonly number[]
}

/** Keeps the numbers of this start's children in a file, for the next start, should this one be killed. */
export function keepRoll(file: string, instance: string): (pid: number) => void {
  const pids: number[] = []
  return (pid) => {
    pids.push(pid)
    pids.splice(0, Math.max(0, pids.length - mostPids))
    writeFileSync(file, `${JSON.stringify({ instance, pids } satisfies Roll)}\n`, { mode: 0o600 })
  }
}

/** Waits for what a killed launcher left running to end, and ends it when it does not. */
export async function clearLeftBehind(file: string, { clock, log, onWait }: { clock: Clock; log: Log; onWait: () => void }): Promise<void> {
  const roll = readRoll(file)
  if (roll === undefined) return
  const until = clock.monotonic() + patienceMs
  let waited = false
  for (;;) {
    const left = await stillThere(roll)
    if (left.length === 0) return
    if (!waited) onWait()
    waited = true
    if (clock.monotonic() >= until) {
      log.warn({ pids: left }, 'processes of the last start do not end and are killed')
      // Each leads a process group of its own.
      for (const pid of left) signalProcess(-pid, 'SIGKILL')
    }
    await clock.sleep(pollMs)
  }
}

function readRoll(file: string): Roll | undefined {
  try {
    const roll = JSON.parse(readFileSync(file, 'utf8')) as Roll
    return typeof roll.instance === 'string' && roll.instance !== '' && Array.isArray(roll.pids) ? roll : undefined
  } catch {
    // None, or one that was not written to the end: then there is nothing to go by.
    return undefined
  }
}

async function stillThere({ instance, pids }: Roll): Promise<number[]> {
  const there = await Promise.all(pids.map(async (pid) => (await isAlive(pid)) && (await argumentsOf(pid)).includes(instance)))
  return pids.filter((_, index) => there[index])
}

async function argumentsOf(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8')
    return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout
  } catch {
    return ''
  }
}
