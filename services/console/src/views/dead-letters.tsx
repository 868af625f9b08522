import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { DeadLetter } from '../api/resources.ts'
import { useQueries } from '../api/use-queries.ts'
import { count, plural } from '../parts/amounts.ts'
import { adviceFor } from '../parts/advice.ts'
import { Loaded } from '../parts/loaded.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Panel } from '../parts/panel.tsx'
import { Time } from '../parts/time.tsx'

const route = getRouteApi('/inside/dead-letters')

interface Cause {
  readonly key: string
  readonly stream: string
  readonly sink: string
  readonly code: string
  readonly message: string
  readonly letters: readonly DeadLetter[]
}

/** What was refused, by its cause. */
export function DeadLetters() {
  const { stream } = route.useSearch()
  const read = useQuery(useQueries().deadLetters(stream))
  return (
    <>
      <PageHead
        title="Dead letters"
        about="Records and pages that a transform or a sink refused. Their bytes are kept."
        acts={
          stream === undefined ? undefined : (
            <Link to="/dead-letters" search={{}} className="button">
              Of all streams, not only {stream}
            </Link>
          )
        }
      />
      <Loaded read={read}>{({ items, next }) => <Causes letters={items} more={next !== null} />}</Loaded>
    </>
  )
}

function Causes({ letters, more }: { readonly letters: readonly DeadLetter[]; readonly more: boolean }) {
  const { cause: open } = route.useSearch()
  const causes = useMemo(() => grouped(letters), [letters])
  const chosen = causes.find(({ key }) => key === open)
  if (letters.length === 0) {
    return (
      <Empty title="Nothing was refused">
        <p>Every record that was read is in every sink.</p>
      </Empty>
    )
  }
  return (
    <>
      {more ? <p className="muted small">Of the newest {count(letters.length)}; there are more.</p> : null}
      <Panel title={plural(causes.length, 'cause')} flush>
        <table className="table">
          <thead>
            <tr>
              {['Cause', 'Stream', 'Sink', 'Count', 'Newest', 'Oldest'].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {causes.map(({ key, stream, sink, code, message, letters: own }) => (
              <tr key={key}>
                <td>
                  <Link to="/dead-letters" search={(old) => ({ ...old, cause: key })}>
                    <code>{code}</code>
                  </Link>{' '}
                  {message}
                  <div className="muted small">{adviceFor(code)}</div>
                </td>
                <td>
                  <Link to="/streams/$stream" params={{ stream }} search={{}}>
                    {stream}
                  </Link>
                </td>
                <td>{sink}</td>
                <td className="number">{count(own.length)}</td>
                <td>
                  <Time at={own[0]?.createdAt} />
                </td>
                <td>
                  <Time at={own.at(-1)?.createdAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      {chosen === undefined ? null : <Letters cause={chosen} />}
    </>
  )
}

/** Letters of the same stream, sink and code, whose messages differ in numbers and quoted values only. */
function grouped(letters: readonly DeadLetter[]): readonly Cause[] {
  const byKey = Map.groupBy(letters, ({ stream, sink, error }) =>
    [stream, sink, error.code, error.message.replaceAll(/"[^"]*"|\d+/g, '…')].join('|'),
  )
  return [...byKey].map(([key, own]) => {
    const [first] = own
    return {
      key,
      letters: own,
      stream: first?.stream ?? '',
      sink: first?.sink ?? '',
      code: first?.error.code ?? '',
      message: first?.error.message ?? '',
    }
  })
}

function Letters({ cause }: { readonly cause: Cause }) {
  return (
    <Panel title={`${plural(cause.letters.length, 'dead letter')} of ${cause.stream}`} flush>
      <table className="table">
        <thead>
          <tr>
            {['Record', 'Why', 'When', 'Run'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cause.letters.slice(0, 100).map(({ id, record, resultId, runId, error, createdAt }) => (
            <tr key={id}>
              <td>
                <Link to="/results/$result" params={{ result: resultId }} search={record === null ? {} : { record: String(record) }}>
                  {record === null ? 'the whole page' : `record ${record + 1}`}
                </Link>
              </td>
              <td>{error.message}</td>
              <td>
                <Time at={createdAt} />
              </td>
              <td>
                <Link to="/runs/$run" params={{ run: runId }}>
                  run
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
