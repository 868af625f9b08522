import { readFile } from 'node:fs/promises'

/**
 * Whether a process is there and runs. A zombie counts as gone: where process 1 does not reap (as in some containers), it stays
 * in the table for ever, although it holds nothing any more.
 */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  if (process.platform !== 'linux') return true
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    // The state follows the command in parentheses, which may itself contain parentheses and spaces.
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

/** Sends a signal to a process that may be gone already. Answers whether it was there. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
