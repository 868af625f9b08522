import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Run, Stream, StreamVersion } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { bytes, count, plural, span } from '../../parts/amounts.ts'
import { RunBadge } from '../../parts/badge.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { More } from '../../parts/more.tsx'
import { Empty, Panel } from '../../parts/panel.tsx'
import { runStates, stateOf, triggers } from '../../parts/run-states.ts'
import { exactTime, Time } from '../../parts/time.tsx'
import { RunChart } from './run-chart.tsx'

const route = getRouteApi('/inside/streams/$stream')

type Entry =
  | { readonly kind: 'run'; readonly at: string; readonly run: Run }
  | { readonly kind: 'version'; readonly at: string; readonly version: StreamVersion }

/** Runs and changes of the configuration in one line of time, the newest first. */
export function Timeline({ stream }: { readonly stream: Stream }) {
  const queries = useQueries()
  const { state } = route.useSearch()
  const navigate = route.useNavigate()
  const runs = useInfiniteQuery(queries.allRuns(stream.name, state))
  const versions = useQuery(queries.versions(stream.name))
  const entries = useMemo(
    () =>
      merged(
        runs.data?.pages.flatMap(({ items }) => items),
        versions.data?.items ?? [],
        runs.hasNextPage,
      ),
    [runs.data, versions.data, runs.hasNextPage],
  )
  const filter = (
    <select
      className="select small"
      aria-label="Runs of this state"
      value={state ?? ''}
      onChange={({ target }) => {
        const chosen = runStates.find((one) => one === target.value)
        void navigate({
          search: ({ state: _, ...rest }) => ({ ...rest, ...(chosen === undefined ? {} : { state: chosen }) }),
          replace: true,
        })
      }}
    >
      <option value="">all runs</option>
      {runStates.map((one) => (
        <option key={one} value={one}>
          {stateOf(one).label}
        </option>
      ))}
    </select>
  )
  return (
    <>
      <RunChart runs={runs.data?.pages[0]?.items ?? []} />
      <Panel title="Runs and changes" beside={filter} flush>
        <Loaded read={{ data: entries, error: runs.error, refetch: runs.refetch }}>
          {(shown) => (
            <>
              {shown.some(({ kind }) => kind === 'run') ? null : <NoRuns stream={stream} filtered={state !== undefined} />}
              <Entries entries={shown} current={stream.version} />
            </>
          )}
        </Loaded>
        <More read={runs} what="Earlier runs" />
      </Panel>
    </>
  )
}

function NoRuns({ stream, filtered }: { readonly stream: Stream; readonly filtered: boolean }) {
  if (filtered) return <Empty title="No run is in this state" />
  return (
    <Empty title="No run yet">
      <p>{hint(stream)}</p>
    </Empty>
  )
}

/** Versions older than the oldest run that was read wait until that part of time is read, so that the order is right. */
function merged(runs: readonly Run[] | undefined, versions: readonly StreamVersion[], more: boolean): readonly Entry[] | undefined {
  if (runs === undefined) return undefined
  const oldest = runs.at(-1)?.createdAt ?? ''
  return [
    ...runs.map((run): Entry => ({ kind: 'run', at: run.createdAt, run })),
    ...versions
      .filter(({ createdAt }) => !more || createdAt >= oldest)
      .map((version): Entry => ({ kind: 'version', at: version.createdAt, version })),
  ].toSorted((a, b) => b.at.localeCompare(a.at))
}

function Entries({ entries, current }: { readonly entries: readonly Entry[]; readonly current: number }) {
  return (
    <div className="timeline" role="list">
      {entries.map((entry) =>
        entry.kind === 'run' ? (
          <RunEntry key={entry.run.id} run={entry.run} />
        ) : (
          <VersionEntry key={`v${entry.version.version}`} version={entry.version} current={current} />
        ),
      )}
    </div>
  )
}

function RunEntry({ run }: { readonly run: Run }) {
  const took = run.startedAt === null || run.finishedAt === null ? undefined : Date.parse(run.finishedAt) - Date.parse(run.startedAt)
  const ran = run.startedAt !== null
  return (
    <div role="listitem" className="timeline-entry" data-mood={stateOf(run.state).mood}>
      <span className="timeline-when small">
        <Time at={run.tick ?? run.createdAt} />
      </span>
      <span className="timeline-what">
        <Link to="/runs/$run" params={{ run: run.id }}>
          {triggers[run.trigger] ?? run.trigger}
        </Link>{' '}
        <RunBadge state={run.state} />
        {run.ticks > 1 ? <span className="muted small"> {plural(run.ticks, 'tick')}</span> : null}
        {run.error === null ? null : (
          <span className="small">
            {' '}
            <code>{run.error.code}</code> {run.error.message}
          </span>
        )}
        {run.backfill?.since && run.backfill.until ? (
          <span className="muted small">
            {' '}
            {exactTime(run.backfill.since)} to {exactTime(run.backfill.until)}
          </span>
        ) : null}
        {run.reason === null ? null : <span className="muted small"> {run.reason}</span>}
      </span>
      <span className="timeline-amounts muted small number">
        {ran ? `${plural(run.pages, 'page')}, ${bytes(run.bytes)}, ${plural(run.documents, 'document')}` : null}
        {run.deadLetters > 0 ? `, ${count(run.deadLetters)} refused` : null}
        {took === undefined ? null : `, ${span(took)}`}
      </span>
    </div>
  )
}

interface VersionEntryProps {
  readonly version: StreamVersion
  /** The version in force: one above it is on trial, or was. */
  readonly current: number
}

function VersionEntry({ version, current }: VersionEntryProps) {
  const changed = version.version > current ? `Version ${version.version} put on trial` : `Changed to version ${version.version}`
  return (
    <div role="listitem" className="timeline-entry" data-kind="version">
      <span className="timeline-when small">
        <Time at={version.createdAt} />
      </span>
      <span className="timeline-what">
        <Link from="/streams/$stream" to="." search={{ tab: 'configuration', version: String(version.version) }}>
          {version.version === 1 ? 'Made' : changed}
        </Link>
      </span>
      <span />
    </div>
  )
}

function hint({ desired, schedule }: Stream): string {
  if (desired !== 'started') return 'Start the stream, and its first tick is now.'
  return 'manual' in schedule ? 'It runs when it is triggered: “Run now”.' : 'The first tick is on its way.'
}
