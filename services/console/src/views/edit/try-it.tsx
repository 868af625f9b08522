import { useEffect, useRef } from 'react'
import type { CheckAnswer } from '../../api/resources.ts'
import { bytes, plural, span } from '../../parts/amounts.ts'
import { Badge } from '../../parts/badge.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Panel } from '../../parts/panel.tsx'

interface TryItProps {
  readonly answer: CheckAnswer | undefined
  readonly error: unknown
  readonly busy: boolean
}

/** What the source answered, and what would become of it. Nothing was stored. */
export function TryIt(props: TryItProps) {
  const { answer, error } = props
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (answer !== undefined || error !== null) place.current?.scrollIntoView({ block: 'start' })
  }, [answer, error])
  return (
    <div ref={place} className="tried">
      <Outcome {...props} />
    </div>
  )
}

function Outcome({ answer, error, busy }: TryItProps) {
  if (busy) return <p role="status">The source is being asked…</p>
  if (error !== null) {
    return (
      <Panel title="Try it">
        <ErrorPanel error={error} />
      </Panel>
    )
  }
  if (answer === undefined) return null
  return (
    <Panel title="Try it">
      <p role="status">
        {plural(answer.recordCount, 'record')} found, {plural(answer.problems.length, 'problem')}. Nothing was stored or started.
      </p>
      <Asked answer={answer} />
      {answer.problems.length === 0 ? null : (
        <ul className="plain-list">
          {answer.problems.map(({ record, problem }) => (
            <li key={`${record} ${problem}`}>
              <Badge mood="bad" label={`record ${record + 1}`} /> {problem}
            </li>
          ))}
        </ul>
      )}
      <div className="two-columns even">
        <div>
          <h3>First records, as they came</h3>
          <JsonView value={answer.records.map(({ fields }) => fields)} name="Records" depth={2} />
        </div>
        <div>
          <h3>Documents that become of them</h3>
          <JsonView value={answer.documents} name="Documents" depth={3} />
        </div>
      </div>
    </Panel>
  )
}

function Asked({ answer: { request, response, bytes: size } }: { readonly answer: CheckAnswer }) {
  if (request === null) return <p className="muted">The adapter had nothing to ask.</p>
  return (
    <>
      <p className="mono request-line">
        <strong>{request.method}</strong> {request.url}
      </p>
      {response === null ? null : (
        <p className="small">
          <Badge mood={response.status < 400 ? 'good' : 'bad'} label={String(response.status)} /> {bytes(size)} after{' '}
          {span(response.durationMs)}
        </p>
      )}
    </>
  )
}
