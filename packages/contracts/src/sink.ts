import type { TObject } from 'typebox'
import type { Clock } from './clock.ts'
import type { ErrorCode, FieldProblem } from './error.ts'
import type { JsonObject } from './json.ts'

/** Where a document came from, down to the bytes. */
export interface Lineage {
  readonly resultId: string
  /** Index of the record in the page, from 0. */
  readonly record: number
  readonly runId: string
  readonly streamId: string
  readonly streamVersion: number
  readonly transformVersion: number
}

/** What a sink stores: a record after the transform. */
export interface Doc {
  /** Deterministic: `<stream name>:<primary key>`. */
  readonly id: string
  readonly tenant: string
  /** The stream's name. */
  readonly stream: string
  /** Grows with every committed result. A sink ignores a write whose (seq, transformVersion, record) is older than what it holds. */
  readonly seq: number
  readonly fields: JsonObject
  /** Delete instead of write; the guard on `seq` holds for deletes as well. */
  readonly deleted: boolean
  readonly lineage: Lineage
}

/** A document that the sink will never take. */
export interface Rejection {
  /** Index into the batch. */
  readonly index: number
  readonly code: ErrorCode
  readonly message: string
}

/** A stream whose documents are to go. */
export interface ForgottenStream {
  readonly tenant: string
  readonly id: string
  readonly name: string
}

/**
 * A place documents go to. Writes are idempotent: the same batch again changes nothing. A stale document (older seq) is not a
 * rejection: it is silently superseded by what is there.
 */
export interface Sink {
  /**
   * Writes a batch (ids may repeat: the newest wins by (seq, transformVersion, record), of equals the later entry). Answers what was refused for good.
   * @throws WeaverError `sink_unavailable` or `sink_full` when the batch as a whole should be tried again, or the signal's reason.
   */
  upsert(batch: readonly Doc[], signal: AbortSignal): Promise<readonly Rejection[]>
  /**
   * Deletes the documents of a stream that was deleted, by the id of the stream: another one of its name keeps its own. Answers how many there were; again is safe.
   * @throws WeaverError `sink_unavailable`, or the signal's reason
   */
  forget?(stream: ForgottenStream, signal: AbortSignal): Promise<number>
  /** How it does in this process, where the sink keeps account of it. */
  statistics?(): SinkStatistics
  close(): Promise<void>
}

/** How a sink does in one process. Counts are since it was opened. */
export interface SinkStatistics {
  /** Documents that it took, superseded ones among them. */
  readonly documents: number
  /** Of the last ten seconds. */
  readonly documentsPerSecond: number
  /** Documents that it refused for good. */
  readonly rejected: number
  /** Operations that may be under way at once, and that are. */
  readonly window: number
  readonly inFlight: number
  /** Times that it said that it is too much (429). */
  readonly overloads: number
  /** Operations sent again for another reason. */
  readonly retries: number
  /** Of the last 1,024 answers, milliseconds; 0 when there were none. */
  readonly latencyMs: { readonly p50: number; readonly p90: number; readonly p99: number }
  /** What embedding took; absent where nothing is embedded. */
  readonly embedding?: EmbeddingStatistics
}

export interface EmbeddingStatistics {
  readonly requests: number
  /** Texts that the endpoint embedded. */
  readonly texts: number
  /** Texts whose vector was there already. */
  readonly reused: number
  readonly overloads: number
  readonly retries: number
}

/** A stored document as the API answers it. */
export interface StoredDocument {
  readonly id: string
  readonly stream: string
  readonly seq: number
  readonly fields: JsonObject
  readonly lineage: Lineage
  /** ISO 8601: when the fields last changed. */
  readonly changedAt: string
  /** How often the fields changed, 1 for a new document; null where the sink does not count. */
  readonly revision: number | null
}

export interface DocumentQuery {
  readonly tenant: string
  /** Full-text query in the words of a web search; absent: newest first. */
  readonly q?: string
  readonly stream?: string
  /** Id of the result that wrote them last. */
  readonly result?: string
  /** ISO 8601: only documents that changed at this time or later. */
  readonly from?: string
  /** ISO 8601: only documents that changed at this time or earlier. */
  readonly until?: string
  readonly limit: number
  /** Opaque, from an earlier answer. */
  readonly after?: string
}

/** A place among the changes of a sink's documents: the transaction that made a change, and the number of the change in it, from 1. */
export interface ChangePosition {
  readonly txid: string
  readonly seq: number
}

/** The present state of a document that changed. Of several changes of one document only the last one is there to be read. */
export interface DocumentChange {
  readonly position: ChangePosition
  readonly tenant: string
  readonly deleted: boolean
  readonly document: Omit<StoredDocument, 'fields'>
  /** The fields as JSON text; null when they are larger than was asked for, or when the document was deleted. */
  readonly fields: string | null
}

