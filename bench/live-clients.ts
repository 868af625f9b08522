import { connect, type Socket } from 'node:net'

// Clients of GET /v1/live in a process of their own, as light as can be: what they read is searched for numbers and forgotten.

const [kind = 'sse', port = '', token = '', count = '0'] = process.argv.slice(2)

const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
const head = [
  'GET /v1/live HTTP/1.1',
  `Host: 127.0.0.1:${port}`,
  `Authorization: Bearer ${token}`,
  ...(kind === 'ws' ? upgrade : []),
  '',
  '',
]

let latencies: number[] = []
let received = 0
let lost = 0
const sockets: Socket[] = []

async function open(): Promise<void> {
  const socket = connect(Number(port), '127.0.0.1')
  sockets.push(socket)
  let rest = ''
  const ready = Promise.withResolvers<void>()
  socket.setEncoding('latin1')
  socket.write(head.join('\r\n'))
  socket.on('data', (chunk: string) => {
    const text = rest + chunk
    const now = performance.timeOrigin + performance.now()
    let end = 0
    for (const found of text.matchAll(/"at": ([\d.]+)[,}]/g)) {
      received += 1
      latencies.push(now - Number(found[1]))
      end = found.index + found[0].length
    }
    rest = text.slice(Math.max(end, text.length - 64))
    if (text.includes('ready')) ready.resolve()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    lost += 1
    ready.reject(new Error(`a client was refused: ${rest}`))
  })
  await ready.promise
}

// Some at a time: the queue of connections that wait to be accepted is short.
for (let opened = 0; opened < Number(count); opened += 100) {
  await Promise.all(Array.from({ length: Math.min(100, Number(count) - opened) }, open))
}
// A WebSocket shows that it is alive: an empty, masked pong.
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
if (kind === 'ws') setInterval(() => sockets.forEach((socket) => socket.write(pong)), 5000).unref()
process.send?.({ open: sockets.length })
process.on('message', () => {
  const sorted = Float64Array.from(latencies).toSorted()
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  process.send?.({ received, lost, p50: at(0.5), p99: at(0.99), max: at(1) })
  latencies = []
  received = 0
})
process.on('disconnect', () => process.exit())
