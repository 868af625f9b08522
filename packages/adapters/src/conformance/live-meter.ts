import type { Http } from '@data-weaver/contracts'

/** Counts what an adapter has taken from its live connection and has done with: it came back for more. */
export class Meter {
  #last = { bytes: 0 }

  /** Of its last connection, bytes. */
  get takenOfLast(): number {
    return this.#last.bytes
  }

  wrap(http: Http): Http {
    return {
      ...http,
      stream: async (request) => {
        const taken = this.#begin()
        const stream = await http.stream(request)
        const { status, headers, url, facts } = stream
        return { status, headers, url, facts, body: counted(stream.body, taken), close: () => stream.close() }
      },
      websocket: async (request) => {
        const taken = this.#begin()
        const connection = await http.websocket(request)
        const { protocol, facts } = connection
        const messages = counted(connection.messages, taken)
        return { protocol, facts, messages, send: (message) => connection.send(message), close: () => connection.close() }
      },
    }
  }

  #begin(): { bytes: number } {
    this.#last = { bytes: 0 }
    return this.#last
  }
}

function counted<T extends string | Uint8Array>(items: AsyncIterable<T>, taken: { bytes: number }): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = items[Symbol.asyncIterator]()
      let handed = 0
      return {
        next: async () => {
          taken.bytes += handed
          handed = 0
          const result = await iterator.next()
          if (result.done !== true) handed = Buffer.byteLength(result.value)
          return result
        },
        return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
      }
    },
  }
}
