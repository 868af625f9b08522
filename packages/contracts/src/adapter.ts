import type { Socket } from 'node:net'
import type { Static, TObject, TUnion } from 'typebox'
import type { Clock } from './clock.ts'
import type { Json, JsonObject } from './json.ts'
import type { Log } from './log.ts'

/** What was asked, as it is stored with a result. The egress has already redacted secrets from it. */
export interface RequestFacts {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The part of the source that was asked for, by its names, where an adapter fetches a stream in parts. */
  readonly partition?: Readonly<Record<string, string | number | boolean>>
}

/** What was answered, as it is stored with a result. The egress has already redacted secrets from it. */
export interface ResponseFacts {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** ISO 8601 time when the answer was complete. */
  readonly receivedAt: string
  /** From sending the request to the last byte, in milliseconds. */
  readonly durationMs: number
}

/** One raw response, byte for byte as it came (after content decoding). */
export interface Page {
  readonly body: Uint8Array
  readonly request: RequestFacts
  readonly response: ResponseFacts
  /** The checkpoint once this page is committed: what `context.cursor` is for whoever goes on. Absent: the cursor stays. */
  readonly cursor?: Json
  /** What the source cannot send again, known to be missing before this page. It is kept with the result and shown. */
  readonly gap?: SourceGap
  /** The adapter knows that no page follows; the run may end with this commit. */
  readonly last?: true
}

/** Largest body that is held in memory as a whole, bytes. Larger ones are passed on piece by piece. */
export const maxHeldBytes = 64 * 1024 * 1024

/** A response too large to be held. Its bytes pass through: they are read once, before the next page is asked for. */
export interface LargePage extends Omit<Page, 'body'> {
  /** The body as it comes, after content decoding. Rejects as {@link Http.request} does. */
  readonly pieces: AsyncIterable<Uint8Array>
}

/** A stretch of a live source that was missed and that the source cannot fill. */
export interface SourceGap {
  /** ISO 8601: the last time known to be complete. */
  readonly since: string
  /** ISO 8601: from here on it is complete again. */
  readonly until: string
  readonly reason: 'reconnect' | 'resumeRefused' | 'slowConsumer' | 'start'
}

/** A page read back from the object store, possibly years later. */
export type StoredPage = Pick<Page, 'body' | 'request' | 'response'>

/** A large page read back from the object store. The pieces may be read once. */
export type LargeStoredPage = Pick<LargePage, 'pieces' | 'request' | 'response'>

/** One record of a page. */
export interface Rec {
  /** The values of the primary key, in the adapter's order. They make the document's id. */
  readonly key: readonly (string | number)[]
  readonly fields: JsonObject
  /** The source says that this record is gone: its document is deleted. */
  readonly deleted?: true
}

/** A record that cannot be read. It becomes a dead letter; the other records of the page go on. */
export interface RecordProblem {
  readonly problem: string
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  readonly url: string | URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Largest body accepted after content decoding, in bytes. Default and upper limit are the egress's own. */
  readonly maxBytes?: number
  /** Longest time from the request to the last byte, in milliseconds. */
  readonly timeoutMs?: number
  /** Texts in this request that are secrets besides those of the stream, a token that a source gave for example. They are treated like those. */
  readonly secrets?: readonly string[]
}

export interface HttpResponse {
  readonly status: number
  /** Lower-case names; several values are joined with `, `. Not redacted. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** The URL that answered, after redirects. */
  readonly url: string
  /** Redacted, ready to be stored. */
  readonly facts: { readonly request: RequestFacts; readonly response: ResponseFacts }
}

/** A request whose answer is read while it comes: server-sent events, long NDJSON. */
export interface HttpStreamRequest extends Omit<HttpRequest, 'timeoutMs' | 'maxBytes'> {
  /** Longest wait for the headers of the answer, in milliseconds. Default: the egress's own. */
  readonly headersTimeoutMs?: number
  /** Longest silence between two pieces of the body before it ends with `source_timeout`, in milliseconds. Default: the egress's own. */
  readonly idleTimeoutMs?: number
}

