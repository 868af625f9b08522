import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { freePort } from '@data-weaver/embedded-postgres'
import { eventually } from './eventually.ts'
import { findProgram } from './server-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestRedis extends AsyncDisposable {
  readonly url: string
  readonly port: number
  pid(): number | undefined
  /** kill -9; what was written is in the append-only file. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** Stops its process in its tracks, as a machine that hangs does; `resume` lets it go on. */
  freeze(): void
  resume(): void
  stop(): Promise<void>
}

export interface RedisChoice {
  /** Options of the command line besides the usual ones, or in place of them: `{ appendonly: 'no' }`. */
  readonly flags?: Readonly<Record<string, string>>
  /** Text of a configuration file; the server may write into it. With `sentinel` it runs as a Sentinel, and nothing but this is given to it. */
  readonly configuration?: (port: number) => string
  readonly sentinel?: boolean
}

/** A Redis of its own with the append-only file on, on a free port of 127.0.0.1, in a folder that is thrown away. */
export async function startRedis({ flags: more = {}, configuration, sentinel = false }: RedisChoice = {}): Promise<TestRedis> {
  const program = await findProgram('redis-server')
  if (program === undefined) throw new Error('redis-server is not installed; ask requireServer first')
  const folder = await temporaryFolder('redis')
  const port = await freePort()
  let child: ChildProcess | undefined
  if (configuration !== undefined) await writeFile(folder.join('redis.conf'), `${configuration(port)}\ndir ${folder.path}\n`)
  const start = async () => {
    const usual = { port, bind: '127.0.0.1', dir: folder.path, appendonly: 'yes', appendfsync: 'always', save: '', daemonize: 'no' }
    const flags = sentinel ? [] : Object.entries({ ...usual, ...more }).flatMap(([name, value]) => [`--${name}`, String(value)])
    const args = [...(configuration === undefined ? [] : [folder.join('redis.conf')]), ...(sentinel ? ['--sentinel'] : []), ...flags]
    let output = ''
    const started = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    for (const stream of [started.stdout, started.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    await eventually(
      async () => {
        if (started.exitCode !== null || started.signalCode !== null) return 'ended'
        return (await ping(port)) ? 'up' : undefined
      },
      { what: 'redis-server to answer' },
    )
    if (started.exitCode !== null) throw new Error(`redis-server ended:\n${output}`)
  }
  const end = async (signal: NodeJS.Signals) => {
    const ending = child
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    // A frozen process takes no other signal than this one.
    if (signal !== 'SIGKILL') ending.kill('SIGCONT')
    await gone
  }
  const stop = async () => {
    await end('SIGKILL')
    await folder.remove()
  }
  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: () => child?.pid,
    kill: () => end('SIGKILL'),
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 })
    const answer = (up: boolean) => {
      socket.destroy()
      resolve(up)
    }
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (data) => answer(data.toString('latin1').startsWith('+PONG')))
    socket.once('error', () => answer(false))
    socket.once('timeout', () => answer(false))
  })
}
