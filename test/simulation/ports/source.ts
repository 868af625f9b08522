import { type Adapter, type AdapterContext, type Http, type HttpResponse, type Page, WeaverError } from '@data-weaver/contracts'
import type { Process } from '../world/process.ts'
import type { World } from '../world/world.ts'

/** One record as the source says it. */
export interface SourceRecord {
  readonly id: string
  readonly version: number
  /** It cannot be read. */
  readonly broken?: true
  /** The sink does not take it. */
  readonly refused?: true
}

/** What the source says to one request. */
interface Said {
  readonly records: readonly SourceRecord[]
  /** The checkpoint behind it, where the source is a log. */
  readonly next?: number
  readonly last: boolean
}

const entities = 4
const perPage = 2
const mostPages = 3

/** How often the source answers so, each in [0, 1). */
export interface Moods {
  readonly limits: number
  readonly refuses: number
  readonly hangs: number
}

/** `state`: each answer has the present version of every record. `log`: entries one after another, read from a checkpoint. */
export type SourceKind = 'state' | 'log'

export class SimulatedSource {
  readonly #world: World
  readonly #versions = new Map<string, number[]>()
  readonly #heads = new Map<string, number>()
  readonly #onAsk: (process: Process, streamId: string) => void
  moods: Moods = { limits: 0, refuses: 0, hangs: 0 }
  /** An answer takes so long at most, milliseconds. */
  slowMs = 1

  constructor(world: World, onAsk: (process: Process, streamId: string) => void) {
    this.#world = world
    this.#onAsk = onAsk
  }

  /** The way out of one process. */
  http(process: Process, signal: AbortSignal): Http {
    const request: Http['request'] = async ({ url }) => {
      const asked = new URL(url)
      const streamId = asked.pathname.slice(1)
      signal.throwIfAborted()
      this.#onAsk(process, streamId)
      const answered = await process.call('source', 'asks the source', () => this.#answer(streamId, asked.searchParams), signal)
      await process.clock.sleep(this.#world.chance.below(this.slowMs), signal)
      if (answered.status === 0)
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
      return answered
    }
    return { request } as unknown as Http
  }

  #answer(streamId: string, asked: URLSearchParams): HttpResponse {
    const { chance } = this.#world
    const { limits, refuses, hangs } = this.moods
    const said = asked.get('kind') === 'log' ? this.#log(streamId, Number(asked.get('cursor'))) : this.#state(streamId)
    const status = chance.is(limits) ? 429 : chance.is(refuses) ? 400 : chance.is(hangs) ? 0 : 200
    const body = new TextEncoder().encode(JSON.stringify(said))
    const facts = {
      request: { method: 'GET', url: `http://source/${streamId}`, headers: {} },
      response: { status, headers: { 'content-type': 'application/json' }, receivedAt: '', durationMs: 1 },
    }
    return { status, headers: {}, body, url: facts.request.url, facts }
  }

  #state(streamId: string): Said {
    const { chance } = this.#world
    let versions = this.#versions.get(streamId)
    if (versions === undefined) this.#versions.set(streamId, (versions = Array.from({ length: entities }, () => 1)))
    if (chance.is(0.4)) versions[chance.below(entities)] = 1 + Math.max(...versions)
    return { records: versions.map((version, index) => record(`e${index}`, version)), last: chance.is(0.5) }
  }

  #log(streamId: string, cursor: number): Said {
    const { chance } = this.#world
    const head = (this.#heads.get(streamId) ?? 0) + chance.below(3)
    this.#heads.set(streamId, Math.max(head, cursor + 1))
    const records = Array.from({ length: perPage }, (_, index) =>
      record(`e${(cursor * perPage + index) % entities}`, cursor * perPage + index + 1),
    )
    return { records, next: cursor + 1, last: cursor + 1 >= head }
  }
}

/** Some versions are never readable, others never welcome. */
const record = (id: string, version: number): SourceRecord => ({
  id,
  version,
  ...(version % 11 === 7 ? { broken: true } : {}),
  ...(version % 13 === 9 ? { refused: true } : {}),
})

const read = (body: Uint8Array): Said => JSON.parse(new TextDecoder().decode(body)) as Said
export const recordsOf = (body: Uint8Array): readonly SourceRecord[] => read(body).records

export const adapterId = 'simulated'

/** Nothing validates the configuration of a simulated stream. */
const anything = { type: 'object', properties: {}, required: [] } as unknown as Adapter['config'] & Adapter['secrets']

/** Asks the simulated source for a page, and the next, until it says that there is no more. */
export const simulatedAdapter: Adapter = {
  id: adapterId,
  summary: 'A source that is simulated',
  mode: 'poll',
  config: anything,
  secrets: anything,
  example: { streamId: 'a', kind: 'log' },
  pages: (context) => pages(context as AdapterContext<{ streamId: string; kind: SourceKind }>),
  *records({ body }) {
    for (const { id, version, broken, refused } of recordsOf(body)) {
      if (broken === true) yield { problem: 'it is broken' }
      else yield { key: [id], fields: { version, ...(refused === true ? { refused } : {}) } }
    }
  },
}

async function* pages({
  config: { streamId, kind },
  cursor,
  http,
}: AdapterContext<{ streamId: string; kind: SourceKind }>): AsyncGenerator<Page> {
  let from = typeof cursor === 'number' ? cursor : 0
  for (let index = 0; index < mostPages; index += 1) {
    const { status, body, facts } = await http.request({ url: `http://source/${streamId}?kind=${kind}&cursor=${from}` })
    if (status === 429) throw new WeaverError('rate_limited', 'the source asks to slow down', { retryAfterMs: 2000 })
    if (status !== 200) throw new WeaverError('source_rejected', 'the source refused the request')
    const { next, last } = read(body)
    yield { body, ...facts, ...(next === undefined ? {} : { cursor: next }), ...(last ? { last } : {}) }
    if (last || kind === 'state') return
    from = next ?? from
  }
}
