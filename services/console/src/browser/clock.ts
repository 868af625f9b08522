import { useSyncExternalStore } from 'react'

/** The only place of the console that reads the time. */
export const now = (): number => Date.now()

/** How often times that are shown relative to now move on, milliseconds. */
const beatMs = 1000

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let beat = now()

const tick = () => {
  // A page that nobody sees needs no new times; it gets them when it is seen again.
  if (document.hidden) return
  beat = now()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    beat = now()
    timer = setInterval(tick, beatMs)
    document.addEventListener('visibilitychange', tick)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    document.removeEventListener('visibilitychange', tick)
  }
}

/** The time, milliseconds since the epoch, once a second while the page is seen. One timer for the whole page. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => beat)
