import { useNavigate } from '@tanstack/react-router'
import type { Run } from '../../api/resources.ts'
import { span } from '../../parts/amounts.ts'
import { stateOf } from '../../parts/run-states.ts'
import { exactTime } from '../../parts/time.tsx'

const height = 72
/** Runs that the chart shows, one bar each. */
const most = 100
/** Bars that the chart has room for at least: a few are not drawn broad. */
const room = 50

/** How long the newest runs took, one bar each; the list below says the same in words. */
export function RunChart({ runs }: { readonly runs: readonly Run[] }) {
  const navigate = useNavigate()
  const bars = runs
    .slice(0, most)
    .toReversed()
    .map((run) => ({ run, took: took(run) }))
  const longest = Math.max(...bars.map(({ took: ms }) => ms), 1)
  const wide = Math.max(bars.length, room)
  if (bars.length < 3) return null
  return (
    <figure className="panel run-chart">
      <figcaption className="small muted">
        Duration of the last {bars.length} runs, longest {span(longest)}
      </figcaption>
      <svg width="100%" height={height} viewBox={`0 0 ${wide} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        {bars.map(({ run, took: ms }, index) => {
          const tall = Math.max(3, (ms / longest) * (height - 4))
          return (
            <rect
              key={run.id}
              x={wide - bars.length + index + 0.12}
              y={height - tall}
              width={0.76}
              height={tall}
              data-mood={stateOf(run.state).mood}
              onClick={() => void navigate({ to: '/runs/$run', params: { run: run.id } })}
            >
              <title>{`${stateOf(run.state).label}, ${span(ms)}, ${exactTime(run.tick ?? run.createdAt)}`}</title>
            </rect>
          )
        })}
      </svg>
    </figure>
  )
}

const took = (run: Run): number =>
  run.startedAt === null || run.finishedAt === null ? 0 : Math.max(0, Date.parse(run.finishedAt) - Date.parse(run.startedAt))
