/**
 * Where raw responses lie. Keys are `<bucket>/<segment>/…`, ASCII, the bucket 3-63 of `a-z 0-9 -`, each segment 1-200 of
 * `A-Z a-z 0-9 . _ -`, not `.` or `..`, together up to 1,024; another key is refused with `store_refused`, and so may be one below
 * an object. Objects never change: a key names its content. A closed store answers `store_unavailable`.
 */
export interface ObjectStore {
  /**
   * Stores the whole body or nothing, durably. Putting a key that is there already changes nothing and answers `created: false`.
   * @throws WeaverError `store_unavailable`, `store_full`, `store_refused`, or the signal's reason.
   */
  put(key: string, body: Uint8Array, options: PutOptions): Promise<{ readonly created: boolean }>
  /**
   * Stores a body of any length piece by piece, whole or not at all, in memory that does not grow with it. When it fails, or its pieces do,
   * what was stored of it is taken back; what a process leaves that dies meanwhile is removed by `sweep`. A key that is there stays as it is.
   * @throws WeaverError as `put` does, or what the pieces threw.
   */
  putStream(key: string, pieces: AsyncIterable<Uint8Array>, options: PutOptions): Promise<{ readonly created: boolean }>
  /** @throws WeaverError `object_missing`, `store_unavailable`, or the signal's reason. */
  get(key: string, signal: AbortSignal): Promise<Uint8Array>
  /** As `get`, piece by piece. The pieces may be read once; leaving them frees what they hold. @throws WeaverError as `get` does, then or while they are read. */
  getStream(key: string, signal: AbortSignal): Promise<ObjectStream>
  /** Deletes what is there of these keys; what is not there is no error. */
  delete(keys: readonly string[], signal: AbortSignal): Promise<void>
  /** All objects whose key starts with `prefix`, in key order. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<StoredObject>
  /**
   * Removes what puts left behind that never came to an end: of keys that start with `prefix` and begun before `before` (milliseconds since
   * the Unix epoch), or of writers that are known to be dead. Answers how many there were. There are stores that find them by the whole key
   * only (MinIO); those remove old ones by themselves.
   */
  sweep(prefix: string, before: number, signal: AbortSignal): Promise<number>
  /**
   * An address under which anybody may fetch the object as it is stored, until it expires. Absent when the store gives none. Nothing is
   * asked of the store: the object may be missing.
   */
  link?(key: string, options: LinkOptions): string
  /**
   * Has the store itself delete what lies in a bucket for more than so many days, from 1; null: it is to keep everything. Uploads that nobody
   * completed go after some days as well, where it knows such a rule. A net below the ledger, which deletes by itself. Absent where a store has no
   * such rules by nature.
   */
  expireAfter?(bucket: string, days: number | null, signal: AbortSignal): Promise<LifecycleOutcome>
  /** Resolves when the store can be written to; rejects as a put does. Leaves nothing behind. */
  probe(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** `set`: the store has the rules, or there is no bucket yet; `unsupported`: it knows none; `foreign`: there are rules of others, which stay as they are. */
export type LifecycleOutcome = 'set' | 'unsupported' | 'foreign'

export interface LinkOptions {
  /** Seconds, up to 604,800. */
  readonly expiresIn: number
  /** Under which name a browser saves it: letters, digits, `.`, `_` and `-`. */
  readonly fileName: string
}

export interface PutOptions {
  readonly contentType: string
  /** What was done to the body for the way and the store. */
  readonly contentEncoding?: 'zstd'
  readonly signal: AbortSignal
}

export interface ObjectStream {
  /** Bytes of the whole body. */
  readonly size: number
  readonly pieces: AsyncIterable<Uint8Array>
}

export interface StoredObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the Unix epoch. */
  readonly modifiedAt: number
}