/** An answer that is still coming. Reading to the end, leaving the loop, or `close` frees the connection. */
export interface HttpStream {
  readonly status: number
  /** Lower-case names; several values are joined with `, `. Not redacted. */
  readonly headers: Readonly<Record<string, string>>
  readonly url: string
  /** Decoded pieces as they arrive; may be read once. Rejects like {@link Http.request} does, `source_truncated` when cut off. */
  readonly body: AsyncIterable<Uint8Array>
  /** Redacted, ready to be stored; the response's `receivedAt` is when its headers came, `durationMs` how long they took. */
  readonly facts: { readonly request: RequestFacts; readonly response: ResponseFacts }
  close(): void
}

export interface WebSocketRequest {
  /** `ws:` or `wss:`; `http:` and `https:` mean the same. */
  readonly url: string | URL
  readonly headers?: Readonly<Record<string, string>>
  readonly protocols?: readonly string[]
  /** Longest time until the connection is open, in milliseconds. Default: the egress's own. */
  readonly openTimeoutMs?: number
  /** Longest silence (no message, no pong) before the connection ends with `source_timeout`, in milliseconds. Absent: no limit. */
  readonly idleTimeoutMs?: number
  /** How often to ping, in milliseconds. Absent: never. */
  readonly pingMs?: number
  /** Largest message, in bytes; a larger one ends the connection with `source_too_large`. */
  readonly maxMessageBytes?: number
}

export interface WebSocketConnection {
  /** The subprotocol the source chose, or ''. */
  readonly protocol: string
  /** Redacted facts of the handshake, ready to be stored with segments. */
  readonly facts: { readonly request: RequestFacts; readonly response: ResponseFacts }
  /**
   * Messages as they arrive; may be read once. Ends when the source closes in good order (code 1000, 1001 or none), rejects otherwise:
   * `source_truncated` (connection lost or another close code), `source_timeout`, `source_too_large`, `source_malformed` (no WebSocket
   * message), or the signal's reason.
   */
  readonly messages: AsyncIterable<string | Uint8Array>
  /** Resolves when the message was handed to the network. */
  send(message: string | Uint8Array): Promise<void>
  close(): void
}

/**
 * The way out to sources. Every answer with a status resolves, whatever the status; what prevents an answer rejects with a
 * WeaverError: `egress_refused`, `source_unreachable`, `source_timeout`, `source_tls`, `source_too_large`,
 * `source_truncated`, `source_loop` (too many redirects), or the signal's reason when the run is aborted.
 */
export interface Http {
  request(request: HttpRequest): Promise<HttpResponse>
  /** Resolves with the headers; every status resolves. Rejects like `request`. */
  stream(request: HttpStreamRequest): Promise<HttpStream>
  /** Resolves when the connection is open. An answer that is no upgrade rejects by its status (`auth_failed`, `rate_limited`, …). */
  websocket(request: WebSocketRequest): Promise<WebSocketConnection>
  /**
   * A guarded connection for protocols of their own (gRPC): resolved, checked and, for `https:`, with TLS established. The caller owns the
   * socket; the signal destroys it.
   */
  dial(url: string | URL, options?: DialOptions): Promise<Socket>
}

export interface DialOptions {
  /** Protocols to offer over TLS. */
  readonly alpn?: readonly string[]
  /** Who we are, for a server that asks for a certificate: a certificate with those that lead to its authority, and its key, as PEM. */
  readonly identity?: { readonly certificate: string; readonly key: string }
}

