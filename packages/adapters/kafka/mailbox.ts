interface Letter<T> {
  readonly value: T
  readonly taken: (taken: boolean) => void
}

/** Brings what several bring into one order. Whoever puts something in waits until it was taken. */
export class Mailbox<T> implements AsyncIterable<T> {
  readonly #letters: Letter<T>[] = []
  #wake = Promise.withResolvers<void>()
  #ended = false
  #closed = false
  #failure: { readonly error: unknown } | undefined

  /** Resolves when it was taken; false when nobody takes anything any more. */
  async put(value: T): Promise<boolean> {
    if (this.#closed || this.#ended) return false
    return await new Promise<boolean>((taken) => {
      this.#letters.push({ value, taken })
      this.#wake.resolve()
    })
  }

  /** What was put in is still taken, then it ends. */
  end(): void {
    this.#ended = true
    this.#wake.resolve()
  }

  /** What was put in is still taken, then it fails. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake.resolve()
  }

  close(): void {
    this.#closed = true
    for (const { taken } of this.#letters.splice(0)) taken(false)
    this.#wake.resolve()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const letter = this.#letters.shift()
      if (letter !== undefined) {
        // The next answer may come while this one is worked on.
        letter.taken(true)
        yield letter.value
        continue
      }
      if (this.#closed) return
      if (this.#failure !== undefined) throw this.#failure.error
      if (this.#ended) return
      await this.#wake.promise
      this.#wake = Promise.withResolvers()
    }
  }
}
