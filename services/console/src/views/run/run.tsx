import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Delivery, Result, Run } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { Columns } from '../../parts/columns.tsx'
import { bytes, count, plural, span } from '../../parts/amounts.ts'
import { Badge, RunBadge } from '../../parts/badge.tsx'
import { Copy } from '../../parts/copy.tsx'
import { RunErrorPanel } from '../../parts/error-panel.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { More } from '../../parts/more.tsx'
import { PageHead, StreamTrail } from '../../parts/page-head.tsx'
import { Empty, Facts, Panel } from '../../parts/panel.tsx'
import { type Mood, stateOf, triggers } from '../../parts/run-states.ts'
import { exactTime, Time } from '../../parts/time.tsx'
import { RunActs } from './run-acts.tsx'
import { RunLog } from './run-log.tsx'
import { Waterfall } from './waterfall.tsx'

const route = getRouteApi('/inside/runs/$run')

/** One run: where its time went, what it fetched, what became of it, and why it failed if it did. */
export function RunView() {
  const { run: id } = route.useParams()
  const read = useQuery(useQueries().run(id))
  return (
    <Loaded read={read} title="Run">
      {(run) => <Shown run={run} />}
    </Loaded>
  )
}

function Shown({ run }: { readonly run: Run }) {
  const read = useInfiniteQuery(useQueries().resultsOfRun(run.id))
  const results = read.data?.pages.flatMap(({ items }) => items)
  return (
    <>
      <PageHead
        title={`Run of ${run.stream}`}
        trail={<StreamTrail stream={run.stream} />}
        beside={<RunBadge state={run.state} />}
        about={
          <>
            {triggers[run.trigger] ?? run.trigger} <Time at={run.tick ?? run.createdAt} />. {stateOf(run.state).means}
          </>
        }
        acts={
          <>
            <RunActs run={run} />
            <Copy text={run.id} what="id" />
          </>
        }
      />
      {run.error === null ? null : (
        <div className="stacked">
          <RunErrorPanel error={run.error} />
        </div>
      )}
      <Panel title="Where the time went">
        <Waterfall run={run} results={results ?? []} />
      </Panel>
      <Panel title="Facts">
        <RunFacts run={run} />
      </Panel>
      <RunLog run={run} />
      <Panel title="Results" flush>
        <Loaded read={{ data: results, error: read.error, refetch: read.refetch }}>{(all) => <Results results={all} />}</Loaded>
        <More read={read} what="More results" />
      </Panel>
    </>
  )
}

function RunFacts({ run }: { readonly run: Run }) {
  return (
    <Facts
      facts={[
        ['Began by', triggers[run.trigger] ?? run.trigger],
        ['Nominal time', run.tick === null ? 'none' : exactTime(run.tick)],
        [
          'Fetches again',
          run.backfill?.since && run.backfill.until ? `${exactTime(run.backfill.since)} to ${exactTime(run.backfill.until)}` : undefined,
        ],
        [
          'Cursor it began with',
          run.backfill === null ? undefined : <JsonView key="from" value={run.backfill.from} name="First cursor" depth={1} />,
        ],
        [
          'Cursor it is at',
          run.backfill === null ? undefined : <JsonView key="at" value={run.backfill.checkpoint} name="Present cursor" depth={1} />,
        ],
        ['Reason', run.reason ?? undefined],
        [
          'Late by',
          run.tick === null || run.startedAt === null ? undefined : span(Math.max(0, Date.parse(run.startedAt) - Date.parse(run.tick))),
        ],
        ['Attempts', run.epoch > run.attempt ? `${count(run.attempt)}, taken in hand ${plural(run.epoch, 'time')}` : count(run.attempt)],
        ['Next attempt', run.nextAttemptAt === null ? undefined : <Time key="attempt" at={run.nextAttemptAt} />],
        ['Version', run.streamVersion === null ? 'not claimed yet' : String(run.streamVersion)],
        ['Worker', run.workerId === null ? 'none' : <code key="worker">{run.workerId}</code>],
        ['Pages', `${count(run.pages)}, ${bytes(run.bytes)}`],
        ['Records', count(run.records)],
        ['Documents', count(run.documents)],
        ['On their way', count(run.pendingDeliveries)],
        [
          'Refused',
          run.deadLetters === 0 ? (
            '0'
          ) : (
            <Link key="dead" to="/dead-letters" search={{ stream: run.stream }}>
              {count(run.deadLetters)}
            </Link>
          ),
        ],
      ]}
    />
  )
}

function Results({ results }: { readonly results: readonly Result[] }) {
  if (results.length === 0) {
    return (
      <Empty title="No page was stored">
        <p>Each page that a run fetches is stored before anything else happens to it, and stands here.</p>
      </Empty>
    )
  }
  return (
    <table className="table">
      <Columns titles={['Page', 'Request', 'Status', 'Size', 'Took', 'Delivered']} />
      <tbody>
        {results.map((result) => (
          <tr key={result.id}>
            <td>
              <Link to="/results/$result" params={{ result: result.id }} search={{}}>
                {result.part + 1}
              </Link>
            </td>
            <td className="mono clip" title={result.request.url}>
              {result.request.method} {result.request.url}
            </td>
            <td className="number">{result.response.status}</td>
            <td className="number">{bytes(result.size)}</td>
            <td className="number">{span(result.response.durationMs)}</td>
            <td>
              <Delivered deliveries={result.deliveries ?? []} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const moods: Readonly<Record<Delivery['state'], Mood>> = { pending: 'busy', holding: 'warn', held: 'warn', done: 'good', dead: 'bad' }

/** What became of a page at its sinks. */
function Delivered({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  return deliveries.map(({ sink, position, streamVersion, state, attempts, documents, error }) => (
    <p key={`${position} ${streamVersion}`}>
      <Badge mood={moods[state]} label={`${sink}: ${state}`} title={error === null ? undefined : `${error.code}: ${error.message}`} />
      <span className="muted small">
        {' '}
        {plural(documents, 'document')}
        {attempts > 1 ? `, ${plural(attempts, 'attempt')}` : ''}
        {error === null ? null : (
          <>
            {', '}
            <code>{error.code}</code>
          </>
        )}
      </span>
    </p>
  ))
}
