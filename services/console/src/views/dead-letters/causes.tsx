import { Link } from '@tanstack/react-router'
import type { DeadLetterGroup } from '../../api/resources.ts'
import { Columns } from '../../parts/columns.tsx'
import { adviceFor } from '../../parts/advice.ts'
import { count } from '../../parts/amounts.ts'
import { Time } from '../../parts/time.tsx'

/** What stands in the address for a cause. */
export const causeOf = ({ code, stream, sink }: DeadLetterGroup): string => [code, stream, sink].join('/')

interface CausesProps {
  readonly groups: readonly DeadLetterGroup[]
  readonly chosen: string | undefined
}

/** One line for each cause, with what to do about it. */
export function Causes({ groups, chosen }: CausesProps) {
  return (
    <table className="table">
      <Columns titles={['Cause', 'Stream', 'Sink', 'Count', 'Newest', 'Oldest']} />
      <tbody>
        {groups.map((group) => (
          <tr key={causeOf(group)} data-current={causeOf(group) === chosen}>
            <td>
              <Link from="/dead-letters" to="." search={(old) => ({ ...old, cause: causeOf(group) })} resetScroll={false}>
                <code>{group.code}</code>
              </Link>{' '}
              {group.example.error.message}
              <div className="muted small">{adviceFor(group.code)}</div>
            </td>
            <td>
              <Link to="/streams/$stream" params={{ stream: group.stream }} search={{}}>
                {group.stream}
              </Link>
            </td>
            <td>{group.sink}</td>
            <td className="number">{count(group.count)}</td>
            <td>
              <Time at={group.newest} />
            </td>
            <td>
              <Time at={group.oldest} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
