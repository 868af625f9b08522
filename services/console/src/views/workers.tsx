import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Run, Worker } from '../api/resources.ts'
import { useQueries } from '../api/use-queries.ts'
import { useWatch } from '../app/operations.tsx'
import { useClient } from '../app/parts.tsx'
import { useNow } from '../browser/clock.ts'
import { bytes, plural, span } from '../parts/amounts.ts'
import { Badge, RunBadge } from '../parts/badge.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { ErrorPanel } from '../parts/error-panel.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Facts } from '../parts/panel.tsx'
import { Time } from '../parts/time.tsx'

const moods = { up: 'good', draining: 'warn', lost: 'bad' } as const
/** Difference between a worker's clock and the database's from which on it is shown as wrong, milliseconds. */
const clockTolerance = 1000

/** Who does the work: how much each can take, has, and how it is. */
export function Workers() {
  const queries = useQueries()
  const read = useQuery(queries.workers())
  const runs = useQuery(queries.newestRuns(200, ['running', 'stopping', 'delivering']))
  return (
    <>
      <PageHead title="Workers" about="Processes that run streams. They keep nothing: add and remove them at will." />
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No worker is up">
              <p>
                Streams that are started wait. Start one: <code>node services/worker/src/main.ts</code>
              </p>
            </Empty>
          ) : (
            <ul className="worker-list">
              {items.map((worker) => (
                <li key={worker.id} className="panel worker">
                  <WorkerCard worker={worker} runs={runs.data?.items.filter(({ workerId }) => workerId === worker.id) ?? []} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  )
}

function WorkerCard({ worker, runs }: { readonly worker: Worker; readonly runs: readonly Run[] }) {
  const now = useNow()
  const { memoryBytes, clockDifferenceMs } = worker
  return (
    <>
      <div className="page-head-line">
        <h2 className="page-head-title mono">
          {worker.id} <Badge mood={moods[worker.state]} label={worker.state} />
        </h2>
        {worker.state === 'up' ? <Drain worker={worker} /> : null}
      </div>
      <label className="slots small">
        {worker.running} of {plural(worker.slots, 'slot')} in use
        <meter min={0} max={worker.slots} value={worker.running} />
      </label>
      <Facts
        facts={[
          ['Host', `${worker.host}, process ${worker.pid}`],
          ['Pools', worker.pools.join(', ')],
          ['Version', worker.version],
          ['Last sign of life', <Time key="beat" at={worker.heartbeatAt} />],
          ['Up for', span(now - Date.parse(worker.startedAt))],
          ['Memory', bytes(memoryBytes)],
          ['Clock', <Clock key="clock" difference={clockDifferenceMs} />],
        ]}
      />
      <Holds runs={runs} />
    </>
  )
}

/** Runs that most recently began come first; a worker may hold older ones that are not listed. */
function Holds({ runs }: { readonly runs: readonly Run[] }) {
  if (runs.length === 0) return null
  return (
    <ul className="holds" aria-label="Runs in hand">
      {runs.map(({ id, stream, state, startedAt }) => (
        <li key={id}>
          <Link to="/runs/$run" params={{ run: id }}>
            {stream}
          </Link>{' '}
          <RunBadge state={state} />{' '}
          <span className="muted small">
            since <Time at={startedAt} />
          </span>
        </li>
      ))}
    </ul>
  )
}

function Clock({ difference }: { readonly difference: number }) {
  if (Math.abs(difference) < clockTolerance) return 'right'
  return <Badge mood="bad" label={`${span(Math.abs(difference))} ${difference > 0 ? 'ahead' : 'behind'}`} />
}

function Drain({ worker }: { readonly worker: Worker }) {
  const client = useClient()
  const watch = useWatch()
  const [asked, setAsked] = useState(false)
  const drain = useMutation({
    mutationFn: async () => (await client.POST('/v1/workers/{id}/drain', { params: { path: { id: worker.id } }, body: {} })).data,
    onSuccess: (operation) => {
      setAsked(false)
      watch(operation)
    },
  })
  return (
    <>
      <button className="button small" type="button" onClick={() => setAsked(true)}>
        Drain
      </button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={`Drain ${worker.id}?`}
        act="Drain"
        busy={drain.isPending}
        onAct={() => drain.mutate()}
      >
        <p>
          It takes nothing new. Of its {plural(worker.running, 'run')} in progress those that do not end within a minute are handed to other
          workers. It stays up, draining, until its process is ended; there is no way back but a new process.
        </p>
        {drain.error === null ? null : <ErrorPanel error={drain.error} />}
      </Confirm>
    </>
  )
}
