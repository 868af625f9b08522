import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Document } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { count, plural } from '../../parts/amounts.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Empty } from '../../parts/panel.tsx'
import { Time } from '../../parts/time.tsx'
import { DocumentCard } from '../../parts/document-card.tsx'
import { DocumentFilters } from './document-filters.tsx'

const route = getRouteApi('/inside/documents')

/** Search in all documents; a hit opens where it came from. */
export function Documents() {
  const { q, stream, from, until } = route.useSearch()
  const read = useInfiniteQuery(useQueries().documents({ ...(q === undefined ? {} : { q }), ...(stream === undefined ? {} : { stream }) }))
  const found = useMemo(() => read.data?.pages.flatMap(({ items }) => items).filter(within(from, until)), [read.data, from, until])
  return (
    <>
      <PageHead title="Documents" />
      <DocumentFilters />
      {from === undefined && until === undefined ? null : (
        <p className="muted small" role="status">
          {plural(found?.length ?? 0, 'document')} of this stretch of time among the{' '}
          {count(read.data?.pages.flatMap(({ items }) => items).length ?? 0)} that were read.
          {read.hasNextPage ? ' “More” reads on.' : ''}
        </p>
      )}
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

/** Changed in this stretch of time; the ends come from fields of a form, in the zone of the reader. */
function within(from: string | undefined, until: string | undefined) {
  const first = from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from)
  const last = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until)
  return ({ changedAt }: Document): boolean => {
    const at = Date.parse(changedAt)
    return (Number.isNaN(first) || at >= first) && (Number.isNaN(last) || at <= last)
  }
}

function Nothing() {
  const { q, stream } = route.useSearch()
  const filtered = q !== undefined || stream !== undefined
  return (
    <Empty title={filtered ? 'No document fits' : 'There is no document yet'}>
      <p>{filtered ? 'Search for fewer words, or in all streams.' : 'Documents appear when a stream with the sink postgres has run.'}</p>
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
              changed <Time at={document.changedAt} />, revision {document.revision}
            </span>
          </p>
        </li>
      ))}
    </ul>
  )
}
