import { randomUUID } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import type { Doc, JsonObject } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import { WebSocket } from 'ws'
import { adminToken } from './harness.ts'

export type Kind = 'sse' | 'ws'

export interface LiveMessage {
  readonly id?: string
  readonly event: string
  readonly data?: { readonly id: string; readonly code?: string; readonly fields?: JsonObject }
}

interface OpenOptions {
  readonly query?: string
  readonly lastId?: string | undefined
  /** Default: the admin token. */
  readonly headers?: Record<string, string>
}

/** A client of `GET /v1/live` that can stop reading. */
export class LiveReader implements AsyncDisposable {
  readonly messages: LiveMessage[] = []
  lastId: string | undefined
  ended = false
  /** Close code of a WebSocket. */
  closeCode: number | undefined
  /** Status of an answer that is no success. */
  status: number | undefined
  body = ''
  pause = () => {}
  resume = () => {}
  cut = () => {}
  #rest = ''

  static async open(kind: Kind, address: string, { query = '', lastId, headers }: OpenOptions = {}): Promise<LiveReader> {
    const reader = new LiveReader()
    const sent = { ...(headers ?? { authorization: `Bearer ${adminToken}` }), ...(lastId === undefined ? {} : { 'last-event-id': lastId }) }
    if (kind === 'sse') await reader.#openSse(`${address}/v1/live${query}`, sent)
    else reader.#openSocket(`${address.replace('http', 'ws')}/v1/live${query}`, sent)
    await eventually(() => reader.lastId !== undefined || reader.ended, { what: 'the first message' })
    return reader
  }

  get documents(): readonly LiveMessage[] {
    return this.messages.filter(({ event }) => event === 'document' || event === 'deleted')
  }

  get ids(): readonly string[] {
    return this.documents.map(({ data }) => data?.id ?? '')
  }

  /** Waits for so many documents; answers their ids. */
  async received(count: number): Promise<readonly string[]> {
    await eventually(() => this.documents.length >= count, {
      what: `${count} documents, there are ${this.documents.length}`,
      timeoutMs: 30_000,
    })
    return this.ids
  }

  async #openSse(url: string, headers: Record<string, string>): Promise<void> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { headers, agent: false }, resolve).on('error', reject)
    })
    response.setEncoding('utf8')
    response.on('close', () => (this.ended = true))
    response.on('error', () => (this.ended = true))
    this.cut = () => response.destroy()
    this.pause = () => response.pause()
    this.resume = () => response.resume()
    if (response.statusCode !== 200) {
      this.status = response.statusCode
      response.on('data', (text: string) => (this.body += text))
      return
    }
    response.on('data', (text: string) => this.#read(text))
  }

  #openSocket(url: string, headers: Record<string, string>): void {
    const socket = new WebSocket(url, { headers })
    socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as LiveMessage))
    socket.on('close', (code) => {
      this.closeCode = code
      this.ended = true
    })
    socket.on('unexpected-response', (_request, response) => {
      this.status = response.statusCode
      response.setEncoding('utf8')
      response.on('data', (text: string) => (this.body += text))
      response.on('end', () => (this.ended = true))
    })
    socket.on('error', () => {})
    this.cut = () => socket.terminate()
    this.pause = () => socket.pause()
    this.resume = () => socket.resume()
  }

  #read(text: string): void {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const lines = block.split('\n')
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      const comment = lines.find((line) => line.startsWith(': '))?.slice(2)
      const [id, data] = [field('id'), field('data')]
      this.#take({
        event: field('event') ?? comment ?? '',
        ...(id === undefined ? {} : { id }),
        ...(data === undefined ? {} : { data: JSON.parse(data) as NonNullable<LiveMessage['data']> }),
      })
    }
  }

  #take(message: LiveMessage): void {
    if (message.id !== undefined) this.lastId = message.id
    this.messages.push(message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await eventually(() => this.ended, { what: 'the connection to close' })
  }
}

let seq = 0

/** A document of a result of its own. */
export function liveDoc(id: string, stream: string, fields: JsonObject, deleted = false): Doc {
  const lineage = { resultId: randomUUID(), record: 0, runId: randomUUID(), streamId: randomUUID(), streamVersion: 1, transformVersion: 1 }
  return { id, tenant: 'default', stream, seq: (seq += 1), fields, deleted, lineage }
}
