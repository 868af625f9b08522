import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { Stream, StreamFilter } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { streamConditions } from '../../app/router.tsx'
import { AddressField } from '../../parts/address-field.tsx'
import { count, plural } from '../../parts/amounts.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Empty } from '../../parts/panel.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { filterOf, orders, withOrder } from './stream-search.ts'
import { StreamTable } from './stream-table.tsx'

const route = getRouteApi('/inside/streams')

/** All streams: which run, which are late or failing, and acts on many of them. The server filters, and gives them page by page. */
export function Streams() {
  const search = route.useSearch()
  const filter = useMemo(() => filterOf(search), [search])
  const all = useQuery(useQueries().overview())
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
      {all.data?.streams.total === 0 ? (
        <NoStreams />
      ) : (
        <>
          <Filters />
          <Filtered key={JSON.stringify(filter)} filter={filter} total={all.data?.streams.total} />
        </>
      )}
    </>
  )
}

function NoStreams() {
  return (
    <Empty title="There is no stream yet">
      <p>A stream says what to fetch, how often, and where its documents go.</p>
      <Link to="/adapters" className="button">
        Choose an adapter
      </Link>
    </Empty>
  )
}

function Filtered({ filter, total }: { readonly filter: StreamFilter; readonly total: number | undefined }) {
  const queries = useQueries()
  const { order } = route.useSearch()
  const navigate = route.useNavigate()
  // In another order the old one stays until the new one is there.
  const read = useInfiniteQuery({ ...queries.streamPages(filter, { order }), placeholderData: keepPreviousData })
  const matched = useQuery(queries.matched(filter))
  /** Names; or all that fit, those that are not read yet as well. */
  const [selected, setSelected] = useState<ReadonlySet<string> | 'all'>(new Set())
  // What changed its place between two pages may be on both.
  const streams = useMemo(
    () => read.data && [...new Map(read.data.pages.flatMap(({ items }) => items.map((stream) => [stream.id, stream]))).values()],
    [read.data],
  )
  const fit = matched.data?.matched
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = read
  return (
    <>
      <p className="muted small status-line" role="status">
        <span>{fit === undefined || total === undefined ? 'Counting…' : fitText(fit, total)}</span>
        {fit === undefined || fit === 0 || selected === 'all' ? null : (
          <button className="button small quiet" type="button" onClick={() => setSelected('all')}>
            Select all {count(fit)}
          </button>
        )}
      </p>
      <Loaded read={{ data: streams, error: read.error, refetch: read.refetch }}>
        {(shown) =>
          shown.length === 0 ? (
            <NoFit />
          ) : (
            <StreamTable
              streams={shown}
              order={order ?? 'name'}
              onOrder={(next) => void navigate({ search: (old) => withOrder(old, next), replace: true })}
              selected={selected}
              onSelect={setSelected}
              onEnd={() => (hasNextPage && !isFetchingNextPage ? void fetchNextPage() : undefined)}
            />
          )
        }
      </Loaded>
      <Selection streams={streams ?? []} selected={selected} filter={filter} fit={fit ?? 0} onClear={() => setSelected(new Set())} />
    </>
  )
}

const fitText = (fit: number, total: number): string =>
  fit === total ? plural(total, 'stream') : `${count(fit)} of ${plural(total, 'stream')}`

function NoFit() {
  return (
    <Empty title="No stream fits these filters">
      <Link to="/streams" search={{}} className="button">
        Show all streams
      </Link>
    </Empty>
  )
}

interface SelectionProps {
  readonly streams: readonly Stream[]
  readonly selected: ReadonlySet<string> | 'all'
  readonly filter: StreamFilter
  /** How many fit the filter. */
  readonly fit: number
  readonly onClear: () => void
}

function Selection({ streams, selected, filter, fit, onClear }: SelectionProps) {
  if (selected === 'all') return <BulkBar filter={filter} what={`all ${plural(fit, 'stream')} that fit`} onClear={onClear} />
  const names = streams.filter(({ name }) => selected.has(name)).map(({ name }) => name)
  if (names.length === 0) return null
  return <BulkBar filter={{ names }} what={names.length === 1 ? (names[0] ?? '') : plural(names.length, 'stream')} onClear={onClear} />
}

function Filters() {
  const { q, adapter, condition, order = 'name' } = route.useSearch()
  const navigate = route.useNavigate()
  const adapters = useQuery(useQueries().adapters())
  // A part of an address that is empty is left out of it.
  const set = (change: Partial<Record<'q' | 'adapter' | 'condition', string>>) =>
    void navigate({
      search: (old) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== '')),
      replace: true,
    })
  return (
    <search className="filters">
      <AddressField
        type="search"
        placeholder="Filter by name"
        aria-label="Filter by name"
        maxLength={63}
        value={q ?? ''}
        onValue={(text) => set({ q: text })}
      />
      <select className="select" aria-label="Condition" value={condition ?? ''} onChange={({ target }) => set({ condition: target.value })}>
        <option value="">any condition</option>
        {streamConditions.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <select className="select" aria-label="Adapter" value={adapter ?? ''} onChange={({ target }) => set({ adapter: target.value })}>
        <option value="">any adapter</option>
        {adapters.data?.items.map(({ id }) => (
          <option key={id}>{id}</option>
        ))}
      </select>
      <select
        className="select order-choice"
        aria-label="Order"
        value={order}
        onChange={({ target }) => {
          const chosen = orders.find(([one]) => one === target.value)
          if (chosen !== undefined) void navigate({ search: (old) => withOrder(old, chosen[0]), replace: true })
        }}
      >
        {orders.map(([one, label]) => (
          <option key={one} value={one}>
            {label}
          </option>
        ))}
      </select>
    </search>
  )
}
