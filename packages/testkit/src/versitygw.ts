import { type ChildProcess, spawn } from 'node:child_process'
import { access, constants, mkdir } from 'node:fs/promises'
import { request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@data-weaver/embedded-postgres'
import { eventually } from './eventually.ts'
import { findProgram, requireServer } from './server-program.ts'
import { cleanEnvironment } from './spawn-node.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestS3 extends AsyncDisposable {
  /** For `WEAVER_STORE_URL`; the keys have every character that needs percent-encoding. */
  readonly url: string
  readonly port: number
  readonly accessKey: string
  readonly secretKey: string
  /** kill -9; the data stay. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** Stops its process in its tracks, as a machine that hangs does; `resume` lets it go on. */
  freeze(): void
  resume(): void
  stop(): Promise<void>
}

/**
 * The path of versitygw, for `describe.skipIf(program === undefined)`: where `pnpm servers` puts it, or on the path. Where it is missing
 * a message says so, or an error when servers are required; see {@link requireServer}.
 */
export const requireVersitygw = (): Promise<string | undefined> => requireBuilt('versitygw')

/**
 * An S3 server of its own on a free port of 127.0.0.1. Its data are in a folder that is thrown away, or in the one given, which stays.
 * It keeps objects as files, so a key cannot be a folder of another.
 */
export function startVersitygw(program: string, dataFolder?: string): Promise<TestS3> {
  return startS3(
    {
      program,
      name: 'versitygw',
      args: (port, data) => ['--port', `127.0.0.1:${port}`, '--health', '/health', '--keep-alive', '--quiet', 'posix', data],
      env: (accessKey, secretKey) => ({ ROOT_ACCESS_KEY_ID: accessKey, ROOT_SECRET_ACCESS_KEY: secretKey }),
      ready: { path: '/health', status: 200 },
    },
    dataFolder,
  )
}

/** The path of a server, or another program, that `pnpm servers` builds or fetches. */
export async function requireBuilt(name: string): Promise<string | undefined> {
  const built = join(homedir(), '.cache', 'data-weaver', 'bin', name)
  const runs = await access(built, constants.X_OK).then(
    () => true,
    () => false,
  )
  return runs ? built : requireServer(name)
}

export interface S3Program {
  readonly program: string
  readonly name: string
  readonly args: (port: number, data: string) => readonly string[]
  readonly env: (accessKey: string, secretKey: string) => Readonly<Record<string, string>>
  /** Path that answers with this status when the server is up. */
  readonly ready: { readonly path: string; readonly status: number }
}

/** Starts a program that speaks S3 and waits until it answers. */
export async function startS3({ program, name, args, env, ready }: S3Program, dataFolder?: string): Promise<TestS3> {
  const folder = await temporaryFolder(name)
  const data = dataFolder ?? folder.join('data')
  await mkdir(data, { recursive: true })
  const port = await freePort()
  const accessKey = 'weaver-test'
  const secretKey = 'a/secret+with@odd:letters%'
  // Where the system can do it, the server dies with this process, even when that is cut off in the middle of a test.
  const setpriv = process.platform === 'linux' ? await findProgram('setpriv') : undefined
  const bound = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL']
  let child: ChildProcess | undefined
  const start = async () => {
    let output = ''
    const [command, ...parameters] = [...bound, program, ...args(port, data)] as [string, ...string[]]
    const started = spawn(command, parameters, {
      env: cleanEnvironment({ HOME: folder.path, ...env(accessKey, secretKey) }),
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    for (const stream of [started.stdout, started.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    const ended = () => started.exitCode !== null || started.signalCode !== null
    await eventually(async () => ended() || (await answers(port, ready)), { what: `${name} to answer` })
    if (ended()) throw new Error(`${name} ended:\n${output}`)
  }
  const kill = async () => {
    const ending = child
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGKILL')
    await gone
  }
  const stop = async () => {
    await kill()
    await folder.remove()
  }
  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `s3://${encodeURIComponent(accessKey)}:${encodeURIComponent(secretKey)}@127.0.0.1:${port}/?tls=0`,
    port,
    accessKey,
    secretKey,
    kill,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function answers(port: number, { path, status }: S3Program['ready']): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false, timeout: 1000 }, (response) => {
      response.resume()
      resolve(response.statusCode === status)
    })
    asked.once('error', () => resolve(false))
    asked.once('timeout', () => asked.destroy())
    asked.end()
  })
}
