import { spawn } from 'node:child_process'
import { cp, open, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { eventually, freePort, temporaryFolder } from '@data-weaver/testkit'

const shipped = fileURLToPath(new URL('../../deploy/nginx', import.meta.url))

export interface Nginx extends AsyncDisposable {
  readonly address: string
  /** All that it wrote: one line of JSON per request, and errors. */
  output(): Promise<string>
}

/** Starts nginx with the files that are shipped; only where it listens and where the supervisors are is different. */
export async function startNginx(program: string, upstreams: readonly number[]): Promise<Nginx> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder('nginx'))
  const configuration = folder.join('configuration')
  await cp(shipped, configuration, { recursive: true })
  const port = await freePort()
  await writeFile(`${configuration}/listen.conf`, `listen 127.0.0.1:${port};\n`)
  const servers = upstreams.map((upstream) => `server 127.0.0.1:${upstream} max_fails=0;`).join('\n')
  await writeFile(`${configuration}/upstream.conf`, `upstream supervisors {\nzone supervisors 256k;\n${servers}\nkeepalive 32;\n}\n`)
  const log = folder.join('output.log')
  // A file, because nginx opens /dev/stdout anew, which a socket does not allow.
  const file = await open(log, 'a')
  const child = spawn(
    program,
    ['-e', '/dev/stderr', '-p', `${folder.path}/`, '-c', `${configuration}/nginx.conf`, '-g', 'daemon off; user root;'],
    {
      stdio: ['ignore', file.fd, file.fd],
    },
  )
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
  await file.close()
  stack.defer(async () => {
    child.kill('SIGTERM')
    await gone
  })
  const address = `http://127.0.0.1:${port}`
  const output = () => readFile(log, 'utf8')
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended:\n${await output()}`)
      return await fetch(`${address}/nginx/live`).then(
        (answer) => answer.ok,
        () => false,
      )
    },
    { what: 'nginx to answer' },
  )
  const owned = stack.move()
  return { address, output, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

export interface Upstream extends AsyncDisposable {
  readonly port: number
  /** The requests that arrived, oldest first. */
  readonly requests: readonly IncomingMessage[]
  /** Ends it as a kill does: no connection is closed in good order, and nothing listens any more. */
  kill(): Promise<void>
}

/** A server in a supervisor's place. */
export async function startUpstream(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  prepare?: (server: Server) => void,
): Promise<Upstream> {
  const requests: IncomingMessage[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    requests.push(request)
    request.resume()
    answer(request, response)
  })
  prepare?.(server)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const kill = async () => {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.resetAndDestroy()
    await closed
  }
  return { port: (server.address() as AddressInfo).port, requests, kill, [Symbol.asyncDispose]: kill }
}
