import { useQuery } from '@tanstack/react-query'
import type { Stream } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { operationText, operationTitle, Progress, useWatch } from '../../app/operations.tsx'
import { Time } from '../../parts/time.tsx'

/** What was ordered of the stream and is not over, by whomever. */
export function StreamOperations({ stream }: { readonly stream: Stream }) {
  const { data } = useQuery(useQueries().openOperations(stream.name))
  const watch = useWatch()
  return data?.items.map((operation) => (
    <div key={operation.id} className="notice" role="group" aria-label={operationTitle(operation)}>
      <p>
        <button className="link-button" type="button" onClick={() => watch(operation)}>
          {operationTitle(operation)}
        </button>{' '}
        <span className="muted small">
          ordered <Time at={operation.createdAt} />
        </span>
      </p>
      <p>{operationText(operation)}</p>
      <Progress operation={operation} />
    </div>
  ))
}
