import type { Socket } from 'node:net'
import { type DialOptions, WeaverError } from '@data-weaver/contracts'
import type { Attempt } from './connector.ts'
import { checkUrl } from './hop.ts'
import { failureOf, Hold } from './way.ts'
import type { Way } from './way.ts'

const bare = (hostname: string) => (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname)

/**
 * A checked connection of its own to the origin of the URL, with TLS for `https:`. Until it is closed it belongs to the run: its end
 * destroys it.
 */
export async function dial(way: Way, address: string | URL, options: DialOptions = {}): Promise<Socket> {
  const url = URL.parse(String(address))
  if (url === null) throw new WeaverError('invalid_config', `"${way.redactor.text(String(address)).slice(0, 200)}" is not a URL`)
  checkUrl(url, way.redactor)
  const socket = await connected(way, url, options)
  const hold = new Hold(way, (reason) => socket.destroy(reason instanceof Error ? reason : new WeaverError('interrupted', 'aborted')))
  socket.once('close', () => hold.release())
  if (socket.closed) hold.release()
  return socket
}

async function connected(way: Way, url: URL, { alpn = [], identity }: DialOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  let attempt: Attempt | null = null
  const hold = new Hold(way, (reason) => {
    reject(reason)
    attempt?.abandon()
  })
  const target = {
    hostname: bare(url.hostname),
    protocol: url.protocol,
    port: url.port,
    alpn,
    ...(identity === undefined ? {} : { identity }),
  }
  attempt = way.connect(target, (error, socket) => {
    hold.release()
    if (error === null) resolve(socket)
    else reject(failureOf(way, error, { url, answered: false }))
  })
  return promise
}
