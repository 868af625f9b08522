import { ApiError } from './error.ts'

/** One message of a connection that is followed; without `event` it only tells the place. */
export interface Message {
  readonly id?: string
  readonly event?: string
  readonly data?: string
}

export interface FollowOptions {
  /** Begin behind this id. Default: with what comes from now on. */
  readonly after?: string
  /** Ends the iteration. */
  readonly signal?: AbortSignal
  /** Called when a connection is there, the first time and each time after it was lost. */
  readonly onOpen?: () => void
  /** Called when a connection is lost or could not be had; another try follows by itself. `error` is undefined when the server hung up. */
  readonly onLost?: (error: unknown) => void
}

/** Pauses between tries, milliseconds: the first and the longest. */
const firstPauseMs = 500
const longestPauseMs = 15_000

/** A message with all its parts. */
export type WholeMessage = Required<Pick<Message, 'event' | 'data'>> & Pick<Message, 'id'>

/**
 * Opens a connection again and again, each time behind the last id that came, until the signal aborts.
 * @throws ApiError when the server refuses in a way that trying again does not mend, 401 for example.
 */
export async function* follow(
  open: (lastId: string | undefined, signal: AbortSignal) => AsyncIterable<Message>,
  { after, signal, onOpen, onLost }: FollowOptions,
): AsyncGenerator<WholeMessage> {
  const over = new AbortController()
  const stop = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
  let lastId = after
  let pauseMs = firstPauseMs
  try {
    while (!stop.aborted) {
      let lost: unknown
      let isOpen = false
      try {
        for await (const { id, event, data } of open(lastId, stop)) {
          if (!isOpen) onOpen?.()
          isOpen = true
          pauseMs = firstPauseMs
          if (id !== undefined) lastId = id
          if (event !== undefined && data !== undefined) yield { event, data, ...(id === undefined ? {} : { id }) }
        }
      } catch (error) {
        if (stop.aborted) return
        if (error instanceof ApiError && isFinal(error)) throw error
        lost = error
      }
      if (stop.aborted) return
      onLost?.(lost)
      const askedMs = lost instanceof ApiError ? (lost.retryAfterMs ?? 0) : 0
      await pause(Math.max(pauseMs, askedMs), stop)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  } finally {
    over.abort()
  }
}

const isFinal = ({ status }: ApiError): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429

/** Up to a quarter is left to chance, so that the clients of a server that was restarted do not come back all at once. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms * (1 - Math.random() / 4))
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}
