/**
 * CPU per request for a 600-byte JSON answer: the egress against a bare undici pool, in turns, in one process. The server is another one.
 * `node packages/egress/bench/measure.ts`
 */
import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { Pool } from 'undici'
import { createEgress, parseEgressAllow } from '../src/index.ts'

const REQUESTS = 20_000
const ROUNDS = 5
const AT_ONCE = 32

// The child process that this file starts is the server.
if (process.send !== undefined) {
  const body = Buffer.from(JSON.stringify({ status: 'success', data: { city: 'Madrid', filler: 'x'.repeat(540) } }))
  const server = createServer((_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, 'x-ratelimit-remaining': '99', etag: '"abc"' })
      .end(body)
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.once('disconnect', () => {
    server.close()
    server.closeAllConnections()
  })
} else {
  const server = fork(import.meta.filename)
  const [port] = (await once(server, 'message')) as [number]
  const origin = `http://127.0.0.1:${port}`
  const url = `${origin}/v2/nearest_city?lat=40.4&lon=-3.7&key=0a1b2c3d-4e5f-6789-abcd-ef0123456789`
  const secrets = ['0a1b2c3d-4e5f-6789-abcd-ef0123456789']
  const headers = { accept: 'application/json' }
  const pool = new Pool(origin, { connections: AT_ONCE })
  const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock, maxConnectionsPerOrigin: AT_ONCE })
  const target = new URL(url)
  const ways: Record<string, () => Promise<unknown>> = {
    'undici Pool.request': async () => {
      const { body } = await pool.request({ method: 'GET', path: target.pathname + target.search, headers })
      return new Uint8Array(await body.arrayBuffer())
    },
    'egress, a scope per request': () =>
      egress.http({ signal: new AbortController().signal, secrets, log: silentLog }).request({ url, headers }),
    'egress, no secrets': () =>
      egress.http({ signal: new AbortController().signal, secrets: [], log: silentLog }).request({ url, headers }),
  }
  const totals: Record<string, { cpu: number[]; wall: number[] }> = {}
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      let left = REQUESTS
      const cpu = process.cpuUsage()
      const began = systemClock.monotonic()
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (left-- > 0) await way()
        }),
      )
      const used = process.cpuUsage(cpu)
      const total = (totals[name] ??= { cpu: [], wall: [] })
      if (round > 0) {
        total.cpu.push((used.user + used.system) / REQUESTS)
        total.wall.push(((systemClock.monotonic() - began) * 1000) / REQUESTS)
      }
    }
  }
  for (const [name, { cpu, wall }] of Object.entries(totals)) {
    const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]?.toFixed(1)
    process.stdout.write(`${name.padEnd(30)} ${median(cpu)} us CPU, ${median(wall)} us a request\n`)
  }
  await pool.close()
  await egress.close()
  server.disconnect()
}
