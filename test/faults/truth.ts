import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@data-weaver/contracts'
import { random } from './chance.ts'

/** How a stream's source answers. */
export interface Shape {
  /** Pages of one walk. */
  readonly pages: number
  readonly perPage: number
  /** Records of each page that no document can be made of: they have no key. Default 0. */
  readonly bad?: number
  /** How many requests for a page get the same bytes; then its records have a newer version. Default 1. */
  readonly steady?: number
  /** Whether each body has records of its own, as a log of events has: what is lost once is then never made good by a newer version. */
  readonly events?: boolean
  /** Whether nothing says which page is the last: an empty one after it does. */
  readonly blind?: boolean
  /** Share of requests that are answered with an error. Default 0. */
  readonly flaky?: number
  /** Longest wait before an answer, milliseconds; the real one is anywhere below it. Default 0. */
  readonly delayMs?: number
}

/** One body that was answered. Its SHA-256 is what the ledger must know it by. */
export interface Served {
  readonly stream: string
  readonly page: number
  /** Of all records in it. Grows with each new body of the whole source, so it tells which of two is newer. */
  readonly version: number
  /** Keys of the good records, in order. */
  readonly ids: readonly string[]
  readonly bad: number
}

export interface Asked {
  readonly stream: string
  readonly page: number
  readonly version: number
  /** Wall-clock milliseconds. */
  readonly at: number
}

/** A source that writes down what it served, so that the newest version of a record is known without asking the product. */
export interface Truth extends AsyncDisposable {
  readonly url: string
  readonly shapes: Map<string, Shape>
  readonly served: ReadonlyMap<string, Served>
  readonly log: readonly Asked[]
  /** Holds every answer back from now on; the function that comes back lets them go. */
  hold(): () => void
  /** Requests that wait for their answer now. */
  waiting(): number
}

interface Body {
  readonly text: string
  readonly version: number
  uses: number
}

/** A page of records, all of this version. */
function write(shape: Shape, page: number, version: number): { text: string; ids: readonly string[]; bad: number } {
  const there = page <= shape.pages
  const name = (index: number): string => (shape.events === true ? `v${version}-${index}` : `p${page}-${index}`)
  const ids = Array.from({ length: there ? shape.perPage : 0 }, (_, index) => name(index))
  const bad = there ? (shape.bad ?? 0) : 0
  const items = [
    ...ids.map((id) => ({ id, page, version })),
    ...Array.from({ length: bad }, (_, index) => ({ note: `no key ${index}`, version })),
  ]
  return { text: JSON.stringify({ pages: shape.pages, items }), ids, bad }
}

export async function startTruth(): Promise<Truth> {
  const shapes = new Map<string, Shape>()
  const served = new Map<string, Served>()
  const log: Asked[] = []
  const bodies = new Map<string, Body>()
  let version = 0
  let waiting = 0
  let held: Promise<void> = Promise.resolve()

  const bodyOf = (stream: string, page: number, shape: Shape): Body => {
    const key = `${stream} ${page}`
    const known = bodies.get(key)
    if (known !== undefined && known.uses < (shape.steady ?? 1)) return known
    version += 1
    const { text, ids, bad } = write(shape, page, version)
    served.set(createHash('sha256').update(text).digest('hex'), { stream, page, version, ids, bad })
    const body: Body = { text, version, uses: 0 }
    bodies.set(key, body)
    return body
  }

  const answer = async (url: URL, response: ServerResponse): Promise<void> => {
    const stream = url.pathname.slice(1)
    const page = Number(url.searchParams.get('page') ?? '1')
    const shape = shapes.get(stream)
    if (shape === undefined) return void response.writeHead(404).end()
    if (random() < (shape.flaky ?? 0)) return void response.writeHead(503).end()
    const body = bodyOf(stream, page, shape)
    body.uses += 1
    log.push({ stream, page, version: body.version, at: Date.now() })
    waiting += 1
    response.once('close', () => (waiting -= 1))
    await held
    const delayMs = Math.floor(random() * (shape.delayMs ?? 0))
    if (delayMs > 0) await systemClock.sleep(delayMs)
    response.writeHead(200, { 'content-type': 'application/json' }).end(body.text)
  }

  const server = createServer((request, response) => {
    request.resume()
    void answer(new URL(request.url ?? '/', 'http://source'), response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shapes,
    served,
    log,
    waiting: () => waiting,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = Promise.resolve()
        resolve()
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
