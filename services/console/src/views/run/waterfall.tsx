import type { Result, Run } from '../../api/resources.ts'
import { useNow } from '../../browser/clock.ts'
import { plural, span } from '../../parts/amounts.ts'
import { stages } from './stages.ts'

/** Where the time of a run went, from its nominal time to its last document: one line for each step. */
export function Waterfall({ run, results }: { readonly run: Run; readonly results: readonly Result[] }) {
  const now = useNow()
  const { begin, end, lines, left } = stages(run, results, now)
  const whole = Math.max(end - begin, 1)
  if (lines.length === 0) return <p className="muted">It has not begun.</p>
  return (
    <>
      <ol className="waterfall">
        {lines.map(({ key, label, kind, from, until, open }) => (
          <li key={key}>
            <span className="waterfall-label">{label}</span>
            <span className="waterfall-track">
              <span
                className="waterfall-bar"
                data-kind={kind}
                data-open={open}
                style={{ left: `${((from - begin) / whole) * 100}%`, width: `${Math.max(((until - from) / whole) * 100, 0.4)}%` }}
              />
            </span>
            <span className="waterfall-took number small">
              {span(until - from)}
              {open ? '…' : ''}
            </span>
          </li>
        ))}
      </ol>
      {left === 0 ? null : <p className="muted small">{plural(left, 'more page')} not drawn.</p>}
      <p className="muted small">{span(whole)} in all</p>
    </>
  )
}
