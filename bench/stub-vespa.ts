import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A document API that acknowledges every operation and keeps nothing, in a process of its own. A condition that is never true is not met. */
const server = createServer((request, response) => {
  const url = request.url ?? ''
  request.resume()
  request.on('end', () => {
    const path = url.slice(0, url.indexOf('?'))
    const isProbe = url.includes('condition=false')
    const body = `{"pathId":"${path}","id":"id:weaver:weaver::${path.slice(path.lastIndexOf('/') + 1)}"${isProbe ? ',"message":"Condition not met"' : ''}}`
    response
      .writeHead(isProbe ? 412 : 200, { 'content-type': 'application/json;charset=UTF-8', 'content-length': Buffer.byteLength(body) })
      .end(body)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.once('disconnect', () => process.exit())
