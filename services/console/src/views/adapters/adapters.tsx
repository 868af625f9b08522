import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useQueries } from '../../api/use-queries.ts'
import { Badge } from '../../parts/badge.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead } from '../../parts/page-head.tsx'

/** The kinds of sources there are. */
export function Adapters() {
  const read = useQuery(useQueries().adapters())
  return (
    <>
      <PageHead title="Adapters" about="Each knows one kind of source. Choose one to make a stream." />
      <Loaded read={read}>
        {({ items }) => (
          <ul className="catalogue">
            {items.map(({ id, summary, mode }) => (
              <li key={id} className="panel catalogue-entry">
                <div className="page-head-line">
                  <h2>
                    <Link to="/adapters/$adapter" params={{ adapter: id }}>
                      {id}
                    </Link>
                  </h2>
                  <Badge mood={mode === 'live' ? 'busy' : 'calm'} label={mode} />
                </div>
                <p className="muted">{summary}</p>
                <Link className="button small" to="/streams/new" search={{ adapter: id }} aria-label={`New stream with ${id}`}>
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
