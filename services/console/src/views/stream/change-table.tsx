import type { VersionDiff } from '../../api/resources.ts'
import { Columns } from '../../parts/columns.tsx'

/** In what two versions differ. */
export function ChangeTable({ changes }: { readonly changes: VersionDiff['changes'] }) {
  if (changes.length === 0) return <p className="panel-body muted">Nothing but secrets.</p>
  return (
    <div className="scrolls" role="group" aria-label="Changes" tabIndex={0}>
      <table className="table">
        <Columns titles={['Field', 'Before', 'After']} />
        <tbody>
          {changes.map(({ path, before, after }) => (
            <tr key={path}>
              <td>
                <code>{path}</code>
              </td>
              <td>
                <code className="taken-away">{JSON.stringify(before)}</code>
              </td>
              <td>
                <code className="added">{JSON.stringify(after)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
