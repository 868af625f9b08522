import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useVisible } from '../browser/visibility.ts'
import { useClient } from './parts.tsx'

/** Longest burst of events that is answered by one new read, milliseconds. */
const gatherMs = 1000

/** Follows the events of the server while the page is seen, and has what they touch read again. Says so when the server is gone. */
export function Connection() {
  const client = useClient()
  const cache = useQueryClient()
  const visible = useVisible()
  const [lost, setLost] = useState(false)

  useEffect(() => {
    if (!visible) return undefined
    const over = new AbortController()
    const touched = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const refresh = () => {
      timer = undefined
      for (const stream of touched) void cache.invalidateQueries({ queryKey: ['stream', stream] })
      for (const key of ['documents', 'document']) void cache.invalidateQueries({ queryKey: [key] })
      touched.clear()
    }
    const follow = async () => {
      const onOpen = () => {
        setLost(false)
        void cache.invalidateQueries()
      }
      for await (const { event, data } of client.events({ signal: over.signal, onOpen, onLost: () => setLost(true) })) {
        if (event !== 'data-streams:results') continue
        touched.add(data.adapter)
        timer ??= setTimeout(refresh, gatherMs)
      }
    }
    follow().catch(() => setLost(true))
    return () => {
      over.abort()
      clearTimeout(timer)
    }
  }, [client, cache, visible])

  return (
    <div role="status" className={lost ? 'connection' : undefined}>
      {lost ? 'The server cannot be reached. What you see may be old; it goes on by itself.' : null}
    </div>
  )
}
