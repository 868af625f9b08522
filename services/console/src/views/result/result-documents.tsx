import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Result } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { plural } from '../../parts/amounts.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Panel } from '../../parts/panel.tsx'

/** Documents that this page wrote last, as far as they are among the newest of the stream: a later page may have changed them. */
export function ResultDocuments({ result }: { readonly result: Result }) {
  const read = useInfiniteQuery(useQueries().documents({ stream: result.stream }))
  return (
    <Panel title="Documents">
      <Loaded read={read}>
        {({ pages }) => {
          const newest = pages.flatMap(({ items }) => items)
          const own = newest.filter(({ lineage }) => lineage.resultId === result.id)
          return (
            <>
              <p className="muted">
                {own.length} of the newest {plural(newest.length, 'document')} of the stream were last written by this page. Later pages may
                have written others anew.
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
                  Look further back
                </button>
              ) : null}
            </>
          )
        }}
      </Loaded>
    </Panel>
  )
}
