import type { VersionDiff } from '../../api/resources.ts'

/** In what two versions differ. */
export function ChangeTable({ changes }: { readonly changes: VersionDiff['changes'] }) {
  if (changes.length === 0) return <p className="panel-body muted">Nothing but secrets.</p>
  return (
    <div className="scrolls" role="group" aria-label="Changes" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
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
