import { Link } from '@tanstack/react-router'
import type { RunStub } from '../api/resources.ts'
import { plural } from './amounts.ts'
import { stateOf } from './run-states.ts'
import { exactTime } from './time.tsx'

/** The last runs of a stream as bars, the newest at the right. Each leads to its run. */
export function RunStrip({ runs: newest }: { readonly runs: readonly RunStub[] }) {
  const failed = newest.filter(({ state }) => stateOf(state).mood === 'bad').length
  const label = newest.length === 0 ? 'No run yet' : `Last ${plural(newest.length, 'run')}, ${failed} of them failed or missed`
  return (
    <span className="strip" role="group" aria-label={label}>
      {newest.toReversed().map((run) => (
        <Link
          key={run.id}
          to="/runs/$run"
          params={{ run: run.id }}
          preload={false}
          tabIndex={-1}
          className="strip-bar"
          data-mood={stateOf(run.state).mood}
          title={`${stateOf(run.state).label}, ${exactTime(run.at)}${run.code === null ? '' : `, ${run.code}`}`}
          aria-label={`${stateOf(run.state).label}, ${exactTime(run.at)}`}
        />
      ))}
    </span>
  )
}
