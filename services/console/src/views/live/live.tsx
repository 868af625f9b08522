import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useQueries } from '../../api/use-queries.ts'
import { plural } from '../../parts/amounts.ts'
import { AddressField } from '../../parts/address-field.tsx'
import { Badge } from '../../parts/badge.tsx'
import { DocumentCard } from '../../parts/document-card.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Empty } from '../../parts/panel.tsx'
import { Time } from '../../parts/time.tsx'
import { type Arrival, useLive } from './use-live.ts'

const route = getRouteApi('/inside/live')

/** Documents as they arrive. */
export function Live() {
  const { streams = '' } = route.useSearch()
  return <Feed key={streams} streams={streams} />
}

function Feed({ streams }: { readonly streams: string }) {
  const { q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const { arrivals, waiting, state, error, paused, pause } = useLive(streams)
  const shown = useMemo(() => {
    const words = q.toLowerCase()
    return words === '' ? arrivals : arrivals.filter((arrival) => JSON.stringify(arrival.document).toLowerCase().includes(words))
  }, [arrivals, q])
  const set = (change: { readonly q?: string; readonly streams?: string }) =>
    void navigate({
      search: (old) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== '')),
      replace: true,
    })
  return (
    <>
      <PageHead
        title="Live"
        beside={
          paused ? (
            <Badge mood="warn" label="paused" />
          ) : (
            <Badge mood={state === 'open' ? 'good' : 'warn'} label={state === 'open' ? 'connected' : 'connecting'} />
          )
        }
        about="New and changed documents, as they reach their sinks."
        acts={
          <button className="button" type="button" aria-pressed={paused} onClick={() => pause(!paused)}>
            {paused ? `Go on${waiting === 0 ? '' : `, ${waiting} waiting`}` : 'Pause'}
          </button>
        }
      />
      <search className="filters">
        <AddressField
          type="search"
          placeholder="Only with these words"
          aria-label="Only with these words"
          value={q}
          onValue={(text) => set({ q: text })}
        />
        <StreamChoice value={streams} onChange={(value) => set({ streams: value })} />
      </search>
      {error === undefined ? null : <ErrorPanel error={error} />}
      {shown.length === 0 ? (
        <Empty title={paused ? 'Paused' : 'Nothing has arrived yet'}>
          <p>
            {arrivals.length > 0
              ? `None of ${plural(arrivals.length, 'document')} has these words.`
              : 'Documents show up here the moment a stream that is started writes them.'}
          </p>
        </Empty>
      ) : (
        <ul className="hits">
          {shown.map((arrival) => (
            <li key={arrival.id} className="panel hit arrival">
              <ArrivalCard arrival={arrival} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function ArrivalCard({ arrival: { document, at, kind, omitted } }: { readonly arrival: Arrival }) {
  return (
    <>
      {kind === 'deleted' ? <p className="mono">{document.id}</p> : <DocumentCard document={document} />}
      {omitted ? <p className="muted">Its fields are too large to be sent along; open it to see them.</p> : null}
      <p className="small muted hit-foot">
        <Badge mood={kind === 'new' ? 'good' : kind === 'changed' ? 'busy' : 'bad'} label={kind} />
        <span>{document.stream}</span>
        <Time at={at} />
      </p>
    </>
  )
}

function StreamChoice({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const read = useInfiniteQuery({ ...useQueries().streams(), refetchInterval: false })
  const names = read.data?.pages.flatMap(({ items }) => items.map(({ name }) => name)) ?? []
  return (
    <select className="select" aria-label="Stream" value={value} onChange={({ target }) => onChange(target.value)}>
      <option value="">all streams</option>
      {value.includes(',') ? <option value={value}>{value}</option> : null}
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  )
}
