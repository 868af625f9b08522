import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useQueries } from '../../api/use-queries.ts'

const route = getRouteApi('/inside/documents')

/** Sinks that the API reads documents back from. */
const searchable: ReadonlySet<string> = new Set(['postgres', 'vespa'])

/** How long a pause in typing is taken for its end, milliseconds. */
const pauseMs = 250

export function DocumentFilters() {
  const { q, stream, from, until, result, sink } = route.useSearch()
  const navigate = route.useNavigate()
  const [text, setText] = useState(q ?? '')
  const streams = useInfiniteQuery({ ...useQueries().streams(), refetchInterval: false })
  const all = streams.data?.pages.flatMap(({ items }) => items) ?? []
  const kinds =
    all
      .find(({ name }) => name === stream)
      ?.sinks.map(({ type }) => type)
      .filter((type) => searchable.has(type)) ?? []
  const set = (change: Partial<Record<'q' | 'stream' | 'from' | 'until' | 'result' | 'sink', string>>) =>
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
      <select
        className="select"
        aria-label="Stream"
        value={stream ?? ''}
        onChange={({ target }) => set({ stream: target.value, sink: '', result: '' })}
      >
        <option value="">all streams</option>
        {all.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <SinkChoice kinds={kinds} sink={sink} onSink={(kind) => set({ sink: kind })} />
      <label className="field-beside small muted">
        changed from
        <input type="datetime-local" className="input" value={from ?? ''} onChange={({ target }) => set({ from: target.value })} />
      </label>
      <label className="field-beside small muted">
        until
        <input type="datetime-local" className="input" value={until ?? ''} onChange={({ target }) => set({ until: target.value })} />
      </label>
      {result === undefined ? null : <OfPage result={result} onAny={() => set({ result: '' })} />}
    </search>
  )
}

interface SinkChoiceProps {
  /** Kinds of sinks of the chosen stream that can be searched. */
  readonly kinds: readonly string[]
  readonly sink: string | undefined
  readonly onSink: (kind: string) => void
}

function SinkChoice({ kinds, sink, onSink }: SinkChoiceProps) {
  if (kinds.length < 2) return null
  return (
    <select className="select" aria-label="Sink" value={sink ?? ''} onChange={({ target }) => onSink(target.value)}>
      <option value="">where it is searched by default</option>
      {kinds.map((kind) => (
        <option key={kind} value={kind}>
          in {kind}
        </option>
      ))}
    </select>
  )
}

function OfPage({ result, onAny }: { readonly result: string; readonly onAny: () => void }) {
  return (
    <span className="field-beside small">
      written by{' '}
      <Link to="/results/$result" params={{ result }} search={{}}>
        one page
      </Link>
      <button className="button quiet small" type="button" onClick={onAny}>
        Of any page
      </button>
    </span>
  )
}
