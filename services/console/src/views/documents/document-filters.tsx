import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useId } from 'react'
import { useQueries } from '../../api/use-queries.ts'
import { AddressField } from '../../parts/address-field.tsx'

const route = getRouteApi('/inside/documents')

/** Sinks that the API reads documents back from. */
const searchable: ReadonlySet<string> = new Set(['postgres', 'vespa'])

export function DocumentFilters() {
  const { q, stream, from, until, result, sink } = route.useSearch()
  const navigate = route.useNavigate()
  const id = useId()
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
  return (
    <search className="filters">
      <AddressField
        type="search"
        placeholder='Words, "a phrase", -not'
        aria-label="Search documents"
        value={q ?? ''}
        onValue={(text) => set({ q: text })}
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
      <div className="field-beside small muted">
        <label htmlFor={`${id}-from`}>changed from</label>
        <AddressField id={`${id}-from`} type="datetime-local" value={from ?? ''} onValue={(time) => set({ from: time })} />
      </div>
      <div className="field-beside small muted">
        <label htmlFor={`${id}-until`}>until</label>
        <AddressField id={`${id}-until`} type="datetime-local" value={until ?? ''} onValue={(time) => set({ until: time })} />
      </div>
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
