import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Overview as Counts, Stream, StreamFilter } from '../api/resources.ts'
import { useQueries } from '../api/use-queries.ts'
import { ActDialog } from '../parts/act-dialog.tsx'
import { count, plural } from '../parts/amounts.ts'
import { Badge, DesiredBadge } from '../parts/badge.tsx'
import { DocumentCard } from '../parts/document-card.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Panel } from '../parts/panel.tsx'
import type { Mood } from '../parts/run-states.ts'
import { RunStrip } from '../parts/run-strip.tsx'
import { Time } from '../parts/time.tsx'
import type { Condition } from './streams/stream-search.ts'

/** Streams that a list of the overview names before it leads to all of them. */
const mostNamed = 8

/** What needs somebody: late, failing, paused; and what is under way. One answer of the server has all the counts. */
export function Overview() {
  const queries = useQueries()
  const read = useQuery(queries.overview())
  // Asked for beside the counts, not after them: it is shown as soon as they are there.
  useInfiniteQuery(queries.streamPages({ desired: 'started' }, { limit: mostNamed }))
  return (
    <>
      <PageHead title="Overview" acts={(read.data?.streams.started ?? 0) > 0 ? <StopAll /> : undefined} />
      <Loaded read={read}>{(counts) => (counts.streams.total === 0 ? <Welcome /> : <Glance counts={counts} />)}</Loaded>
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

interface Figure {
  readonly to: '/streams' | '/workers' | '/dead-letters'
  readonly search?: { readonly condition?: Condition }
  readonly value: number
  readonly label: string
  /** What it means when there are some, and when there are none. */
  readonly moods: readonly [some: Mood, none: Mood]
}

const figuresOf = ({ streams, workers, deadLetters }: Counts): readonly Figure[] => {
  const streamFigure = (condition: Condition, some: Mood, label: string = condition): Figure => ({
    ...{ to: '/streams', search: { condition }, value: streams[condition], label },
    moods: [some, 'calm'],
  })
  return [
    streamFigure('started', 'good', 'streams started'),
    streamFigure('late', 'warn'),
    streamFigure('failing', 'bad'),
    streamFigure('waiting', 'warn', 'waiting for a budget'),
    streamFigure('paused', 'warn'),
    { to: '/workers', value: workers.up, label: `${workers.up === 1 ? 'worker' : 'workers'} up`, moods: ['good', 'bad'] },
    { to: '/dead-letters', value: deadLetters, label: 'dead letters', moods: ['warn', 'calm'] },
  ]
}

function Glance({ counts }: { readonly counts: Counts }) {
  const { streams } = counts
  return (
    <>
      <ul className="figures">
        {figuresOf(counts).map(({ to, search = {}, value, label, moods: [some, none] }) => (
          <li key={label}>
            <Link to={to} search={search} className="figure" data-mood={value > 0 ? some : none}>
              <span className="figure-value number">{count(value)}</span>
              <span className="muted">{label}</span>
            </Link>
          </li>
        ))}
      </ul>
      <Pace counts={counts} />
      <div className="two-columns even">
        <div>
          {streams.failing > 0 ? <StreamPanel title="Failing" filter={{ condition: 'failing' }} of={streams.failing} /> : null}
          {streams.late > 0 ? <StreamPanel title="Late" filter={{ condition: 'late' }} of={streams.late} /> : null}
          {streams.started > 0 ? (
            <StreamPanel title="Streams" filter={{ desired: 'started' }} of={streams.started} />
          ) : (
            <StreamPanel title="Streams" filter={{}} of={streams.total} />
          )}
        </div>
        <Newest />
      </div>
    </>
  )
}

/** What happens now, in a line. */
function Pace({ counts: { perMinute, deliveries, workers, operations } }: { readonly counts: Counts }) {
  return (
    <p className="pace" role="status">
      {plural(perMinute.runs, 'run')} and {plural(perMinute.documents, 'document')} a minute; {count(workers.running)} of{' '}
      {plural(workers.slots, 'slot')} busy
      {deliveries.pending === 0 ? '' : `, ${plural(deliveries.pending, 'page')} on their way to sinks`}
      {deliveries.held === 0 ? '' : `, ${count(deliveries.held)} held`}
      {operations === 0 ? null : (
        <>
          ; <Link to="/operations">{plural(operations, 'operation')} under way</Link>
        </>
      )}
    </p>
  )
}

interface StreamPanelProps {
  readonly title: string
  readonly filter: StreamFilter
  /** How many there are. */
  readonly of: number
}

function StreamPanel({ title, filter, of }: StreamPanelProps) {
  const read = useInfiniteQuery(useQueries().streamPages(filter, { limit: mostNamed }))
  const condition = filter.condition ?? filter.desired
  return (
    <Panel title={title} flush>
      <Loaded read={read}>
        {({ pages }) => (
          <ul className="lines">
            {pages[0]?.items.map((stream) => (
              <StreamLine key={stream.id} stream={stream} />
            ))}
          </ul>
        )}
      </Loaded>
      {of > mostNamed ? (
        <div className="more">
          <Link to="/streams" search={condition === undefined ? {} : { condition }} className="button small">
            All {plural(of, 'stream')}
          </Link>
        </div>
      ) : null}
    </Panel>
  )
}

function StreamLine({ stream }: { readonly stream: Stream }) {
  const { name, desired, late, failures, nextTickAt, lastRuns = [] } = stream
  return (
    <li className="line">
      <Link to="/streams/$stream" params={{ stream: name }} search={{}} className="line-name">
        {name}
      </Link>
      {late ? <Badge mood="warn" label="late" /> : null}
      {failures > 0 ? <Badge mood="bad" label="failing" title={`Its last ${plural(failures, 'run')} failed.`} /> : null}
      {desired === 'started' ? (
        <span className="muted small">
          next <Time at={nextTickAt} />
        </span>
      ) : (
        <DesiredBadge state={desired} />
      )}
      <RunStrip runs={lastRuns} />
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
