import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Stream } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { streamTabs } from '../../app/router.tsx'
import { plural } from '../../parts/amounts.ts'
import { Badge, DesiredBadge } from '../../parts/badge.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead, StreamTrail } from '../../parts/page-head.tsx'
import { Facts } from '../../parts/panel.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { scheduleText } from '../../parts/schedule.ts'
import { Time } from '../../parts/time.tsx'
import { Configuration } from './configuration.tsx'
import { StreamBudget } from './stream-budget.tsx'
import { StreamActs } from './stream-acts.tsx'
import { StreamOperations } from './stream-operations.tsx'
import { Ticks } from './ticks.tsx'
import { Trial } from './trial.tsx'
import { SinkLags } from './sink-lags.tsx'
import { Timeline } from './timeline.tsx'

const route = getRouteApi('/inside/streams/$stream')

/** One stream: what it does, what became of it, and what was changed in it. */
export function StreamView() {
  const { stream: name } = route.useParams()
  const read = useQuery(useQueries().stream(name))
  return (
    <Loaded read={read} title={name}>
      {(stream) => <Shown stream={stream} />}
    </Loaded>
  )
}

function Shown({ stream }: { readonly stream: Stream }) {
  const { tab = 'timeline' } = route.useSearch()
  return (
    <>
      <PageHead
        title={stream.name}
        trail={<StreamTrail />}
        beside={
          <>
            <DesiredBadge state={stream.desired} />
            {stream.late ? (
              <Badge mood="warn" label="late" title="Its data are older than it allows, or its ticks wait or are missed." />
            ) : null}
          </>
        }
        about={
          <>
            <Link to="/adapters/$adapter" params={{ adapter: stream.adapter }}>
              {stream.adapter}
            </Link>
            , {scheduleText(stream.schedule)}
          </>
        }
        acts={<StreamActs stream={stream} />}
      />
      <div className="panel">
        <div className="panel-body">
          <StreamFacts stream={stream} />
        </div>
      </div>
      <StreamBudget stream={stream} />
      <Pause stream={stream} />
      <StreamOperations stream={stream} />
      {stream.canary === null ? null : <Trial stream={stream} canary={stream.canary} />}
      <nav className="tabs" aria-label="Parts of the stream">
        {streamTabs.map((one) => (
          <Link
            key={one}
            to="/streams/$stream"
            params={{ stream: stream.name }}
            search={one === 'timeline' ? {} : { tab: one }}
            className="tab"
            data-current={one === tab}
            activeOptions={{ exact: true }}
          >
            {one}
          </Link>
        ))}
      </nav>
      {tab === 'timeline' ? <Timeline stream={stream} /> : tab === 'ticks' ? <Ticks stream={stream} /> : <Configuration stream={stream} />}
    </>
  )
}

/** A pause that failures made. */
function Pause({ stream: { pausedBy, probeAt, failures } }: { readonly stream: Stream }) {
  if (pausedBy !== 'failures') return null
  return (
    <p className="notice">
      Paused after {plural(failures, 'failed run')} in a row. Next try of the source: <Time at={probeAt} />
    </p>
  )
}

function StreamFacts({ stream }: { readonly stream: Stream }) {
  return (
    <Facts
      facts={[
        ['Next tick', <Time key="next" at={stream.desired === 'started' ? stream.nextTickAt : null} />],
        ['Good data', <Time key="good" at={stream.freshness.goodAt} />],
        ['Version', `${stream.version} (transform ${stream.transformVersion})`],
        ['Pool', stream.pool],
        ['Sinks', stream.sinks.length === 0 ? 'none' : <SinkLags key="sinks" stream={stream} />],
        ['Secrets', stream.secretNames.length === 0 ? 'none' : stream.secretNames.join(', ')],
        [
          'Cursor',
          stream.cursor === null || stream.cursor === undefined ? (
            'none yet'
          ) : (
            <JsonView key="cursor" value={stream.cursor} name="cursor" depth={1} />
          ),
        ],
        ['Changed', <Time key="changed" at={stream.updatedAt} />],
        [
          'Documents',
          <Link key="documents" to="/documents" search={{ stream: stream.name }}>
            Show them
          </Link>,
        ],
        [
          'Dead letters',
          <Link key="dead" to="/dead-letters" search={{ stream: stream.name }}>
            Show them
          </Link>,
        ],
      ]}
    />
  )
}
