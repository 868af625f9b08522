import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Result } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { plural } from '../../parts/amounts.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Panel } from '../../parts/panel.tsx'

/** Documents that this page wrote last: a later page may have written others anew. */
export function ResultDocuments({ result }: { readonly result: Result }) {
  const read = useInfiniteQuery(useQueries().documents({ result: result.id }))
  return (
    <Panel
      title="Documents"
      beside={
        <Link className="small" to="/documents" search={{ stream: result.stream, result: result.id }}>
          Search in them
        </Link>
      }
    >
      <Loaded read={read}>
        {({ pages }) => {
          const own = pages.flatMap(({ items }) => items)
          return (
            <>
              <p className="muted">
                {own.length === 0 ? 'No document' : plural(own.length, 'document')}
                {read.hasNextPage ? ' and more' : ''} {own.length > 1 ? 'were' : 'was'} last written by this page. Others may have been
                there as they are before it, or been written anew by later pages.
              </p>
              <ul className="plain-list">
                {own.map(({ id }) => (
                  <li key={id}>
                    <Link to="/documents/$document" params={{ document: id }}>
                      {id}
                    </Link>
                  </li>
                ))}
              </ul>
              {read.hasNextPage ? (
                <button className="button small" type="button" disabled={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
                  More
                </button>
              ) : null}
            </>
          )
        }}
      </Loaded>
    </Panel>
  )
}
