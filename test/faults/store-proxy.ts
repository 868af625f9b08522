import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@data-weaver/contracts'
import { random } from './chance.ts'

/** Ways in which an object store fails a request. */
export const storeFaults = [
  'internal error',
  'slow down',
  'storage full',
  'reset before it began',
  'reset after it was done',
  'reset in the middle of the answer',
  'late',
] as const
export type StoreFault = (typeof storeFaults)[number]

export interface StoreProxy extends AsyncDisposable {
  readonly port: number
  /** Fails this share of the requests from now on, each in one of these ways. */
  set(share: number, faults?: readonly StoreFault[]): void
  /** Requests that were failed so far, by way. */
  readonly failed: ReadonlyMap<StoreFault, number>
}

const lateMs = 1500

const answers: Partial<Record<StoreFault, readonly [number, string]>> = {
  'internal error': [500, 'InternalError'],
  'slow down': [503, 'SlowDown'],
  'storage full': [507, 'XMinioStorageFull'],
}

/** Stands before an S3 server on 127.0.0.1 and fails a share of its requests, some of them after they have had their effect. */
export async function startStoreProxy(targetPort: number): Promise<StoreProxy> {
  const failed = new Map<StoreFault, number>()
  const now: { share: number; faults: readonly StoreFault[] } = { share: 0, faults: [] }

  const pick = (): StoreFault | undefined => {
    if (now.faults.length === 0 || random() >= now.share) return undefined
    const fault = now.faults[Math.floor(random() * now.faults.length)] as StoreFault
    failed.set(fault, (failed.get(fault) ?? 0) + 1)
    return fault
  }
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const fault = pick()
    if (fault === 'reset before it began') return void response.socket?.resetAndDestroy()
    if (fault === 'late') await systemClock.sleep(lateMs)
    const [status, code] = (fault === undefined ? undefined : answers[fault]) ?? []
    if (status !== undefined) {
      response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)
      return
    }
    forward(incoming, Buffer.concat(chunks), response, targetPort, fault)
  }
  const server = createServer((incoming, response) => void handle(incoming, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    set: (share, faults = storeFaults) => void Object.assign(now, { share, faults }),
    failed,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function forward(incoming: IncomingMessage, body: Buffer, response: ServerResponse, port: number, fault: StoreFault | undefined): void {
  const { method = 'GET', url = '/', headers } = incoming
  const onward = send({ port, host: '127.0.0.1', method, path: url, headers }, (answer) => {
    if (fault === 'reset after it was done') {
      answer.resume()
      answer.on('end', () => response.socket?.resetAndDestroy())
      return
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    if (fault !== 'reset in the middle of the answer') return void answer.pipe(response)
    response.flushHeaders()
    answer.once('data', (chunk: Buffer) => {
      response.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => response.socket?.resetAndDestroy())
      answer.resume()
    })
    answer.once('end', () => response.socket?.resetAndDestroy())
  })
  onward.on('error', () => response.destroy())
  onward.end(body)
}
