import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Stream, Tick } from '../../api/resources.ts'
import { Columns } from '../../parts/columns.tsx'
import { plural, span } from '../../parts/amounts.ts'
import { Badge, RunBadge } from '../../parts/badge.tsx'
import { Panel } from '../../parts/panel.tsx'
import { exactTime, timeOfDay } from '../../parts/time.tsx'
import { localDay } from './tick-hours.ts'
import { RunTicks } from './run-ticks.tsx'
import { isLate, moodOf, outcomes, whyOf } from './tick-words.ts'
import { canRun, wishesOf } from './tick-wishes.ts'

/** Entries that are listed. */
const mostListed = 200

interface TickListProps {
  readonly stream: Stream
  readonly ticks: readonly Tick[]
  readonly day: string
}

/** The ticks of a day one by one; those that did not run can be selected, and run after all. */
export function TickList({ stream, ticks, day }: TickListProps) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [asked, setAsked] = useState(false)
  const listed = ticks.slice(0, mostListed)
  const chosen = listed.filter((tick) => canRun(tick) && selected.has(tick.tick))
  const clear = () => setSelected(new Set())
  const toggle = ({ tick }: Tick, on: boolean) => {
    const next = new Set(selected)
    if (on) next.add(tick)
    else next.delete(tick)
    setSelected(next)
  }
  return (
    <>
      <Panel title={ticks.length > mostListed ? `The newest ${mostListed}` : 'One by one'} flush>
        <table className="table">
          <Columns titles={['[Select]', 'Nominal time', 'What became of it', 'Late by', 'Why']} />
          <tbody>
            {listed.map((tick) => (
              <Row
                key={`${tick.tick} ${tick.runId}`}
                tick={tick}
                day={day}
                selected={selected.has(tick.tick)}
                onSelect={(on) => toggle(tick, on)}
              />
            ))}
          </tbody>
        </table>
      </Panel>
      {chosen.length === 0 ? null : (
        <div className="bulk-bar" role="region" aria-label="Selected ticks">
          <span>
            {plural(
              chosen.reduce((sum, { ticks: part }) => sum + part, 0),
              'tick',
            )}{' '}
            selected
          </span>
          <button className="button small" type="button" onClick={() => setAsked(true)}>
            Run them
          </button>
          <button className="button quiet small" type="button" onClick={clear}>
            Clear
          </button>
        </div>
      )}
      {asked ? <RunTicks stream={stream} wishes={wishesOf(chosen)} onClose={() => setAsked(false)} onDone={clear} /> : null}
    </>
  )
}

interface RowProps {
  readonly tick: Tick
  /** The day that is shown: its times need no date. */
  readonly day: string
  readonly selected: boolean
  readonly onSelect: (on: boolean) => void
}

function Row({ tick, day, selected, onSelect }: RowProps) {
  const [time, until] = [exactTime(tick.tick), exactTime(tick.until)]
  const isOneDay = localDay(Date.parse(tick.tick)) === day && localDay(Date.parse(tick.until)) === day
  const shown = isOneDay ? timeOfDay : exactTime
  return (
    <tr>
      <td>
        {canRun(tick) ? (
          <input type="checkbox" aria-label={`Select ${time}`} checked={selected} onChange={({ target }) => onSelect(target.checked)} />
        ) : null}
      </td>
      <td className="number">
        <Link to="/runs/$run" params={{ run: tick.runId }} title={time}>
          {shown(tick.tick)}
        </Link>
        {tick.ticks > 1 ? (
          <span className="muted small" title={until}>
            {' '}
            to {shown(tick.until)}
          </span>
        ) : null}
      </td>
      <td>
        {canRun(tick) ? (
          <Badge mood={moodOf(tick)} label={`${outcomes[tick.outcome]}${tick.ticks > 1 ? `, ${plural(tick.ticks, 'tick')}` : ''}`} />
        ) : (
          <>
            <RunBadge state={tick.state} /> {isLate(tick) ? <Badge mood="warn" label="late" /> : null}
          </>
        )}
      </td>
      <td className="number">{tick.latenessMs === null ? '–' : span(Math.max(0, tick.latenessMs))}</td>
      <td>{whyOf(tick)}</td>
    </tr>
  )
}
