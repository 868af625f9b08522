/**
 * Where raw responses lie. Keys are `<bucket>/<segment>/…`, ASCII, each segment 1-200 of `A-Z a-z 0-9 . _ -`, not `.` or `..`;
 * another key is refused with `store_refused`. Objects never change: a key names its content.
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
  /** Resolves when the store can be written to; rejects with `store_unavailable` or `store_full`. */
  probe(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export interface PutOptions {
  readonly contentType: string
  readonly signal: AbortSignal
}

export interface StoredObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the Unix epoch. */
  readonly modifiedAt: number
}
