import { connect, createServer, type Socket } from 'node:net'
import { systemClock } from '@data-weaver/contracts'

/**
 * `open`: everything passes. `slow`: everything passes late. `cut`: no connection lives, and none is taken. `silent`: connections live and are
 * taken, nothing passes, nobody is told: a cable that was pulled. `deaf`: what clients send arrives, and the connection is reset when the
 * answer comes: the effect happened, the caller sees an error.
 */
export type ProxyState = 'open' | 'slow' | 'cut' | 'silent' | 'deaf'

export interface TcpProxy extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number
  /** Changes what happens from now on. Leaving `silent` resets the connections that lost bytes. `latencyMs` is for `slow`, each way. */
  set(state: ProxyState, latencyMs?: number): void
  /** Resets every connection now; new ones are as the state says. */
  reset(): void
  connections(): number
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Bytes were swallowed: this connection can never be used again. */
  lossy: boolean
}

interface Line {
  state: ProxyState
  latencyMs: number
}

function resetPair({ client, server }: Pair): void {
  for (const socket of [client, server]) {
    if (!socket.destroyed) socket.resetAndDestroy()
  }
}

/** Hands bytes on as the line allows; answers false when the connection must end. */
function pass({ state, latencyMs }: Line, pair: Pair, from: Socket, to: Socket, chunk: Buffer): boolean {
  if (state === 'silent' || pair.lossy) {
    pair.lossy = true
    return true
  }
  if (state === 'deaf' && from === pair.server) return false
  const write = (): void => {
    if (to.destroyed || to.write(chunk)) return
    from.pause()
    to.once('drain', () => from.resume())
  }
  // The same wait for all chunks keeps their order.
  if (state === 'slow') void systemClock.sleep(latencyMs).then(write)
  else write()
  return true
}

/** Stands between a client and a server on 127.0.0.1, and breaks the line between them on demand. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  const now: Line = { state: 'open', latencyMs: 0 }
  const drop = (pair: Pair): void => {
    pairs.delete(pair)
    resetPair(pair)
  }
  const join = (client: Socket): void => {
    if (now.state === 'cut') {
      client.resetAndDestroy()
      return
    }
    const server = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true })
    const pair: Pair = { client, server, lossy: false }
    pairs.add(pair)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true)
      from.on('data', (chunk: Buffer) => {
        if (!pass(now, pair, from, to, chunk)) drop(pair)
      })
      from.on('error', () => drop(pair))
      from.on('close', () => {
        if (to.destroyed) pairs.delete(pair)
      })
      from.on('end', () => {
        if (now.state === 'slow') void systemClock.sleep(now.latencyMs).then(() => to.end())
        else if (now.state === 'silent') pair.lossy = true
        else to.end()
      })
    }
  }

  const listener = createServer({ allowHalfOpen: true }, join)
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const reset = () => {
    for (const pair of [...pairs]) drop(pair)
  }
  const close = async () => {
    reset()
    await new Promise((resolve) => listener.close(resolve))
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    set(state, latencyMs = 0) {
      Object.assign(now, { state, latencyMs })
      if (state === 'cut') reset()
      else for (const pair of [...pairs]) if (pair.lossy && state !== 'silent') drop(pair)
    },
    reset,
    connections: () => pairs.size,
    close,
    [Symbol.asyncDispose]: close,
  }
}
