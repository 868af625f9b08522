import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { microseconds, record, workloads } from './workload.ts'

/**
 * A source that answers at once, in a process of its own. `/A/7?page=1` is the first page of stream 7 of workload A. Each record tells when its
 * request came, which also makes it differ from the last one.
 */
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://stub')
  const [, name = 'A', stream = '0'] = url.pathname.split('/')
  const workload = workloads[name === 'B' ? 'B' : 'A']
  const page = Number(url.searchParams.get('page') ?? '1')
  const askedAt = microseconds()
  const items = Array.from({ length: workload.recordsPerPage }, (_, index) => record(workload, `${stream}-${page}-${index}`, askedAt))
  const body = JSON.stringify({ items, pages: workload.pagesPerRun })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.once('disconnect', () => process.exit())
