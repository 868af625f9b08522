import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useQueries } from '../../api/use-queries.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ModeBadge } from './mode-badge.tsx'

/** The kinds of sources there are. */
export function Adapters() {
  const read = useQuery(useQueries().adapters())
  return (
    <>
      <PageHead title="Adapters" about="Each knows one kind of source. Choose one to make a stream." />
      <Loaded read={read}>
        {({ items }) => (
          <ul className="catalogue">
            {items.map((adapter) => (
              <li key={adapter.id} className="panel catalogue-entry">
                <div className="page-head-line">
                  <h2>
                    <Link to="/adapters/$adapter" params={{ adapter: adapter.id }}>
                      {adapter.id}
                    </Link>
                  </h2>
                  <ModeBadge adapter={adapter} />
                </div>
                <p className="muted">{adapter.summary}</p>
                <Link
                  className="button small"
                  to="/streams/new"
                  search={{ adapter: adapter.id }}
                  aria-label={`New stream with ${adapter.id}`}
                >
                  New stream
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </>
  )
}
