/**
 * Iterates and stops at an abort even when the source of the items does not heed its signal: the loop ends with the signal's
 * reason at once, and the iterator is told to end without being waited for.
 */
export async function* abortable<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  aborted.promise.catch(() => {})
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  let finished = false
  try {
    while (true) {
      const next = iterator.next()
      next.catch(() => {})
      const result = await Promise.race([next, aborted.promise])
      if (result.done === true) {
        finished = true
        return
      }
      yield result.value
      signal.throwIfAborted()
    }
  } catch (error) {
    finished = !signal.aborted
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    if (!finished) void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}
