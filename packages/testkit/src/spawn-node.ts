import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { systemClock } from '@data-weaver/contracts'
import { eventually } from './eventually.ts'

export interface SpawnOptions {
  readonly args?: readonly string[]
  /** Added to `PATH`, `HOME`, `TMPDIR`, `LANG`: nothing else of this process's environment gets through. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Whether there is a message channel to this process. Default false. */
  readonly ipc?: boolean
  /** Whether it leads a process group of its own, as a command typed into a terminal does. Default false. */
  readonly ownGroup?: boolean
  /** Program and arguments to put before Node: `['setpriv', '--reuid=65534', …]`. */
  readonly through?: readonly string[]
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Spawned extends AsyncDisposable {
  readonly child: ChildProcess
  readonly pid: number
  /** All it printed so far, on both streams, in order of arrival. */
  output(): string
  /** Waits for a line that matches, on either stream, printed already or not yet. Rejects with the output when it ends without. */
  line(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  readonly exited: Promise<Exit>
  /** Sends a signal (default SIGTERM) and waits until the process is gone. */
  end(signal?: NodeJS.Signals): Promise<Exit>
}

/** Starts a script of ours in a process of its own. What still runs at the end of the scope is killed: `await using child = spawnNode(…)`. */
export function spawnNode(script: string | URL, options: SpawnOptions = {}): Spawned {
  const path = script instanceof URL ? script.pathname : script
  const command = [...(options.through ?? []), process.execPath, path, ...(options.args ?? [])]
  const child = spawn(command[0] ?? process.execPath, command.slice(1), {
    env: cleanEnvironment(options.env),
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? (['ipc'] as const) : [])],
    detached: options.ownGroup === true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr] as (Readable | null)[])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  let gone: Exit | undefined
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    // `close`, not `exit`: all output has been read by then. A grandchild may hold the pipes open for longer, so not for ever.
    child.once('close', (code, signal) => resolve((gone = { code, signal })))
    child.once('exit', (code, signal) => void systemClock.sleep(1000).then(() => resolve((gone = { code, signal }))))
  })
  exited.catch(() => {})
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (gone === undefined) child.kill(signal)
    return exited
  }
  const line = async (pattern: RegExp, timeoutMs = 30_000) => {
    const what = `a line like ${pattern}`
    const found = await eventually(() => lineOf(output, pattern) ?? (gone === undefined ? undefined : 'ended'), { what, timeoutMs }).catch(
      () => 'late',
    )
    if (typeof found !== 'string') return found
    throw new Error(
      `No line like ${pattern} from ${path}, which ${found === 'ended' ? 'ended' : `goes on after ${timeoutMs} ms`} and printed:\n${output}`,
    )
  }
  return {
    child,
    pid: child.pid ?? 0,
    output: () => output,
    line,
    exited,
    end,
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  }
}

function lineOf(output: string, pattern: RegExp): RegExpExecArray | undefined {
  const lines = output.split('\n')
  // The last part is a line only when a line break follows.
  for (const line of lines.slice(0, -1)) {
    const match = pattern.exec(line)
    if (match !== null) return match
  }
  return undefined
}

/** The little of this process's environment that programs need, so that settings of the developer's shell change no test. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) => ['PATH', 'HOME', 'TMPDIR', 'LANG'].includes(name) && value !== undefined,
  )
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...more }
}
