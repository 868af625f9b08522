import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useQueries } from '../../api/use-queries.ts'
import { Columns } from '../../parts/columns.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Prose } from '../../parts/prose.tsx'
import { fieldRows } from './field-rows.ts'
import { ModeBadge } from './mode-badge.tsx'

const route = getRouteApi('/inside/adapters/$adapter')

/** One adapter: what it takes, by its schema, and an example that is valid. */
export function AdapterView() {
  const { adapter: id } = route.useParams()
  const read = useQuery(useQueries().adapter(id))
  return (
    <Loaded read={read} title={id}>
      {(adapter) => (
        <>
          <PageHead
            title={id}
            trail={<Link to="/adapters">Adapters</Link>}
            beside={<ModeBadge adapter={adapter} explained />}
            about={adapter.summary}
            acts={
              <Link className="button primary" to="/streams/new" search={{ adapter: id }}>
                New stream
              </Link>
            }
          />
          <Panel title="Example">
            <JsonView value={adapter.example} name="Example" depth={4} />
          </Panel>
          <Fields title="Configuration" schema={adapter.config} />
          <Fields title="Secrets" schema={adapter.secrets} />
        </>
      )}
    </Loaded>
  )
}

function Fields({ title, schema }: { readonly title: string; readonly schema: Readonly<Record<string, unknown>> }) {
  const rows = fieldRows(schema)
  if (rows.length === 0) return null
  return (
    <Panel title={title} flush>
      <div className="scrolls" role="group" aria-label={`Fields of ${title}`} tabIndex={0}>
        <table className="table">
          <Columns titles={['Field', 'Takes', 'Meaning']} />
          <tbody>
            {rows.map(({ path, takes, meaning, required }) => (
              <tr key={`${path} ${takes}`}>
                <td>
                  <code>{path}</code> {required ? <span className="muted small">required</span> : null}
                </td>
                <td className="small">{takes}</td>
                <td>
                  <Prose text={meaning} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
