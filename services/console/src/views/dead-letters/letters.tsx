import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { letterActs } from '../../api/acts.ts'
import type { DeadLetterState } from '../../api/document-queries.ts'
import type { DeadLetter, DeadLetterGroup } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { Columns } from '../../parts/columns.tsx'
import { plural } from '../../parts/amounts.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { More } from '../../parts/more.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Time } from '../../parts/time.tsx'
import { LetterDialog, type LetterWish, letterWords } from './letter-dialog.tsx'

interface LettersProps {
  readonly group: DeadLetterGroup
  readonly state: DeadLetterState
}

/** The dead letters of one cause; some of them, or all, can be settled. */
export function Letters({ group, state }: LettersProps) {
  const { stream, sink, code, count } = group
  const read = useInfiniteQuery(useQueries().deadLetters({ stream, sink, code, state }))
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const letters = read.data?.pages.flatMap(({ items }) => items)
  const chosen = letters?.filter(({ id }) => selected.has(id)).map(({ id }) => id) ?? []
  const wish: Omit<LetterWish, 'act'> =
    chosen.length === 0
      ? { wish: { filter: { stream, sink, code } }, what: `${code} of ${stream}` }
      : { wish: { ids: chosen }, what: plural(chosen.length, 'dead letter') }
  return (
    <Panel
      title={`${plural(count, 'dead letter')} of ${stream}`}
      beside={state === 'open' ? <Acts {...wish} some={chosen.length > 0} onDone={() => setSelected(new Set())} /> : undefined}
      flush
    >
      <Loaded read={{ data: letters, error: read.error, refetch: read.refetch }}>
        {(all) => <Rows letters={all} state={state} selected={selected} onSelect={setSelected} />}
      </Loaded>
      <More read={read} what="Older dead letters" />
    </Panel>
  )
}

function Acts({ some, onDone, ...of }: Omit<LetterWish, 'act'> & { readonly some: boolean; readonly onDone: () => void }) {
  const [asked, setAsked] = useState<LetterWish>()
  return (
    <div className="acts">
      {letterActs.map((act) => (
        <button key={act} className="button small" type="button" onClick={() => setAsked({ act, ...of })}>
          {some ? `${letterWords[act].act} ${of.what}` : `${letterWords[act].act} these`}
        </button>
      ))}
      {asked === undefined ? null : <LetterDialog {...asked} onClose={() => setAsked(undefined)} onDone={onDone} />}
    </div>
  )
}

interface RowsProps {
  readonly letters: readonly DeadLetter[]
  readonly state: DeadLetterState
  readonly selected: ReadonlySet<string>
  readonly onSelect: (selected: ReadonlySet<string>) => void
}

function Rows({ letters, state, selected, onSelect }: RowsProps) {
  const toggle = (id: string) => {
    const next = new Set(selected)
    if (!next.delete(id)) next.add(id)
    onSelect(next)
  }
  return (
    <table className="table">
      <Columns titles={[state === 'open' ? 'Choose' : 'Settled', 'Record', 'Why', 'When', 'Run']} />
      <tbody>
        {letters.map(({ id, record, resultId, runId, error, createdAt, resolvedAt, resolution }) => (
          <tr key={id}>
            <td>
              {state === 'open' ? (
                <input type="checkbox" aria-label={`Choose dead letter ${id}`} checked={selected.has(id)} onChange={() => toggle(id)} />
              ) : (
                <>
                  {resolution} <Time at={resolvedAt} />
                </>
              )}
            </td>
            <td>
              <Link to="/results/$result" params={{ result: resultId }} search={record === null ? {} : { record: String(record) }}>
                {record === null ? 'the whole page' : `record ${record + 1}`}
              </Link>
            </td>
            <td>{error.message}</td>
            <td>
              <Time at={createdAt} />
            </td>
            <td>
              <Link to="/runs/$run" params={{ run: runId }}>
                run
              </Link>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
