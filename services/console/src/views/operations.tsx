import { useInfiniteQuery } from '@tanstack/react-query'
import type { Operation } from '../api/resources.ts'
import { useQueries } from '../api/use-queries.ts'
import { operationText, operationTitle, outcomeOf, useWatch } from '../app/operations.tsx'
import { Columns } from '../parts/columns.tsx'
import { Badge } from '../parts/badge.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { More } from '../parts/more.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Panel } from '../parts/panel.tsx'
import type { Mood } from '../parts/run-states.ts'
import { Time } from '../parts/time.tsx'

const moods: Readonly<Record<ReturnType<typeof outcomeOf>, Mood>> = {
  ...{ applying: 'busy', waiting: 'busy', completed: 'good', partial: 'warn', failed: 'bad' },
}

/** What was ordered, by whomever, and how far it is. */
export function OperationsView() {
  const read = useInfiniteQuery(useQueries().operations())
  const operations = read.data?.pages.flatMap(({ items }) => items)
  return (
    <>
      <PageHead
        title="Operations"
        about="What was ordered of streams, runs, workers and dead letters, and how far it is. Kept for a week."
      />
      <Loaded read={{ data: operations, error: read.error, refetch: read.refetch }}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="Nothing was ordered lately">
              <p>Stops, replays, backfills and acts on many streams stand here, with what each worker has acknowledged.</p>
            </Empty>
          ) : (
            <Panel title="The newest first" flush>
              <Rows operations={all} />
            </Panel>
          )
        }
      </Loaded>
      <More read={read} what="Older operations" />
    </>
  )
}

function Rows({ operations }: { readonly operations: readonly Operation[] }) {
  const watch = useWatch()
  return (
    <table className="table">
      <Columns titles={['Operation', 'State', 'How far', 'Ordered']} />
      <tbody>
        {operations.map((operation) => (
          <tr key={operation.id}>
            <td>
              <button className="link-button" type="button" onClick={() => watch(operation)}>
                {operationTitle(operation)}
              </button>
            </td>
            <td>
              <Badge mood={moods[outcomeOf(operation)]} label={outcomeOf(operation)} />
            </td>
            <td>
              {operationText(operation)}
              {operation.error === null ? null : (
                <span className="small">
                  {' '}
                  <code>{operation.error.code}</code> {operation.error.message}
                </span>
              )}
            </td>
            <td>
              <Time at={operation.createdAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
