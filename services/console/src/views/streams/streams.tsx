import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import type { Stream } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { streamConditions } from '../../app/router.tsx'
import { useNow } from '../../browser/clock.ts'
import { plural } from '../../parts/amounts.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Empty } from '../../parts/panel.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { meets, sorted } from './conditions.ts'
import { StreamTable } from './stream-table.tsx'

const route = getRouteApi('/inside/streams')

/** All streams: which run, which are late or failing, and acts on many of them. */
export function Streams() {
  const queries = useQueries()
  const read = useInfiniteQuery(queries.streams())
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = read
  // Filters work on all streams, so all pages are read.
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const streams = useMemo(() => read.data?.pages.flatMap(({ items }) => items), [read.data])
  return (
    <>
      <PageHead
        title="Streams"
        acts={
          <Link to="/streams/new" search={{}} className="button primary">
            New stream
          </Link>
        }
      />
      <Loaded read={{ data: streams, error: read.error, refetch: read.refetch }}>{(all) => <Filtered all={all} />}</Loaded>
    </>
  )
}

function Filtered({ all }: { readonly all: readonly Stream[] }) {
  const { q, adapter, condition, sort } = route.useSearch()
  const now = useNow()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const shown = useMemo(() => {
    const words = (q ?? '').toLowerCase()
    const found = all.filter(
      (stream) =>
        stream.name.toLowerCase().includes(words) &&
        (adapter === undefined || stream.adapter === adapter) &&
        (condition === undefined || meets(stream, condition, now)),
    )
    return sorted(found, sort ?? 'name')
  }, [all, q, adapter, condition, sort, now])
  const chosen = useMemo(() => all.filter(({ name }) => selected.has(name)), [all, selected])

  if (all.length === 0) {
    return (
      <Empty title="There is no stream yet">
        <p>A stream says what to fetch, how often, and where its documents go.</p>
        <Link to="/adapters" className="button">
          Choose an adapter
        </Link>
      </Empty>
    )
  }
  return (
    <>
      <Filters all={all} />
      <p className="muted small" role="status">
        {shown.length === all.length ? plural(all.length, 'stream') : `${shown.length} of ${plural(all.length, 'stream')}`}
      </p>
      {shown.length === 0 ? (
        <Empty title="No stream fits these filters">
          <Link to="/streams" search={{}} className="button">
            Show all streams
          </Link>
        </Empty>
      ) : (
        <StreamTable streams={shown} selected={selected} onSelect={setSelected} />
      )}
      {chosen.length === 0 ? null : <BulkBar streams={chosen} onClear={() => setSelected(new Set())} />}
    </>
  )
}

function Filters({ all }: { readonly all: readonly Stream[] }) {
  const { q, adapter, condition, sort } = route.useSearch()
  const navigate = route.useNavigate()
  const adapters = useMemo(() => [...new Set(all.map((stream) => stream.adapter))].toSorted(), [all])
  // A part of an address that is undefined is left out of it.
  const set = (change: Partial<Record<'q' | 'adapter' | 'condition' | 'sort', string>>) =>
    void navigate({
      search: (old) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== '')),
      replace: true,
    })
  return (
    <search className="filters">
      <input
        type="search"
        className="input"
        placeholder="Filter by name"
        aria-label="Filter by name"
        value={q ?? ''}
        onChange={({ target }) => set({ q: target.value })}
      />
      <select className="select" aria-label="Condition" value={condition ?? ''} onChange={({ target }) => set({ condition: target.value })}>
        <option value="">any condition</option>
        {streamConditions.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <select className="select" aria-label="Adapter" value={adapter ?? ''} onChange={({ target }) => set({ adapter: target.value })}>
        <option value="">any adapter</option>
        {adapters.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <select className="select" aria-label="Order" value={sort ?? ''} onChange={({ target }) => set({ sort: target.value })}>
        <option value="">by name</option>
        <option value="next">by next tick</option>
        <option value="changed">by last change</option>
      </select>
    </search>
  )
}
