import { useQuery } from '@tanstack/react-query'
import type { Stream } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { count, span } from '../../parts/amounts.ts'
import { exactTime } from '../../parts/time.tsx'

/** Each sink, and how far it is behind. */
export function SinkLags({ stream }: { readonly stream: Stream }) {
  const read = useQuery(useQueries().sinks(stream.name))
  if (read.data === undefined) return stream.sinks.map(({ type }) => type).join(', ')
  return (
    <ul>
      {read.data.items.map(({ sink, position, pending, held, oldestAt, lagMs, error }) => (
        <li key={position}>
          {sink}{' '}
          {oldestAt === null ? (
            <span className="muted small">has everything</span>
          ) : (
            <span className="small" title={`The oldest was stored ${exactTime(oldestAt)}.`}>
              {span(lagMs)} behind: {pending > 0 ? `${count(pending)} on their way` : ''}
              {pending > 0 && held > 0 ? ', ' : ''}
              {held > 0 ? `${count(held)} held` : ''}
              {error === null ? null : (
                <>
                  , <code>{error.code}</code>
                </>
              )}
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
