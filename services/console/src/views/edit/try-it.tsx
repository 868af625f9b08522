import { ApiError } from '@data-weaver/client'
import { useEffect, useRef } from 'react'
import type { CheckAnswer } from '../../api/resources.ts'
import { bytes, plural, span } from '../../parts/amounts.ts'
import { Badge } from '../../parts/badge.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Facts, Panel } from '../../parts/panel.tsx'
import { Prose } from '../../parts/prose.tsx'

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

/** An error that names fields stands beside them; every other is about the source. */
export const fieldErrorOf = (error: Error | null): Error | null => (error instanceof ApiError && error.errors.length > 0 ? error : null)
export const sourceErrorOf = (error: Error | null): Error | null => (fieldErrorOf(error) === null ? error : null)

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
              <Badge mood="bad" label={`record ${record + 1}`} /> <Prose text={problem} />
            </li>
          ))}
        </ul>
      )}
      {answer.page === null ? null : <FirstPage page={answer.page} size={answer.bytes} />}
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

function Asked({ answer: { request, response, bytes: size, page } }: { readonly answer: CheckAnswer }) {
  if (request === null) return page === null ? <p className="muted">The adapter had nothing to ask.</p> : null
  return (
    <>
      <p className="mono request-line">
        <strong>{request.method}</strong> {request.url}
      </p>
      {response === null ? null : (
        <p className="small">
          <Badge mood={response.status < 400 ? 'good' : 'bad'} label={String(response.status)} />{' '}
          {page === null
            ? 'It was reached, and sent nothing while it was listened to.'
            : `${bytes(size)} after ${span(response.durationMs)}`}
        </p>
      )}
      <HeaderList name="Headers of the request" headers={request.headers} />
      {response === null ? null : <HeaderList name="Headers of the response" headers={response.headers} />}
    </>
  )
}

function HeaderList({ name, headers }: { readonly name: string; readonly headers: Readonly<Record<string, string>> }) {
  const entries = Object.entries(headers)
  if (entries.length === 0) return null
  return (
    <details className="small">
      <summary>{name}</summary>
      <Facts facts={entries.map(([header, value]) => [header, <code key={header}>{value}</code>] as const)} />
    </details>
  )
}

type FirstPageProps = { readonly page: NonNullable<CheckAnswer['page']>; readonly size: number }

function FirstPage({ page: { contentType, text, truncated }, size }: FirstPageProps) {
  const json = text === null || truncated ? undefined : parsedJson(text)
  return (
    <details className="first-page">
      <summary>
        The first page, {bytes(size)}
        {contentType === '' ? '' : `, ${contentType}`}
      </summary>
      {json === undefined ? (
        <pre className="raw" tabIndex={0} role="region" aria-label="First page as text">
          {text ?? 'These bytes are not text.'}
          {truncated ? '\n…' : ''}
        </pre>
      ) : (
        <JsonView value={json.value} name="First page" depth={4} />
      )}
    </details>
  )
}

function parsedJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}