/** All that an adapter gets. It reaches for nothing else: no global clock, no fetch, no environment. */
export interface AdapterContext<C = unknown> {
  readonly config: C
  /** The checkpoint that was committed last, or null when there is none. */
  readonly cursor: Json | null
  readonly http: Http
  readonly clock: Clock
  /** The value of a secret of the stream; throws `missing_secret` when it is not set. */
  secret(name: string): string
  /** Whether the stream has this secret. */
  hasSecret(name: string): boolean
  /**
   * Stores a new value of a secret of the stream, sealed, and resolves when it is durable: a source that rotates refresh tokens accepts the
   * old one no more. From then on `secret(name)` answers the new value, in this run and in later ones, and it is redacted like all others.
   * Refuses names that the stream does not have, so a secret that was taken away does not come back. Absent where nothing can be stored.
   */
  saveSecret?(name: string, value: string): Promise<void>
  /**
   * Commits a checkpoint without a page, and resolves when it is durable: whoever goes on begins there, though nothing was stored yet. For a
   * live source that knows where it begins before anything comes. To be awaited before a page is yielded; from then on the pages carry
   * theirs. Absent where nothing is kept.
   */
  checkpoint?(cursor: Json): Promise<void>
  readonly log: Log
  /** Aborts at a stop, a timeout or a lost lease. Every wait must take it; `http` and `clock.sleep` already do. */
  readonly signal: AbortSignal
  /**
   * Aborts when the run should come to a good end soon: the worker leaves, or the stream drains. A live adapter yields the segment it
   * gathers and returns; what comes after is fetched by the next run, from the last checkpoint. An adapter that polls may ignore it.
   */
  readonly drain: AbortSignal
}

/** How the short start message (`endpoint`, `secret_key`) becomes a configuration. */
export interface StartMessageMapping<C> {
  config(endpoint: string, secret: boolean): C
  /** The name of the secret that `secret_key` is. */
  readonly secret: string
}

/** How a stretch of the past is fetched again, for adapters whose checkpoints are about time. */
export interface AdapterBackfill<C> {
  /**
   * The checkpoint from which a run fetches what the source has of a stretch of time, both ends in milliseconds since the Unix epoch.
   * `bounded`: the source is asked for nothing beyond its end. Throws `invalid_config` where the configuration knows of no time.
   */
  from(config: C, since: number, until: number): { readonly cursor: Json; readonly bounded: boolean }
  /** Whether a run that came to its end left pages behind this checkpoint, for the run after it. */
  underWay(config: C, cursor: Json): boolean
}

/** The schema of a configuration: an object, or a union of objects that differ in a constant. */
export type ConfigSchema = TObject | TUnion<TObject[]>

/**
 * Version of this port: what an adapter gets and gives. It changes when an adapter that was right before would no longer be; adapters from
 * outside say which one they are written for.
 */
export const portVersion = 1

/** Code that knows one kind of source. */
export interface Adapter<C extends ConfigSchema = ConfigSchema, S extends TObject = TObject> {
  /** Also the name of its folder. */
  readonly id: string
  /** The {@link portVersion} it is written for. An adapter of the repository is always up to date and need not say it. */
  readonly port?: number
  readonly summary: string
  readonly mode: 'poll' | 'live'
  /** The source sends by itself, to `POST /v1/ingest/{stream}`: its streams have no schedule, and `pages` throws `not_polled`. */
  readonly pushed?: true
  readonly config: C
  /** An object of strings: the secrets by name, with descriptions. */
  readonly secrets: S
  readonly example: Static<C>
  readonly startMessage?: StartMessageMapping<Static<C>>
  readonly backfill?: AdapterBackfill<Static<C>>
  /** Rules between fields that the schema cannot say. Throws `invalid_config` naming fields below `config`. */
  validate?(config: Static<C>, secretNames: readonly string[]): void
  /**
   * All input and output. Yields pages in order; each is committed before the next is asked for. A live adapter goes on until it is told
   * to end; its pages are segments of what it heard, each with the checkpoint behind it.
   */
  pages(context: AdapterContext<Static<C>>): AsyncIterable<Page | LargePage>
  /** Pure: the same page gives the same records, years later. Throws `source_malformed` when the page is not readable at all. */
  records(page: StoredPage, config: Static<C>): Iterable<Rec | RecordProblem>
  /**
   * As `records`, of a page that is too large to be held, in memory that does not grow with it. What was read before something turns out to
   * be unreadable counts. Absent: this adapter has no large pages. @throws WeaverError `source_malformed`, `source_too_large`, or what the pieces throw.
   */
  largeRecords?(page: LargeStoredPage, config: Static<C>): AsyncIterable<Rec | RecordProblem>
}
