interface Waiter {
  enter(): void
}

/** One at a time per key, in the order in which they came. */
export class Lanes {
  /** Those who wait, by the key of one who is in. */
  readonly #waiting = new Map<string, Waiter[]>()

  /** Waits for the lane; undefined when it is free. Rejects with the signal's reason. Who got in must {@link leave}. */
  enter(key: string, signal: AbortSignal): Promise<void> | undefined {
    signal.throwIfAborted()
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) {
      this.#waiting.set(key, [])
      return undefined
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        waiting.splice(waiting.indexOf(waiter), 1)
        reject(signal.reason)
      }
      const waiter: Waiter = {
        enter() {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.push(waiter)
    })
  }

  leave(key: string): void {
    const next = this.#waiting.get(key)?.shift()
    if (next === undefined) this.#waiting.delete(key)
    else next.enter()
  }
}
