import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { eventually } from './eventually.ts'
import { findProgram } from './server-program.ts'
import { cleanEnvironment } from './spawn-node.ts'

/** A server of another project that runs for a test. At the end of its scope its process is killed. */
export interface ServerProcess extends AsyncDisposable {
  pid(): number | undefined
  /** kill -9; the data stay, as far as the server had written them. */
  kill(): Promise<void>
  /** Starts it again, on the same port with the same data, and waits until it answers. */
  start(): Promise<void>
  /** Stops its process in its tracks, as a machine that hangs does; `resume` lets it go on. */
  freeze(): void
  resume(): void
  /** Ends it for good: what it had in throw-away folders goes as well. */
  stop(): Promise<void>
}

export interface ServerProgram {
  /** For errors. */
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly cwd: string
  /** Added to the little of this process's environment that programs need. */
  readonly env?: Readonly<Record<string, string>>
  /** Whether it is up; asked again until it is. `printed` is what it wrote to its standard output since it was started. */
  readonly isUp: (printed: string) => boolean | Promise<boolean>
  /** How long that may take. Default 20,000. */
  readonly startMs?: number
}

/** So much of what a server writes to its standard error is kept, in characters: the end of it is what tells. */
const keptErrors = 10_000

/**
 * Starts a server and waits until it is up. What lies in `belongings` (folders, servers that it needs) is disposed of with it, and at once
 * when it does not start.
 * @throws Error with what it wrote, as soon as it ends, or when it is not up in time.
 */
export async function startServer(program: ServerProgram, belongings = new AsyncDisposableStack()): Promise<ServerProcess> {
  await using stack = belongings
  const bound = await boundToThisProcess()
  let child: ChildProcess | undefined
  const kill = async () => {
    if (child !== undefined) await ended(child)
  }
  const start = async () => {
    child = await startOnce(program, bound)
  }
  stack.defer(kill)
  await start()
  const kept = stack.move()
  const stop = () => kept.disposeAsync()
  return {
    pid: () => child?.pid,
    kill,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function startOnce({ name, command, cwd, env, isUp, startMs }: ServerProgram, bound: readonly string[]): Promise<ChildProcess> {
  const [file, ...args] = [...bound, ...command] as [string, ...string[]]
  const child = spawn(file, args, { cwd, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  let errors = ''
  let failure: Error | undefined
  child.once('error', (error) => (failure = error))
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors = (errors + chunk).slice(-keptErrors)))
  const wrote = () => `${printed}\n${errors}`
  try {
    const state = await eventually(async () => (hasEnded(child) || failure !== undefined ? 'ended' : (await isUp(printed)) && 'up'), {
      what: `${name} to be up`,
      ...(startMs === undefined ? {} : { timeoutMs: startMs }),
    })
    if (state === 'ended') throw new Error(`${name} ended:\n${wrote()}`, { cause: failure })
  } catch (error) {
    await ended(child)
    throw error
  }
  return child
}

const hasEnded = (child: ChildProcess): boolean => child.pid === undefined || child.exitCode !== null || child.signalCode !== null

/** Kills it, and waits until it is gone. */
async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** Where the system can do it, a server dies with this process, even when that is cut off in the middle of a test. */
async function boundToThisProcess(): Promise<readonly string[]> {
  const setpriv = process.platform === 'linux' ? await findProgram('setpriv') : undefined
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL']
}

/**
 * Whether a server at this port of 127.0.0.1 takes a connection within a second; with `ask`, whether its first answer to that text begins with
 * `answer`.
 */
export function answersAt(port: number, talk?: { readonly ask: string; readonly answer: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 })
    const settle = (up: boolean) => {
      socket.destroy()
      resolve(up)
    }
    socket.once('connect', () => (talk === undefined ? settle(true) : socket.write(talk.ask)))
    socket.once('data', (data) => settle(data.toString('latin1').startsWith(talk?.answer ?? '')))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
  })
}
