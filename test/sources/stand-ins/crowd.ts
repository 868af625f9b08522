import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// A source in a process of its own that a thousand streams listen to. Each gets an event when it comes and is then left alone, but for a
// sign of life; `/say` sends everybody one more. `/count` answers how many listen, `/beats` how many signs of life there were.

const heartbeatMs = 4000
const listeners = new Map<ServerResponse, string>()
let said = 1
let beats = 0

const event = (name: string): string => `id: ${said}\ndata: ${JSON.stringify({ id: name, said, text: `Word ${said} for ${name}` })}\n\n`

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://source')
  if (url.pathname === '/count') {
    response.end(String(listeners.size))
    return
  }
  if (url.pathname === '/beats') {
    response.end(String(beats))
    return
  }
  if (url.pathname === '/say') {
    said += 1
    for (const [listener, name] of listeners) listener.write(event(name))
    response.end(String(listeners.size))
    return
  }
  const name = url.pathname.slice(1)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  // Who has heard everything already is not told again.
  response.write(Number(request.headers['last-event-id'] ?? 0) < said ? event(name) : ':\n\n')
  listeners.set(response, name)
  response.on('close', () => listeners.delete(response))
})
setInterval(() => {
  beats += 1
  for (const listener of listeners.keys()) listener.write(':\n\n')
}, heartbeatMs)
server.listen(0, '127.0.0.1', 4096, () => process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`))
