import { type ChildProcess, spawn } from 'node:child_process'
import { type Clock, exitInvalidSettings, type Log, WeaverError } from '@data-weaver/contracts'
import { signalProcess } from './alive.ts'
import { linesOf } from './lines.ts'

export interface KeepOptions {
  /** What people call the process. */
  readonly name: string
  /** Path of the script that Node runs. */
  readonly script: string
  /** Asked for at each start. */
  readonly args?: () => readonly string[]
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly clock: Clock
  readonly log: Log
  /** Gets each line the process prints. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void
  /** Called when a process was started, also when it was started again. */
  readonly onStart?: (pid: number) => void
  /** Called with what a process said when it was ready, also when it was started again. */
  readonly onReady?: (message: Readonly<Record<string, unknown>>) => void
  /** Called when a process ended although nobody told it to. */
  readonly onDeath?: (death: Death) => void
  /** Longest time from the start to the message that it is ready, milliseconds. Default 60,000. */
  readonly startLimitMs?: number
  /** Starts that may fail in a row before the first success, after which it is given up. Default 3. */
  readonly firstAttempts?: number
}

export interface Death {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The last lines it printed. */
  readonly lastLines: readonly string[]
  /** How long it ran, milliseconds. */
  readonly aliveMs: number
  /** Milliseconds until it is started again; undefined: it is given up. */
  readonly restartInMs: number | undefined
}

/** A process that is started again whenever it dies. */
export interface KeptProcess {
  readonly name: string
  /** The present process, if there is one. */
  pid(): number | undefined
  /**
   * What the first process said when it was ready: a message `{ready: true, …}` on the channel to its parent.
   * Rejects when it is given up: `invalid_settings` when it said so by its exit status, otherwise `internal`, with its last lines.
   */
  readonly ready: Promise<Readonly<Record<string, unknown>>>
  /** Tells it to stop; kills it when it has not gone within `graceMs`. Resolves when it is gone and stays gone. */
  stop(graceMs: number): Promise<void>
  /** Kills it and all of its process group at once. */
  kill(): void
}

const firstPauseMs = 200
const longestPauseMs = 10_000
/** A process that lived this long was well: the next pause is the first one again. */
const wellMs = 20_000
const keptLines = 15

/**
 * Starts a script and keeps it running. The process leads a process group of its own, so that Ctrl-C in a terminal reaches only the
 * parent, which then stops its children in order; by the message channel the child notices when the parent is gone.
 */
export function keepRunning(options: KeepOptions): KeptProcess {
  const { name, clock, log, firstAttempts = 3 } = options
  const ready = Promise.withResolvers<Readonly<Record<string, unknown>>>()
  ready.promise.catch(() => {})
  const ending = new AbortController()
  let child: ChildProcess | undefined
  let wasReady = false

  const loop = async () => {
    let failures = 0
    while (!ending.signal.aborted) {
      const began = clock.monotonic()
      const end = await runOnce(options, ending.signal, (started) => (child = started), onReady)
      child = undefined
      if (ending.signal.aborted) return
      const aliveMs = clock.monotonic() - began
      failures = aliveMs >= wellMs ? 1 : failures + 1
      const givenUp = end.code === exitInvalidSettings || (!wasReady && failures >= firstAttempts)
      const restartInMs = givenUp ? undefined : Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1))
      log.warn({ name, code: end.code, signal: end.signal, aliveMs: Math.round(aliveMs), restartInMs }, 'process ended')
      options.onDeath?.({ ...end, aliveMs, restartInMs })
      if (restartInMs === undefined) {
        const code = end.code === exitInvalidSettings ? 'invalid_settings' : 'internal'
        ready.reject(new WeaverError(code, `The ${name} does not start (${end.code ?? end.signal}):\n${end.lastLines.join('\n')}`))
        return
      }
      await clock.sleep(restartInMs, ending.signal).catch(() => {})
    }
  }
  const onReady = (message: Readonly<Record<string, unknown>>) => {
    wasReady = true
    ready.resolve(message)
    options.onReady?.(message)
  }
  const done = loop()
  // Nothing else observes the loop: an error in it would be an error of this file.
  done.catch((error: unknown) => ready.reject(error))

  return {
    name,
    pid: () => child?.pid,
    ready: ready.promise,
    kill: () => killGroup(child),
    async stop(graceMs) {
      ending.abort()
      child?.kill('SIGTERM')
      const over = new AbortController()
      const killed = clock.sleep(graceMs, over.signal).then(
        () => {
          log.warn({ name, graceMs }, 'process does not stop and is killed')
          killGroup(child)
        },
        () => {},
      )
      await done
      over.abort()
      await killed
      ready.reject(new WeaverError('interrupted', `The ${name} was stopped.`))
    },
  }
}

interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly lastLines: readonly string[]
}

function runOnce(
  options: KeepOptions,
  ending: AbortSignal,
  onChild: (child: ChildProcess) => void,
  onReady: (message: Readonly<Record<string, unknown>>) => void,
): Promise<End> {
  const { script, args, env, cwd, clock, log, name, onLine, onStart, startLimitMs = 60_000 } = options
  return new Promise((resolve) => {
    const lastLines: string[] = []
    const child = spawn(process.execPath, [script, ...(args?.() ?? [])], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(cwd === undefined ? {} : { cwd }),
    })
    onChild(child)
    if (child.pid !== undefined) onStart?.(child.pid)
    const take = (stream: 'stdout' | 'stderr') => (line: string) => {
      lastLines.push(line)
      lastLines.splice(0, Math.max(0, lastLines.length - keptLines))
      onLine(line, stream)
    }
    if (child.stdout !== null) linesOf(child.stdout, take('stdout'))
    if (child.stderr !== null) linesOf(child.stderr, take('stderr'))
    const settled = new AbortController()
    clock.sleep(startLimitMs, AbortSignal.any([settled.signal, ending])).then(
      () => {
        log.error({ name, startLimitMs }, 'process does not get ready and is killed')
        killGroup(child)
      },
      () => {},
    )
    child.on('message', (message) => {
      if (typeof message !== 'object' || message === null || !('ready' in message)) return
      settled.abort()
      onReady(message)
    })
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      settled.abort()
      resolve({ code, signal, lastLines })
    }
    child.once('error', (error) => {
      lastLines.push(error.message)
      end(null, null)
    })
    // `close` comes when its output is read as well; a grandchild that holds the pipe must not delay that for ever.
    child.once('close', end)
    child.once(
      'exit',
      (code, signal) =>
        void clock.sleep(1000, settled.signal).then(
          () => end(code, signal),
          () => {},
        ),
    )
  })
}

function killGroup(child: ChildProcess | undefined): void {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  // The negative number names the group the child leads.
  if (!signalProcess(-child.pid, 'SIGKILL')) child.kill('SIGKILL')
}
