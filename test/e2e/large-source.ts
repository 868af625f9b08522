import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Bytes of one line, its break included. */
const lineBytes = 65_536

export interface LargeSource extends AsyncDisposable {
  readonly url: string
  /** Requests so far. */
  readonly requests: () => number
  /** Bytes that were sent of the last answer. */
  readonly sent: () => number
  /** From now on answers wait after so many bytes; with `go` they go on. */
  pauseAt(bytes: number): void
  go(): void
  /** Lines of an answer. */
  readonly lines: number
  /** SHA-256 of an answer, hex. */
  readonly sha256: string
}

/** One line: the same for the same number. What fills it does not repeat itself within a line, so it does not compress to nothing. */
function line(id: number, filling: string): string {
  const start = `{"id":${id},"text":"`
  const at = (id * 8191) % (filling.length - lineBytes)
  return `${start}${filling.slice(at, at + lineBytes - start.length - 3)}"}\n`
}

/** A source on a free port that answers with so many bytes of NDJSON, made while they are sent. */
export async function startLargeSource(bytes: number): Promise<LargeSource> {
  let filling = ''
  for (let count = 0; filling.length < 3 * lineBytes; count += 1) filling += createHash('sha256').update(String(count)).digest('hex')
  const lines = Math.ceil(bytes / lineBytes)
  const hash = createHash('sha256')
  for (let id = 0; id < lines; id += 1) hash.update(line(id, filling))
  let [requests, sent, pause] = [0, 0, Number.POSITIVE_INFINITY]
  let paused = Promise.withResolvers<void>()
  const answer = async (response: ServerResponse): Promise<void> => {
    sent = 0
    let go = (): void => {}
    response.once('close', () => go())
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    for (let id = 0; id < lines && !response.destroyed; id += 1) {
      if (sent >= pause) await paused.promise
      sent += lineBytes
      if (!response.write(line(id, filling))) await new Promise<void>((resolve) => (response.once('drain', resolve), (go = resolve)))
    }
    response.end()
  }
  const server = createServer((_request, response) => {
    requests += 1
    response.on('error', () => {})
    void answer(response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests: () => requests,
    sent: () => sent,
    pauseAt(at) {
      pause = at
      paused = Promise.withResolvers()
    },
    go() {
      pause = Number.POSITIVE_INFINITY
      paused.resolve()
    },
    lines,
    sha256: hash.digest('hex'),
    async [Symbol.asyncDispose]() {
      paused.resolve()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
