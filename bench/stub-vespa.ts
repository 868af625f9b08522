import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { microseconds } from './workload.ts'

/**
 * A document API that acknowledges every operation and keeps nothing but how long it took from the request to the source to the acknowledgement, in
 * a process of its own. A condition that is never true is not met.
 */
let latencies: number[] = []

const server = createServer((request, response) => {
  const url = request.url ?? ''
  let sent = ''
  request.setEncoding('utf8')
  request.on('data', (text: string) => (sent += text))
  request.on('end', () => {
    const path = url.slice(0, url.indexOf('?'))
    const isProbe = url.includes('condition=false')
    const body = `{"pathId":"${path}","id":"id:weaver:weaver::${path.slice(path.lastIndexOf('/') + 1)}"${isProbe ? ',"message":"Condition not met"' : ''}}`
    response
      .writeHead(isProbe ? 412 : 200, { 'content-type': 'application/json;charset=UTF-8', 'content-length': Buffer.byteLength(body) })
      .end(body)
    // The document's fields are JSON in a string.
    const askedAt = /"askedAt\\":(\d+)/.exec(sent)?.[1]
    if (askedAt !== undefined) latencies.push((microseconds() - Number(askedAt)) / 1000)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.on('message', () => {
  process.send?.(latencies)
  latencies = []
})
process.once('disconnect', () => process.exit())
