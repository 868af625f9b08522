import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { letterActs } from '../../api/acts.ts'
import type { DeadLetterState } from '../../api/document-queries.ts'
import type { DeadLetterGroup } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { plural } from '../../parts/amounts.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { More } from '../../parts/more.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Empty, Panel } from '../../parts/panel.tsx'
import { Causes, causeOf } from './causes.tsx'
import { LetterDialog, type LetterWish, letterWords } from './letter-dialog.tsx'
import { Letters } from './letters.tsx'

const route = getRouteApi('/inside/dead-letters')

/** What was refused, by its cause. */
export function DeadLetters() {
  const { stream, state = 'open' } = route.useSearch()
  const read = useInfiniteQuery(useQueries().deadLetterGroups({ stream, state }))
  const groups = read.data?.pages.flatMap(({ items }) => items)
  return (
    <>
      <PageHead
        title="Dead letters"
        about="Records and pages that a transform or a sink refused. Their bytes are kept."
        acts={state === 'open' && (groups?.length ?? 0) > 0 ? <ActsOnAll stream={stream} /> : undefined}
      />
      <nav className="choice filters" aria-label="Which dead letters">
        {(['open', 'resolved'] as const).map((one) => (
          <Link
            key={one}
            to="/dead-letters"
            search={{ ...(stream === undefined ? {} : { stream }), ...(one === 'open' ? {} : { state: one }) }}
            className="button small"
            data-current={one === state}
            activeOptions={{ exact: true }}
          >
            {one}
          </Link>
        ))}
        {stream === undefined ? null : (
          <Link to="/dead-letters" search={state === 'open' ? {} : { state }} className="button small quiet">
            of {stream} only ✕
          </Link>
        )}
      </nav>
      <Loaded read={{ data: groups, error: read.error, refetch: read.refetch }}>
        {(all) => (all.length === 0 ? <None state={state} /> : <Found groups={all} state={state} />)}
      </Loaded>
      <More read={read} what="More causes" />
    </>
  )
}

function None({ state }: { readonly state: DeadLetterState }) {
  if (state === 'resolved') {
    return (
      <Empty title="None was settled yet">
        <p>What is redriven, re-parsed or discarded stands here.</p>
      </Empty>
    )
  }
  return (
    <Empty title="Nothing was refused">
      <p>Every record that was read is in every sink.</p>
    </Empty>
  )
}

function Found({ groups, state }: { readonly groups: readonly DeadLetterGroup[]; readonly state: DeadLetterState }) {
  const { cause } = route.useSearch()
  const chosen = groups.find((group) => causeOf(group) === cause)
  return (
    <>
      <Panel title={plural(groups.length, 'cause')} flush>
        <Causes groups={groups} chosen={cause} />
      </Panel>
      {chosen === undefined ? null : <Letters key={cause} group={chosen} state={state} />}
    </>
  )
}

function ActsOnAll({ stream }: { readonly stream: string | undefined }) {
  const [asked, setAsked] = useState<LetterWish>()
  const of = stream === undefined ? 'all dead letters' : `all dead letters of ${stream}`
  return (
    <>
      {letterActs.map((act) => (
        <button
          key={act}
          className="button"
          type="button"
          onClick={() => setAsked({ act, what: of, wish: { filter: stream === undefined ? {} : { stream } } })}
        >
          {letterWords[act].all}
        </button>
      ))}
      {asked === undefined ? null : <LetterDialog {...asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}
