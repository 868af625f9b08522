import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A store that speaks enough of S3 for puts and gets, in a process of its own and in its memory: what is measured is everything else. Of what it was
 * given it keeps the latest; what is read later than that is missing, and its run no success.
 */
const mostBytes = 512 * 1024 * 1024
const objects = new Map<string, Buffer>()
let bytes = 0

function keep(key: string, body: Buffer): void {
  bytes += body.byteLength - (objects.get(key)?.byteLength ?? 0)
  objects.set(key, body)
  for (const [oldest, { byteLength }] of objects) {
    if (bytes <= mostBytes) break
    objects.delete(oldest)
    bytes -= byteLength
  }
}

const server = createServer((request, response) => {
  const key = request.url ?? ''
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => void pieces.push(piece))
  request.on('end', () => {
    if (request.method === 'PUT') {
      keep(key, Buffer.concat(pieces))
      response.writeHead(200, { etag: '"0"', 'content-length': 0 }).end()
      return
    }
    const body = objects.get(key)
    if (body !== undefined) response.writeHead(200, { etag: '"0"', 'content-length': body.byteLength }).end(body)
    else response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>')
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.once('disconnect', () => process.exit())
