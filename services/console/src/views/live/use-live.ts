import { useEffect, useRef, useState } from 'react'
import { useClient } from '../../app/parts.tsx'
import { now } from '../../browser/clock.ts'

export interface Arrival {
  /** Of the message. */
  readonly id: string
  readonly kind: 'new' | 'changed' | 'deleted'
  /** When it reached this page. */
  readonly at: string
  /** Whether the fields were too large to be sent along. */
  readonly omitted: boolean
  readonly document: { readonly id: string; readonly stream: string; readonly fields: Readonly<Record<string, unknown>> }
}

/** Arrivals that are kept, and those that wait while the page is paused. */
const mostKept = 200
/** Longest burst that is shown at once, milliseconds: many small paints would make the page slow. */
const gatherMs = 100

/**
 * Follows the documents of these streams (names with commas between them, empty for all). While paused the newest wait. For other
 * streams the component is made anew.
 */
export function useLive(streams: string) {
  const client = useClient()
  const [arrivals, setArrivals] = useState<readonly Arrival[]>([])
  const [waiting, setWaiting] = useState(0)
  const [state, setState] = useState<'opening' | 'open' | 'lost'>('opening')
  const [error, setError] = useState<unknown>()
  const held = useRef<Arrival[]>([])
  const [paused, setPaused] = useState(false)
  const isPaused = useRef(false)

  useEffect(() => {
    const over = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = () => {
      timer = undefined
      if (isPaused.current) setWaiting(held.current.length)
      else {
        const newest = held.current.splice(0).toReversed()
        setArrivals((old) => [...newest, ...old].slice(0, mostKept))
      }
    }
    const follow = async () => {
      const names = streams.split(',').filter(Boolean)
      const options = { signal: over.signal, onOpen: () => setState('open'), onLost: () => setState('lost') }
      for await (const { event, id, data } of client.live(names.length === 0 ? options : { ...options, streams: names })) {
        const fields = 'fields' in data ? data.fields : {}
        const kind: Arrival['kind'] = event === 'deleted' ? 'deleted' : 'revision' in data && data.revision === 1 ? 'new' : 'changed'
        const document = { id: data.id, stream: data.stream, fields }
        const omitted = 'fieldsOmitted' in data && data.fieldsOmitted
        held.current = [...held.current, { id, kind, omitted, at: new Date(now()).toISOString(), document }].slice(-mostKept)
        timer ??= setTimeout(show, gatherMs)
      }
    }
    follow().catch((reason: unknown) => setError(reason))
    return () => {
      over.abort()
      clearTimeout(timer)
    }
  }, [client, streams])

  const pause = (next: boolean) => {
    isPaused.current = next
    setPaused(next)
    if (next) return
    setWaiting(0)
    const newest = held.current.splice(0).toReversed()
    setArrivals((old) => [...newest, ...old].slice(0, mostKept))
  }
  return { arrivals, waiting, state, error, paused, pause }
}
