import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Document } from '../../api/resources.ts'
import type { DocumentSearch } from '../../api/document-queries.ts'
import { useQueries } from '../../api/use-queries.ts'
import { apiTime } from '../../parts/field-time.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Empty } from '../../parts/panel.tsx'
import { Time } from '../../parts/time.tsx'
import { DocumentCard } from '../../parts/document-card.tsx'
import { DocumentFilters } from './document-filters.tsx'

const route = getRouteApi('/inside/documents')

/** Search in all documents; a hit opens where it came from. */
export function Documents() {
  const search = route.useSearch()
  const read = useInfiniteQuery(useQueries().documents(searchOf(search)))
  const found = useMemo(() => read.data?.pages.flatMap(({ items }) => items), [read.data])
  return (
    <>
      <PageHead title="Documents" />
      <DocumentFilters />
      <Loaded read={{ data: found, error: read.error, refetch: read.refetch }}>
        {(items) => (items.length === 0 ? <Nothing /> : <Hits documents={items} />)}
      </Loaded>
      {read.hasNextPage ? (
        <div className="more">
          <button className="button" type="button" disabled={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
            {read.isFetchingNextPage ? 'Reading…' : 'More'}
          </button>
        </div>
      ) : null}
    </>
  )
}

type Filters = ReturnType<typeof route.useSearch>

/** What the address says, as the API takes it: times come from fields of a form, in the zone of the reader. */
function searchOf({ q, stream, result, sink, from = '', until = '' }: Filters): DocumentSearch {
  const given = { q, stream, result, sink, from: apiTime(from), until: apiTime(until) }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as DocumentSearch
}

function Nothing() {
  const filtered = Object.values(route.useSearch()).some((value) => value !== undefined)
  return (
    <Empty title={filtered ? 'No document fits' : 'There is no document yet'}>
      <p>
        {filtered
          ? 'Search for fewer words, in all streams, or at all times.'
          : 'Documents appear when a stream with the sink postgres has run.'}
      </p>
      <Link to={filtered ? '/documents' : '/streams'} search={{}} className="button">
        {filtered ? 'Show all documents' : 'To the streams'}
      </Link>
    </Empty>
  )
}

function Hits({ documents }: { readonly documents: readonly Document[] }) {
  return (
    <ul className="hits">
      {documents.map((document) => (
        <li key={document.id} className="panel hit">
          <DocumentCard document={document} />
          <p className="small muted hit-foot">
            <Link to="/streams/$stream" params={{ stream: document.stream }} search={{}}>
              {document.stream}
            </Link>
            <span>
              changed <Time at={document.changedAt} />
              {document.revision === null ? '' : `, revision ${document.revision}`}
            </span>
          </p>
        </li>
      ))}
    </ul>
  )
}
