/**
 * Hands pieces over one by one. Rejects with the signal's reason as soon as that aborts, also while a piece is waited for that never comes; the
 * iterator is told to end then, and nobody waits for it.
 */
export async function eachPiece(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  take: (piece: Uint8Array) => Promise<void> | void,
): Promise<void> {
  signal.throwIfAborted()
  const iterator = pieces[Symbol.asyncIterator]()
  // One listener, and one waiter at a time: a race of promises would keep something of each piece until the end.
  let interrupt: (reason: unknown) => void = () => {}
  const onAbort = () => interrupt(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const next = (): Promise<IteratorResult<Uint8Array>> =>
    new Promise((resolve, reject) => {
      interrupt = reject
      iterator.next().then(resolve, reject)
    })
  let ended = false
  try {
    for (;;) {
      signal.throwIfAborted()
      const result = await next().catch((error: unknown) => {
        ended = !signal.aborted
        throw error
      })
      if (result.done === true) {
        ended = true
        return
      }
      signal.throwIfAborted()
      const taken = take(result.value)
      if (taken !== undefined) await taken
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

/** Pieces that can be left before the first one is asked for: a generator that has not begun cleans nothing up. `leave` does it then. */
export function leavable(pieces: AsyncGenerator<Uint8Array>, leave: () => void): AsyncIterable<Uint8Array> {
  let begun = false
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        begun = true
        return pieces.next()
      },
      async return() {
        if (!begun) leave()
        return await pieces.return(undefined)
      },
    }),
  }
}

export interface Peeked {
  /** At least so many bytes as were wanted, or the whole body where it has fewer. */
  readonly beginning: Buffer
  /** All pieces, the beginning included. May be read once. */
  readonly rest: AsyncIterable<Uint8Array>
  /** Tells the pieces that nobody will ask for more. */
  leave(): void
}

/** Looks at the beginning of a body. Rejects with the signal's reason, or what the pieces throw, and has left them then. */
export async function peeked(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal, bytes: number): Promise<Peeked> {
  const iterator = pieces[Symbol.asyncIterator]()
  let ended = false
  const leave = () => {
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => {})
    ended = true
  }
  const held: Uint8Array[] = []
  let length = 0
  const whole: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) }
  const enough = new AbortController()
  try {
    await eachPiece(whole, AbortSignal.any([signal, enough.signal]), (piece) => {
      held.push(piece)
      length += piece.byteLength
      if (length >= bytes) enough.abort(enough)
    })
    ended = true
  } catch (error) {
    if (error !== enough || signal.aborted) {
      leave()
      throw signal.aborted ? signal.reason : error
    }
  }
  const queue: Uint8Array[] = [...held]
  // By hand: a generator that waits for a piece cannot be told to end.
  const rest: AsyncIterator<Uint8Array> = {
    async next() {
      const piece = queue.shift()
      if (piece !== undefined) return { done: false, value: piece }
      return ended ? { done: true, value: undefined } : await iterator.next()
    },
    async return() {
      leave()
      return { done: true, value: undefined }
    },
  }
  return { beginning: Buffer.concat(held), rest: { [Symbol.asyncIterator]: () => rest }, leave }
}