export interface ChangeQuery {
  readonly after: ChangePosition
  /** The last place to read; it must be one that was read before, or the end. Default: as far as the changes are complete. */
  readonly upTo?: ChangePosition
  /** Names of streams. Default: all. */
  readonly streams?: readonly string[]
  readonly limit: number
  /** Larger fields are left out, bytes of JSON. */
  readonly maxFieldsBytes: number
}

/** What changed in a sink, in an order in which nothing is ever added before what was read. */
export interface ChangeFeed {
  /** The next changes after a place, oldest first. */
  read(query: ChangeQuery): Promise<readonly DocumentChange[]>
  /** The place from which on every change comes that is not committed yet, and perhaps some that were committed while an older transaction was open. */
  end(): Promise<ChangePosition>
}

/** A sink whose documents can be read back, searched and followed through the API. */
export interface SearchableSink extends Sink {
  readonly changes: ChangeFeed
  search(query: DocumentQuery): Promise<{ items: readonly StoredDocument[]; next: string | null }>
  find(tenant: string, id: string): Promise<StoredDocument | undefined>
}

/** Reads documents back from a sink that others feed; `options` are those of the entry in a stream's `sinks`. */
export interface DocumentReader {
  /** @throws WeaverError `sink_unavailable`, `invalid_request` when the sink cannot be searched so, or the signal's reason */
  search(options: JsonObject, query: DocumentQuery, signal: AbortSignal): Promise<{ items: readonly StoredDocument[]; next: string | null }>
  find(options: JsonObject, tenant: string, id: string, signal: AbortSignal): Promise<StoredDocument | undefined>
  close(): Promise<void>
}

/** One kind of sink, by folder. `options` is the schema of its entry in a stream's `sinks`, without `type`. */
export interface SinkKind<S extends Sink = Sink> {
  readonly id: string
  readonly summary: string
  readonly options: TObject
  readonly example: JsonObject
  /** The part of the environment that it cannot do without, and the setting that gives it. A stream is refused where it is missing. */
  readonly needs?: { readonly part: 'vespaUrl'; readonly setting: string }
  /** What the schema of the options cannot say, each problem below `field`; asked where the environment is known. */
  check?(options: JsonObject, environment: Partial<SinkEnvironment>, field: string): readonly FieldProblem[]
  /** `environment` is what the process was given for sinks of this kind; `options` are the stream's. */
  open(environment: SinkEnvironment, options: JsonObject): Promise<S>
  /** How documents are read back where the sink itself is not {@link SearchableSink}. Opened once for all streams. */
  read?(environment: Partial<SinkEnvironment>): DocumentReader
}

/** Texts of PEM files, and a token. */
export interface VespaAccess {
  /** Sent as a bearer token with every request. */
  readonly token?: string
  /** Certificate of the client and its key: the `data plane` certificate of Vespa Cloud. */
  readonly certificate?: string
  readonly key?: string
  /** Certificate authorities to trust besides those of Node. */
  readonly caCertificates?: string
}

/** A document type of a deployed application package. */
export interface VespaSchema {
  /** Names of the document types it inherits, directly or not. */
  readonly inherits: readonly string[]
  /** Types by name of the field, inherited ones among them, as the schema writes them. */
  readonly fields: ReadonlyMap<string, string>
}

/** By name of the document type. */
export type VespaSchemas = ReadonlyMap<string, VespaSchema>

/** An endpoint that embeds texts, with the interface of OpenAI's. */
export interface EmbeddingAccess {
  /** The whole address: `https://api.openai.com/v1/embeddings`. */
  readonly url: string
  /** Sent as a bearer token. */
  readonly token?: string
  /** Certificate authorities to trust besides those of Node, PEM. */
  readonly caCertificates?: string
}

export interface SinkEnvironment {
  /** The ledger's database, which the `postgres` sink uses by default. */
  readonly ledgerUrl: string
  /**
   * Whoever feeds the sink notes in the ledger, afterwards, what has arrived, and repeats what is not noted. A sink in the ledger's own database need not
   * wait for the disk then: a note is never kept without what came before it. Default: false, an upsert that is answered is on disk.
   */
  readonly notedInLedger?: boolean
  /** Where the `vespa` sink feeds. Streams cannot choose it: they are made over the network. */
  readonly vespaUrl?: string
  /** How the `vespa` sink shows who it is, and whom it believes. */
  readonly vespaAccess?: VespaAccess
  /** The schemas that are deployed there, when the process has the application package. */
  readonly vespaSchemas?: VespaSchemas
  /** Where the `vespa` sink has texts embedded. Streams choose a model, never a place. */
  readonly embedding?: EmbeddingAccess
  /** Default: the machine's clock. */
  readonly clock?: Clock
  /** In [0, 1), for back-offs. Default: the machine's randomness. */
  readonly random?: () => number
}
