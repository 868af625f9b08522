import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Stream, StreamVersion } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { Badge } from '../../parts/badge.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Time } from '../../parts/time.tsx'
import { ChangeTable } from './change-table.tsx'
import { Rollback } from './rollback.tsx'

const route = getRouteApi('/inside/streams/$stream')

/** The versions of a stream, each with what it changed. */
export function Configuration({ stream }: { readonly stream: Stream }) {
  const read = useQuery(useQueries().versions(stream.name))
  return <Loaded read={read}>{({ items }) => <Versions stream={stream} versions={items} />}</Loaded>
}

function Versions({ stream, versions }: { readonly stream: Stream; readonly versions: readonly StreamVersion[] }) {
  const { version: asked } = route.useSearch()
  const chosen = versions.find(({ version }) => String(version) === asked) ?? versions.find(({ version }) => version === stream.version)
  if (chosen === undefined) return null
  return (
    <div className="two-columns">
      <Panel title="Versions" flush>
        <ul className="version-list">
          {versions.map(({ version, createdAt }) => (
            <li key={version}>
              <Link
                from="/streams/$stream"
                to="."
                search={{ tab: 'configuration', version: String(version) }}
                data-current={version === chosen.version}
                activeOptions={{ exact: true }}
              >
                <span>Version {version}</span>
                {version === stream.version ? <Badge mood="good" label="current" /> : null}
                {version === stream.canary?.version ? <Badge mood="busy" label="on trial" /> : null}
                <span className="muted small">
                  <Time at={createdAt} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </Panel>
      <div>
        {chosen.version === 1 ? null : (
          <Changes
            stream={stream.name}
            from={chosen.version === stream.canary?.version ? stream.version : chosen.version - 1}
            version={chosen.version}
          />
        )}
        <Panel
          title={`Version ${chosen.version}`}
          beside={
            chosen.version === stream.version || stream.canary !== null ? undefined : <Rollback stream={stream} version={chosen.version} />
          }
        >
          <JsonView value={plain(chosen)} name={`version ${chosen.version}`} depth={3} />
        </Panel>
      </div>
    </div>
  )
}

function plain({ version: _, transformVersion: __, createdAt: ___, ...spec }: StreamVersion): object {
  return spec
}

interface ChangesProps {
  readonly stream: string
  readonly from: number
  readonly version: number
}

function Changes({ stream, from, version }: ChangesProps) {
  const read = useQuery(useQueries().diff(stream, from, version))
  return (
    <Panel title={`What version ${version} changed`} flush>
      <Loaded read={read}>{({ changes }) => <ChangeTable changes={changes} />}</Loaded>
    </Panel>
  )
}
