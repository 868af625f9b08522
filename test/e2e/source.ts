import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  readonly url: URL
  readonly at: number
}

export interface Source extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly SeenRequest[]
}

/** A source on loopback that answers by a function and remembers who asked. */
export async function startSource(answer: (request: IncomingMessage, response: ServerResponse, url: URL) => void): Promise<Source> {
  const requests: SeenRequest[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://source')
    requests.push({ url, at: performance.now() })
    answer(request, response, url)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
