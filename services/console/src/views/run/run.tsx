import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Result, Run } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { bytes, count, span } from '../../parts/amounts.ts'
import { RunBadge } from '../../parts/badge.tsx'
import { Copy } from '../../parts/copy.tsx'
import { RunErrorPanel } from '../../parts/error-panel.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead, StreamTrail } from '../../parts/page-head.tsx'
import { Empty, Facts, Panel } from '../../parts/panel.tsx'
import { stateOf } from '../../parts/run-states.ts'
import { exactTime, Time } from '../../parts/time.tsx'
import { RunActs } from './run-acts.tsx'
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
  const results = useQuery(useQueries().results(run.streamId, run.id))
  return (
    <>
      <PageHead
        title={`Run of ${run.stream}`}
        trail={<StreamTrail stream={run.stream} />}
        beside={<RunBadge state={run.state} />}
        about={
          <>
            {run.tick === null ? 'Triggered' : 'Tick'} <Time at={run.tick ?? run.createdAt} />. {stateOf(run.state).means}
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
        <Waterfall run={run} results={results.data?.items ?? []} />
      </Panel>
      <Panel title="Facts">
        <RunFacts run={run} />
      </Panel>
      <Panel title="Results" flush>
        <Loaded read={results}>{({ items }) => <Results results={items} />}</Loaded>
      </Panel>
    </>
  )
}

function RunFacts({ run }: { readonly run: Run }) {
  return (
    <Facts
      facts={[
        ['Nominal time', run.tick === null ? 'none, it was triggered' : exactTime(run.tick)],
        ['Reason', run.reason ?? undefined],
        [
          'Late by',
          run.tick === null || run.startedAt === null ? undefined : span(Math.max(0, Date.parse(run.startedAt) - Date.parse(run.tick))),
        ],
        ['Attempts', count(run.attempt)],
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
      <thead>
        <tr>
          {['Page', 'Request', 'Status', 'Size', 'Took'].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
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
          </tr>
        ))}
      </tbody>
    </table>
  )
}
