import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Child extends AsyncDisposable {
  readonly process: ChildProcess
  /** Sends a question and waits for the next message. */
  ask<T>(question: unknown): Promise<T>
  end(): Promise<void>
}

/** Starts a script with a message channel and waits for its first message. */
export async function start<T>(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Child & { readonly first: T }> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit')
  const first = await Promise.race([
    once(child, 'message'),
    gone.then(() => Promise.reject(new Error(`${script} ended before it was ready`))),
  ])
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill()
      await gone
    }
  }
  return {
    process: child,
    first: first[0] as T,
    async ask(question) {
      child.send(question as string)
      const [answer] = await once(child, 'message')
      return answer
    },
    end,
    [Symbol.asyncDispose]: end,
  }
}

/** CPU time a process has used, all threads, milliseconds. Linux counts in hundredths of a second. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
