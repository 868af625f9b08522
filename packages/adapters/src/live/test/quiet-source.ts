import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

// A source in a process of its own that holds connections open and says nothing: `/events` is a stream of events, `/live` a WebSocket,
// `/count` how many there are.

let open = 0
const server = createServer((request, response) => {
  if (request.url === '/count') {
    response.end(String(open))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  open += 1
  response.on('close', () => (open -= 1))
})
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  open += 1
  socket.on('error', () => {}).on('close', () => (open -= 1))
})
server.listen(0, '127.0.0.1', 4096, () => process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`))
