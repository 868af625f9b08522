import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface StatementRecorder extends AsyncDisposable {
  /** The database's address by way of the recorder. */
  readonly url: string
  /** The text of every statement that was prepared, sorted. */
  statements(): readonly string[]
}

/** Stands between a process and PostgreSQL and notes what is prepared there. */
export async function recordStatements(url: string): Promise<StatementRecorder> {
  const target = new URL(url)
  const seen = new Set<string>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port) })
    const read = parses((text) => seen.add(text))
    client.on('data', read).pipe(upstream).pipe(client)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy()).on('close', () => (sockets.delete(socket), other.destroy()))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String((server.address() as AddressInfo).port)
  return {
    url: through.href,
    statements: () => [...seen].toSorted(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Reads what a client sends: a first message without a type, then messages of a type and a length. `P` is Parse: a name, then the text. */
function parses(found: (text: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  let begun = false
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const at = begun ? 1 : 0
      if (rest.length < at + 4) return
      const length = rest.readInt32BE(at)
      if (rest.length < at + length) return
      if (begun && rest[0] === 0x50) {
        const [, text = ''] = rest.toString('utf8', 5, at + length).split('\0')
        found(text)
      }
      begun = true
      rest = rest.subarray(at + length)
    }
  }
}
