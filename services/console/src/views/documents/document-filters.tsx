import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useQueries } from '../../api/use-queries.ts'

const route = getRouteApi('/inside/documents')

/** How long a pause in typing is taken for its end, milliseconds. */
const pauseMs = 250

export function DocumentFilters() {
  const { q, stream, from, until } = route.useSearch()
  const navigate = route.useNavigate()
  const [text, setText] = useState(q ?? '')
  const streams = useInfiniteQuery({ ...useQueries().streams(), refetchInterval: false })
  const set = (change: Partial<Record<'q' | 'stream' | 'from' | 'until', string>>) =>
    void navigate({
      search: (old) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== '')),
      replace: true,
    })
  useEffect(() => {
    if (text === (q ?? '')) return undefined
    const timer = setTimeout(() => set({ q: text }), pauseMs)
    return () => clearTimeout(timer)
    // Only what is typed starts it.
  }, [text])
  return (
    <search className="filters">
      <input
        type="search"
        className="input"
        placeholder='Words, "a phrase", -not'
        aria-label="Search documents"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <select className="select" aria-label="Stream" value={stream ?? ''} onChange={({ target }) => set({ stream: target.value })}>
        <option value="">all streams</option>
        {streams.data?.pages
          .flatMap(({ items }) => items)
          .map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
      </select>
      <label className="field-beside small muted">
        changed from
        <input type="datetime-local" className="input" value={from ?? ''} onChange={({ target }) => set({ from: target.value })} />
      </label>
      <label className="field-beside small muted">
        until
        <input type="datetime-local" className="input" value={until ?? ''} onChange={({ target }) => set({ until: target.value })} />
      </label>
    </search>
  )
}
