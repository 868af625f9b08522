import { get, type IncomingMessage } from 'node:http'
import { eventually } from '@data-weaver/testkit'
import { adminToken } from './harness.ts'

export interface ReadEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

/** A client of server-sent events, which reads as a browser does. */
export class EventReader implements AsyncDisposable {
  readonly response: IncomingMessage
  readonly events: ReadEvent[] = []
  readonly comments: string[] = []
  /** The id that a browser would come back with. */
  lastId: string | undefined
  ended = false
  #rest = ''

  private constructor(response: IncomingMessage) {
    this.response = response
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.#read(text))
    response.on('close', () => (this.ended = true))
    response.on('error', () => (this.ended = true))
  }

  static async open(address: string, query = '', lastEventId?: string): Promise<EventReader> {
    const headers = { authorization: `Bearer ${adminToken}`, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${address}/v1/events${query}`, { headers, agent: false }, resolve).on('error', reject)
    })
    const reader = new EventReader(response)
    if (response.statusCode === 200) await eventually(() => reader.lastId !== undefined, { what: 'the first bytes of the events' })
    return reader
  }

  /** Waits for so many events of the log. */
  async results(count: number): Promise<readonly ReadEvent[]> {
    const of = () => this.events.filter(({ id }) => id !== undefined)
    await eventually(() => of().length >= count, { what: `${count} results, there are ${of().length}` })
    return of()
  }

  #read(text: string): void {
    this.#rest += text
    for (let end = this.#rest.indexOf('\n\n'); end !== -1; end = this.#rest.indexOf('\n\n')) {
      this.#block(this.#rest.slice(0, end))
      this.#rest = this.#rest.slice(end + 2)
    }
  }

  #block(block: string): void {
    const lines = block.split('\n')
    const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    this.comments.push(...lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1).trim()))
    const id = field('id')
    if (id !== undefined) this.lastId = id
    const data = field('data')
    if (data !== undefined) this.events.push({ id, event: field('event') ?? 'message', data })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.response.destroy()
    await eventually(() => this.ended, { what: 'the connection to close' })
  }
}
