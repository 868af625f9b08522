import { writeFile } from 'node:fs/promises'
import { freePort } from '@data-weaver/embedded-postgres'
import { answersAt, type ServerProcess, startServer } from './server-process.ts'
import { findProgram } from './server-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestRedis extends ServerProcess {
  readonly url: string
  readonly port: number
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
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder('redis'))
  const port = await freePort()
  if (configuration !== undefined) await writeFile(folder.join('redis.conf'), `${configuration(port)}\ndir ${folder.path}\n`)
  const usual = { port, bind: '127.0.0.1', dir: folder.path, appendonly: 'yes', appendfsync: 'always', save: '', daemonize: 'no' }
  const flags = sentinel ? [] : Object.entries({ ...usual, ...more }).flatMap(([name, value]) => [`--${name}`, String(value)])
  const args = [...(configuration === undefined ? [] : [folder.join('redis.conf')]), ...(sentinel ? ['--sentinel'] : []), ...flags]
  const server = await startServer(
    {
      name: 'redis-server',
      command: [program, ...args],
      cwd: folder.path,
      isUp: () => answersAt(port, { ask: 'PING\r\n', answer: '+PONG' }),
    },
    stack.move(),
  )
  return { ...server, url: `redis://127.0.0.1:${port}`, port }
}
