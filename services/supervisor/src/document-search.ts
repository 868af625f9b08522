import {
  type DocumentQuery,
  type DocumentReader,
  type JsonObject,
  type SinkEnvironment,
  type StoredDocument,
  WeaverError,
} from '@data-weaver/contracts'
import { sinkKind, sinks } from '@data-weaver/sinks'
import { type SupervisorParts, tenant } from './parts.ts'

/** Kinds of sinks whose documents can be read back. */
export const searchable = sinks.filter(({ id, read }) => id === 'postgres' || read !== undefined).map(({ id }) => id)

type Parts = Pick<SupervisorParts, 'documents' | 'ledger' | 'vespaUrl' | 'vespaAccess'>

interface Wanted extends Omit<DocumentQuery, 'tenant'> {
  /** Kind of sink. Default: the one that is searched by default where the stream has it, else the first of the stream's that can be. */
  readonly sink?: string
}

/** Finds documents where they are: in the sink that is searched by default, or in another one of their stream. */
export class DocumentSearch {
  readonly #parts: Parts
  readonly #environment: Partial<SinkEnvironment>
  readonly #readers = new Map<string, DocumentReader>()

  constructor(parts: Parts) {
    const { vespaUrl, vespaAccess } = parts
    this.#parts = parts
    this.#environment = { ...(vespaUrl === undefined ? {} : { vespaUrl }), ...(vespaAccess === undefined ? {} : { vespaAccess }) }
  }

  /** @throws WeaverError `invalid_request` naming `sink` when the stream has none such; what the sink throws. */
  async search({ sink, ...query }: Wanted, signal: AbortSignal): Promise<{ items: readonly StoredDocument[]; next: string | null }> {
    const place = await this.#placeOf(query.stream, sink)
    if (place === undefined) return await this.#parts.documents.search({ ...query, tenant })
    return await this.#reader(place.kind).search(place.options, { ...query, tenant }, signal)
  }

  /** By its id, which begins with the name of its stream. */
  async find(id: string, signal: AbortSignal): Promise<StoredDocument | undefined> {
    const found = await this.#parts.documents.find(tenant, id)
    if (found !== undefined) return found
    const place = await this.#elsewhere(id.split(':', 1)[0])
    return place === undefined ? undefined : await this.#reader(place.kind).find(place.options, tenant, id, signal)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()))
  }

  /** Undefined: the sink that is searched by default. */
  async #placeOf(stream: string | undefined, sink: string | undefined): Promise<Place | undefined> {
    if (sink === 'postgres') return undefined
    const place = await this.#elsewhere(stream, sink)
    if (sink === undefined || place !== undefined) return place
    const problem = stream === undefined ? 'is searched stream by stream: name one' : `is no sink of stream "${stream}"`
    throw new WeaverError('invalid_request', `sink "${sink}" ${problem}`, { errors: [{ field: 'sink', problem }] })
  }

  /** A sink of the stream that is not the default one: the one that was named, or any, where the stream has only such. */
  async #elsewhere(name: string | undefined, named?: string): Promise<Place | undefined> {
    const found = name === undefined ? undefined : await this.#parts.ledger.streams.find(tenant, name)
    if (found === undefined) return undefined
    const { sinks: entries } = found.stream
    if (named === undefined && entries.some(({ type }) => type === 'postgres')) return undefined
    const entry = entries.find(({ type }) => (named === undefined || type === named) && type !== 'postgres' && searchable.includes(type))
    if (entry === undefined) return undefined
    const { type, ...options } = entry
    return { kind: type, options }
  }

  #reader(kind: string): DocumentReader {
    const opened = this.#readers.get(kind) ?? sinkKind(kind).read?.(this.#environment)
    if (opened === undefined) throw new WeaverError('internal', `documents of the sink "${kind}" cannot be read back`)
    this.#readers.set(kind, opened)
    return opened
  }
}

interface Place {
  readonly kind: string
  readonly options: JsonObject
}
