import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from '@data-weaver/testkit'

export interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

export interface TypedIn {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Root of the repository whose command it is. Default: this one. */
  readonly root?: string
}

const thisRepository = fileURLToPath(new URL('../../..', import.meta.url))

/** Longest time of a command, milliseconds; far more than any should take. */
const longestMs = 120_000

/** Runs the command as it is typed into a terminal, in a process of its own. */
export async function weaver(args: readonly string[], { cwd, env = {}, root = thisRepository }: TypedIn): Promise<Outcome> {
  const child = spawn(process.execPath, [`${root.replace(/\/$/, '')}/services/cli/src/main.ts`, ...args], {
    cwd,
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestMs,
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}
