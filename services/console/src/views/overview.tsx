import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { Stream } from '../api/resources.ts'
import { useQueries } from '../api/use-queries.ts'
import { useNow } from '../browser/clock.ts'
import { ActDialog } from '../parts/act-dialog.tsx'
import { count, plural } from '../parts/amounts.ts'
import { DesiredBadge } from '../parts/badge.tsx'
import { DocumentCard } from '../parts/document-card.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { paceOf } from '../parts/pace.ts'
import { Empty, Panel } from '../parts/panel.tsx'
import type { Mood } from '../parts/run-states.ts'
import { RunStrip, stripLength } from '../parts/run-strip.tsx'
import { Time } from '../parts/time.tsx'
import { isFailing, isLate } from './streams/conditions.ts'

/** Streams that a list of the overview names before it leads to all of them. */
const mostNamed = 8

/** What needs somebody: late, failing, paused; and what is under way. */
export function Overview() {
  const read = useInfiniteQuery(useQueries().streams())
  const streams = useMemo(() => read.data?.pages.flatMap(({ items }) => items), [read.data])
  return (
    <>
      <PageHead title="Overview" acts={streams?.some(({ desired }) => desired === 'started') === true ? <StopAll /> : undefined} />
      <Loaded read={{ data: streams, error: read.error, refetch: read.refetch }}>
        {(all) => (all.length === 0 ? <Welcome /> : <Glance streams={all} />)}
      </Loaded>
    </>
  )
}

function StopAll() {
  const [asked, setAsked] = useState(false)
  return (
    <>
      <button className="button" type="button" onClick={() => setAsked(true)}>
        Stop all
      </button>
      {asked ? <ActDialog action="stop" filter={{}} what="all streams" onClose={() => setAsked(false)} /> : null}
    </>
  )
}

function Welcome() {
  return (
    <Empty title="Nothing runs here yet">
      <p>Make a stream: say what to fetch, how often, and where its documents go.</p>
      <Link to="/adapters" className="button primary">
        Choose an adapter
      </Link>
    </Empty>
  )
}

function Glance({ streams }: { readonly streams: readonly Stream[] }) {
  const now = useNow()
  const workers = useQuery(useQueries().workers())
  const dead = useInfiniteQuery(useQueries().deadLetterGroups({ state: 'open' }))
  const started = streams.filter(({ desired }) => desired === 'started')
  const late = started.filter((stream) => isLate(stream, now))
  const failing = streams.filter(isFailing)
  const paused = streams.filter(({ desired }) => desired === 'paused')
  const up = workers.data?.items.filter(({ state }) => state === 'up')
  const newest = useQuery(useQueries().newestRuns(500))
  const pace = newest.data === undefined ? undefined : paceOf(newest.data.items, newest.data.next === null, now)
  const budgets = useQuery(useQueries().budgets())
  const waiting = budgets.data?.items.reduce((sum, budget) => sum + budget.waiting, 0) ?? 0
  const letters =
    dead.data === undefined ? undefined : count(dead.data.pages.flatMap(({ items }) => items).reduce((sum, group) => sum + group.count, 0))
  return (
    <>
      <ul className="figures">
        <Figure to="/streams" search={{ condition: 'started' }} value={count(started.length)} label="streams started" mood="good" />
        <Figure
          to="/streams"
          search={{ condition: 'late' }}
          value={count(late.length)}
          label="late"
          mood={late.length > 0 ? 'warn' : 'calm'}
        />
        <Figure
          to="/streams"
          search={{ condition: 'failing' }}
          value={count(failing.length)}
          label="failing"
          mood={failing.length > 0 ? 'bad' : 'calm'}
        />
        <Figure
          to="/streams"
          search={{ condition: 'paused' }}
          value={count(paused.length)}
          label="paused"
          mood={paused.length > 0 ? 'warn' : 'calm'}
        />
        <Figure
          to="/workers"
          value={up === undefined ? '…' : count(up.length)}
          label={`${up?.length === 1 ? 'worker' : 'workers'} up`}
          mood={up?.length === 0 ? 'bad' : 'good'}
        />
        <Figure
          to="/dead-letters"
          search={{}}
          value={letters ?? '…'}
          label="dead letters"
          mood={letters === '0' || letters === undefined ? 'calm' : 'warn'}
        />
      </ul>
      <p className="pace" role="status">
        {pace === undefined ? 'Counting…' : `${plural(pace.runs, 'run')} and ${plural(pace.documents, 'document')} a minute`}
        {waiting === 0 ? '' : `, ${plural(waiting, 'run')} waiting for a budget`}
      </p>
      <div className="two-columns even">
        <div>
          <Attention late={late} failing={failing} />
          <Panel title="Streams" flush>
            <StreamLines streams={started.length === 0 ? streams : started} />
          </Panel>
        </div>
        <Newest />
      </div>
    </>
  )
}

interface FigureProps {
  readonly to: '/streams' | '/workers' | '/dead-letters'
  readonly search?: Readonly<Record<string, string>>
  readonly value: string
  readonly label: string
  readonly mood: Mood
}

function Figure({ to, search, value, label, mood }: FigureProps) {
  return (
    <li>
      <Link to={to} search={search ?? {}} className="figure" data-mood={mood}>
        <span className="figure-value number">{value}</span>
        <span className="muted">{label}</span>
      </Link>
    </li>
  )
}

function Attention({ late, failing }: { readonly late: readonly Stream[]; readonly failing: readonly Stream[] }) {
  const all = [...new Set([...failing, ...late])]
  if (all.length === 0) return null
  return (
    <Panel title="Needs a look" flush>
      <StreamLines streams={all} />
    </Panel>
  )
}

function StreamLines({ streams }: { readonly streams: readonly Stream[] }) {
  return (
    <>
      <ul className="lines">
        {streams.slice(0, mostNamed).map((stream) => (
          <StreamLine key={stream.id} stream={stream} />
        ))}
      </ul>
      {streams.length > mostNamed ? (
        <div className="more">
          <Link to="/streams" search={{}} className="button small">
            All {plural(streams.length, 'stream')}
          </Link>
        </div>
      ) : null}
    </>
  )
}

function StreamLine({ stream }: { readonly stream: Stream }) {
  const runs = useQuery(useQueries().runs(stream.name, stripLength))
  return (
    <li className="line">
      <Link to="/streams/$stream" params={{ stream: stream.name }} search={{}} className="line-name">
        {stream.name}
      </Link>
      {stream.desired === 'started' ? (
        <span className="muted small">
          next <Time at={stream.nextTickAt} />
        </span>
      ) : (
        <DesiredBadge state={stream.desired} />
      )}
      <RunStrip runs={runs.data?.items ?? []} />
    </li>
  )
}

function Newest() {
  const read = useInfiniteQuery(useQueries().documents({}))
  return (
    <Panel
      title="Newest documents"
      beside={
        <Link to="/live" search={{}} className="small">
          Live
        </Link>
      }
    >
      <Loaded read={read}>
        {({ pages }) => {
          const newest = pages.flatMap(({ items }) => items).slice(0, 6)
          if (newest.length === 0) return <p className="muted">None yet. They appear when a stream has run.</p>
          return (
            <ul className="hits">
              {newest.map((document) => (
                <li key={document.id}>
                  <DocumentCard document={document} heading="h3" />
                  <p className="small muted">
                    {document.stream}, <Time at={document.changedAt} />
                  </p>
                </li>
              ))}
            </ul>
          )
        }}
      </Loaded>
    </Panel>
  )
}
