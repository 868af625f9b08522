/** Waiting for its reader, this much is read ahead. Bytes. */
const READ_AHEAD_BYTES = 64 * 1024
/** What an item costs besides its content. Bytes. */
const ITEM_BYTES = 64

/** Where the items come from. */
export interface Supply {
  /** Nothing more until `resume`; what is already on its way may still come. */
  pause(): void
  resume(): void
  /** The reader has left or is through: free what is held. */
  done(): void
}

interface Reader<T> {
  resolve(result: IteratorResult<T>): void
  reject(error: unknown): void
}

/**
 * What came from a source and was not read yet. It asks the source to pause when its one reader is slow, so memory stays bounded
 * whatever is sent.
 */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #supply: Supply
  #items: { readonly item: T; readonly bytes: number }[] = []
  #next = 0
  #bytes = 0
  #paused = false
  #end: { readonly failed: boolean; readonly error: unknown } | null = null
  #reader: Reader<T> | null = null
  #taken = false

  constructor(supply: Supply) {
    this.#supply = supply
  }

  get paused(): boolean {
    return this.#paused
  }

  push(item: T, contentBytes: number): void {
    if (this.#end !== null) return
    const reader = this.#reader
    if (reader !== null) {
      this.#reader = null
      reader.resolve({ done: false, value: item })
      return
    }
    const bytes = contentBytes + ITEM_BYTES
    this.#items.push({ item, bytes })
    this.#bytes += bytes
    if (this.#paused || this.#bytes < READ_AHEAD_BYTES) return
    this.#paused = true
    this.#supply.pause()
  }

  /** No more will come; what is here is still read. */
  end(): void {
    this.#close({ failed: false, error: undefined })
  }

  /** No more will come; the reader gets this error after what is here. */
  fail(error: unknown): void {
    this.#close({ failed: true, error })
  }

  /** The reader gets this error at once; what is here is forgotten. */
  abort(error: unknown): void {
    // Also after the end: whoever stops wants nothing of what is left.
    this.#forget()
    this.#end = { failed: true, error }
    this.#settle()
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    if (this.#taken) throw new TypeError('It can be read once only')
    this.#taken = true
    return {
      next: () => this.#read(),
      return: async () => {
        this.#forget()
        this.#close({ failed: false, error: undefined })
        this.#supply.done()
        return { done: true, value: undefined }
      },
    }
  }

  #close(end: { readonly failed: boolean; readonly error: unknown }): void {
    if (this.#end !== null) return
    this.#end = end
    this.#settle()
  }

  #settle(): void {
    const reader = this.#reader
    if (reader === null || this.#end === null) return
    this.#reader = null
    if (this.#end.failed) reader.reject(this.#end.error)
    else reader.resolve({ done: true, value: undefined })
  }

  #read(): Promise<IteratorResult<T>> {
    const waiting = this.#items[this.#next]
    if (waiting !== undefined) {
      this.#next += 1
      this.#bytes -= waiting.bytes
      if (this.#next === this.#items.length) this.#forget()
      if (this.#paused && this.#bytes < READ_AHEAD_BYTES / 2) {
        this.#paused = false
        this.#supply.resume()
      }
      return Promise.resolve({ done: false, value: waiting.item })
    }
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#settle()
    })
  }

  #forget(): void {
    this.#items = []
    this.#next = 0
    this.#bytes = 0
  }
}
