/**
 * Pages that were just stored, for the sink jobs that follow in the same process: reading them back costs half of a put. Bounded
 * in bytes, oldest out first; the store has everything.
 */
export class PageCache {
  readonly #maxBytes: number
  readonly #pages = new Map<string, { body: Uint8Array; uses: number }>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Keeps a page for so many readers. */
  put(resultId: string, body: Uint8Array, uses: number): void {
    if (uses === 0 || body.byteLength > this.#maxBytes / 4 || this.#pages.has(resultId)) return
    this.#pages.set(resultId, { body, uses })
    this.#bytes += body.byteLength
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#drop(oldest)
    }
  }

  take(resultId: string): Uint8Array | undefined {
    const page = this.#pages.get(resultId)
    if (page === undefined) return undefined
    page.uses -= 1
    if (page.uses === 0) this.#drop(resultId)
    return page.body
  }

  #drop(resultId: string): void {
    this.#bytes -= this.#pages.get(resultId)?.body.byteLength ?? 0
    this.#pages.delete(resultId)
  }
}
