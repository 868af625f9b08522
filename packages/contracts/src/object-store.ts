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
  /** @throws WeaverError `object_missing`, `store_unavailable`, or the signal's reason. */
  get(key: string, signal: AbortSignal): Promise<Uint8Array>
  /** Deletes what is there of these keys; what is not there is no error. */
  delete(keys: readonly string[], signal: AbortSignal): Promise<void>
  /** All objects whose key starts with `prefix`, in key order. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<StoredObject>
  /**
   * An address under which anybody may fetch the object as it is stored, until it expires. Absent when the store gives none. Nothing is
   * asked of the store: the object may be missing.
   */
  link?(key: string, options: LinkOptions): string
  /** Resolves when the store can be written to; rejects as a put does. Leaves nothing behind. */
  probe(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

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

export interface StoredObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the Unix epoch. */
  readonly modifiedAt: number
}
