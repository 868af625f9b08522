import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Budget, Stream } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { count, plural, span } from '../../parts/amounts.ts'
import { Badge } from '../../parts/badge.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Time } from '../../parts/time.tsx'
import { BudgetEdit } from './budget-edit.tsx'

/** What the source allows, as the whole fleet keeps it. Nothing is drawn where no limit is known. */
export function StreamBudget({ stream }: { readonly stream: Stream }) {
  const read = useQuery(useQueries().budgets())
  const own = read.data?.items.filter(({ streams }) => streams.some(({ id }) => id === stream.id)) ?? []
  const known = own.filter(
    ({ policies, limit, blockedUntil, concurrency }) =>
      policies.length > 0 || limit !== null || blockedUntil !== null || concurrency !== null,
  )
  if (known.length === 0 && stream.budget === null) return null
  return (
    <Panel
      title="Budget of the source"
      beside={
        <Link to="/streams/$stream/edit" params={{ stream: stream.name }} className="small">
          {stream.budget === null ? 'State it in the stream' : 'What the stream states'}
        </Link>
      }
    >
      {known.length === 0 ? <p className="muted">Nothing was taken from it yet.</p> : null}
      <ul className="plain-list">
        {known.map((budget) => (
          <li key={budget.key}>
            <BudgetLine budget={budget} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function BudgetLine({ budget }: { readonly budget: Budget }) {
  const { key, name, policies, concurrency, running, limit, remaining, resetAt, blockedUntil, waiting } = budget
  return (
    <>
      <code>{name ?? key}</code> {waiting > 0 ? <Badge mood="warn" label={`${plural(waiting, 'run')} waiting`} /> : null}
      {blockedUntil === null ? null : (
        <span>
          {' '}
          closed by the source, opens <Time at={blockedUntil} />
        </span>
      )}
      {policies.map(({ requests, perMs, remaining: left }) => (
        <label key={perMs} className="slots small">
          {count(left)} of {plural(requests, 'request')} left per {span(perMs)}
          <meter min={0} max={requests} value={left} />
        </label>
      ))}
      {concurrency === null ? null : (
        <p className="small muted">
          {count(running)} of {plural(concurrency, 'request')} at once
        </p>
      )}
      {name === null ? null : <BudgetEdit budget={budget} name={name} />}
      {limit === null ? null : (
        <p className="small muted">
          The source says: {remaining === null ? '' : `${count(remaining)} left of `}
          {plural(limit, 'request')}
          {resetAt === null ? '' : ', counted anew '}
          {resetAt === null ? null : <Time at={resetAt} />}
        </p>
      )}
    </>
  )
}
