import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A store that speaks enough of S3 for puts and keeps nothing, in a process of its own: what is measured is everything else. */
const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    if (request.method === 'GET')
      response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>')
    else response.writeHead(200, { etag: '"0"', 'content-length': 0 }).end()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.once('disconnect', () => process.exit())
