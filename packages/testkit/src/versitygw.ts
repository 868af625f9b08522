import { access, constants, mkdir } from 'node:fs/promises'
import { request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@data-weaver/embedded-postgres'
import { type ServerProcess, startServer } from './server-process.ts'
import { requireServer } from './server-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestS3 extends ServerProcess {
  /** For `WEAVER_STORE_URL`; the keys have every character that needs percent-encoding. */
  readonly url: string
  readonly port: number
  readonly accessKey: string
  readonly secretKey: string
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
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder(name))
  const data = dataFolder ?? folder.join('data')
  await mkdir(data, { recursive: true })
  const port = await freePort()
  const accessKey = 'weaver-test'
  const secretKey = 'a/secret+with@odd:letters%'
  const server = await startServer(
    {
      name,
      command: [program, ...args(port, data)],
      cwd: folder.path,
      env: { HOME: folder.path, ...env(accessKey, secretKey) },
      isUp: () => answers(port, ready),
    },
    stack.move(),
  )
  const url = `s3://${encodeURIComponent(accessKey)}:${encodeURIComponent(secretKey)}@127.0.0.1:${port}/?tls=0`
  return { ...server, url, port, accessKey, secretKey }
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
