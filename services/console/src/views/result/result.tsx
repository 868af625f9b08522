import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Result } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { Columns } from '../../parts/columns.tsx'
import { bytes, count, span } from '../../parts/amounts.ts'
import { Badge } from '../../parts/badge.tsx'
import { Copy } from '../../parts/copy.tsx'
import { RunErrorPanel } from '../../parts/error-panel.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead, StreamTrail } from '../../parts/page-head.tsx'
import { Facts, Panel } from '../../parts/panel.tsx'
import { Time } from '../../parts/time.tsx'
import { Body } from './body.tsx'
import { ResultDocuments } from './result-documents.tsx'

const route = getRouteApi('/inside/results/$result')

/** One stored page: what was asked, what came, byte for byte, and what became of it. */
export function ResultView() {
  const { result: id } = route.useParams()
  const read = useQuery(useQueries().result(id))
  return (
    <Loaded read={read} title="Page">
      {(result) => <Shown result={result} />}
    </Loaded>
  )
}

function Shown({ result }: { readonly result: Result }) {
  const { request, response } = result
  return (
    <>
      <PageHead
        title={`Page ${result.part + 1} of a run of ${result.stream}`}
        trail={
          <>
            <StreamTrail stream={result.stream} />
            {' / '}
            <Link to="/runs/$run" params={{ run: result.runId }}>
              run
            </Link>
          </>
        }
        beside={<Badge mood={response.status < 400 ? 'good' : 'bad'} label={String(response.status)} />}
        about={
          <>
            Fetched <Time at={response.receivedAt} />, stored as it came.
          </>
        }
        acts={
          <>
            <a
              className="button"
              href={`/v1/results/${result.id}/body`}
              download={`${result.id}.${result.contentType.includes('json') ? 'json' : 'bin'}`}
            >
              Download
            </a>
            <Copy text={result.id} what="id" />
          </>
        }
      />
      <Panel title="Request">
        <p className="mono request-line">
          <strong>{request.method}</strong> {request.url}
        </p>
        <Headers headers={request.headers} of="request" />
      </Panel>
      <Panel title="Response">
        <Facts
          facts={[
            ['Status', String(response.status)],
            ['Took', span(response.durationMs)],
            ['Type', result.contentType],
            ['Size', `${bytes(result.size)} (${count(result.size)} bytes)`],
            ['SHA-256', <code key="hash">{result.sha256}</code>],
            ['Key in the object store', <code key="key">{result.key}</code>],
          ]}
        />
        <Headers headers={response.headers} of="response" />
      </Panel>
      <Panel title="Sinks" flush>
        <Deliveries result={result} />
      </Panel>
      <Body result={result} />
      <ResultDocuments result={result} />
    </>
  )
}

function Headers({ headers, of }: { readonly headers: Readonly<Record<string, string>>; readonly of: string }) {
  const entries = Object.entries(headers)
  if (entries.length === 0) return null
  return (
    <details className="headers">
      <summary>
        {entries.length} headers of the {of}, secrets redacted
      </summary>
      <dl className="header-list mono">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt className="muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

function Deliveries({ result }: { readonly result: Result }) {
  const deliveries = result.deliveries ?? []
  if (deliveries.length === 0) return <p className="panel-body muted">The stream has no sink.</p>
  return (
    <div className="scrolls" role="group" aria-label="Deliveries to sinks" tabIndex={0}>
      <table className="table">
        <Columns titles={['Sink', 'State', 'Attempts', 'Records', 'Documents', 'Refused']} />
        <tbody>
          {deliveries.map(({ sink, state, attempts, records, documents, deadLetters, error }) => (
            <tr key={sink}>
              <td>{sink}</td>
              <td>
                <Badge mood={state === 'done' ? 'good' : state === 'dead' ? 'bad' : 'busy'} label={state} />
                {error === null ? null : <RunErrorPanel error={error} />}
              </td>
              <td className="number">{count(attempts)}</td>
              <td className="number">{count(records)}</td>
              <td className="number">{count(documents)}</td>
              <td className="number">{count(deadLetters)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
