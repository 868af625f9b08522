import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { WeaverError } from '@data-weaver/contracts'

/** Whether a server could listen on this port of 127.0.0.1 now. */
export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/**
 * Where free ports are taken from: below those that systems give to connections that go out (from 32,768 on Linux, 49,152 elsewhere). One
 * of these could be taken by any client in the time in which a server is down to be started again.
 */
const lowestPort = 15_000
const highestPort = 32_000
/** Ports that are tried before it is given up. */
const attempts = 1000

/** A port of 127.0.0.1 that nobody listens on now. Another server may take it before the caller does. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(lowestPort, highestPort)
    if (await portIsFree(port)) return port
  }
  throw new WeaverError('port_in_use', `none of ${attempts} ports between ${lowestPort} and ${highestPort} is free`)
}
