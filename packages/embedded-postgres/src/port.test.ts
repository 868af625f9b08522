import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort, portIsFree } from './port.ts'

test('a free port can be listened on, and is not free then', async () => {
  const port = await freePort()
  expect(await portIsFree(port)).toBe(true)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  try {
    expect(await portIsFree(port)).toBe(false)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})

/** The first port that this system gives to connections that go out. */
const outgoing = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').then(
  (text) => Number(text.split(/\s/)[0]),
  () => 49_152,
)

test.skipIf(outgoing < 32_000)('a free port is none that a connection that goes out can take', async () => {
  const ports = await Promise.all(Array.from({ length: 100 }, () => freePort()))
  expect(Math.max(...ports)).toBeLessThan(outgoing)
})
