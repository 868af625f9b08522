import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Document, Result } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { bytes, span } from '../../parts/amounts.ts'
import { RunBadge } from '../../parts/badge.tsx'
import { Copy } from '../../parts/copy.tsx'
import { DocumentCard } from '../../parts/document-card.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Time } from '../../parts/time.tsx'
import { parsedJson } from '../result/bytes.ts'
import { placeOfRecord } from '../result/place-of-record.ts'

const route = getRouteApi('/inside/documents/$document')

/** One document, and the way back to the bytes it was made of. */
export function DocumentView() {
  const { document: id } = route.useParams()
  const read = useQuery(useQueries().document(id))
  return (
    <Loaded read={read} title={id}>
      {(document) => <Shown document={document} />}
    </Loaded>
  )
}

function Shown({ document }: { readonly document: Document }) {
  return (
    <>
      <PageHead
        title={document.id}
        trail={
          <>
            <Link to="/documents" search={{ stream: document.stream }}>
              Documents
            </Link>
            {' / '}
            <Link to="/streams/$stream" params={{ stream: document.stream }} search={{}}>
              {document.stream}
            </Link>
          </>
        }
        about={
          <>
            Changed <Time at={document.changedAt} />
            {document.revision === null ? '' : `, revision ${document.revision}`}
          </>
        }
        acts={<Copy text={document.id} what="id" />}
      />
      <div className="two-columns even">
        <div>
          <div className="panel hit">
            <DocumentCard document={document} />
          </div>
          <Panel title="Fields">
            <JsonView value={document.fields} name="Fields" depth={2} />
          </Panel>
        </div>
        <Lineage document={document} />
      </div>
    </>
  )
}

/** From the document down: record, page, run, version. */
function Lineage({ document: { lineage, stream, seq } }: { readonly document: Document }) {
  const queries = useQueries()
  const result = useQuery(queries.result(lineage.resultId))
  const run = useQuery(queries.run(lineage.runId))
  return (
    <Panel title="Where it comes from">
      <ol className="lineage">
        <li>
          <h3>Record {lineage.record + 1} of its page</h3>
          {result.data === undefined ? null : (
            <RecordInPage result={result.data} record={lineage.record} stream={stream} version={lineage.streamVersion} />
          )}
        </li>
        <li>
          <h3>
            <Link to="/results/$result" params={{ result: lineage.resultId }} search={{ record: String(lineage.record) }}>
              Page, byte for byte
            </Link>
          </h3>
          <Loaded read={result}>
            {({ size, sha256, request, response }) => (
              <p className="small">
                {bytes(size)}, SHA-256 <code>{sha256.slice(0, 16)}…</code>
                <br />
                <code>
                  {request.method} {request.url}
                </code>
                <br />
                <span className="muted">
                  {response.status} after {span(response.durationMs)}, <Time at={response.receivedAt} />, number {seq}
                </span>
              </p>
            )}
          </Loaded>
        </li>
        <li>
          <h3>
            <Link to="/runs/$run" params={{ run: lineage.runId }}>
              Run
            </Link>{' '}
            {run.data === undefined ? null : <RunBadge state={run.data.state} />}
          </h3>
          <p className="small muted">
            {run.data === undefined ? null : (
              <>
                {run.data.tick === null ? 'triggered' : 'tick'} <Time at={run.data.tick ?? run.data.createdAt} />
                {run.data.workerId === null ? '' : `, by ${run.data.workerId}`}
              </>
            )}
          </p>
        </li>
        <li>
          <h3>
            <Link to="/streams/$stream" params={{ stream }} search={{ tab: 'configuration', version: String(lineage.streamVersion) }}>
              {stream}, version {lineage.streamVersion}
            </Link>
          </h3>
          <p className="small muted">transform version {lineage.transformVersion}</p>
        </li>
      </ol>
    </Panel>
  )
}

interface RecordInPageProps {
  readonly result: Result
  readonly record: number
  readonly stream: string
  readonly version: number
}

/** The record itself, where the configuration says where records lie in a page. */
function RecordInPage({ result, record, stream, version }: RecordInPageProps) {
  const queries = useQueries()
  const versions = useQuery(queries.versions(stream))
  const body = useQuery({ ...queries.body(result.id), enabled: result.size < 4_000_000 })
  const config = versions.data?.items.find((one) => one.version === version)?.config
  const json = body.data === undefined ? undefined : parsedJson(body.data)
  const place = json === undefined || config === undefined ? undefined : placeOfRecord(json.value, config, record)
  if (place === undefined) return <p className="small muted">The page holds it; open the page to see it.</p>
  return (
    <>
      <p className="small muted">
        at <code>{place.path}</code>
      </p>
      <JsonView value={place.value} name="The record as it came" depth={1} />
    </>
  )
}
