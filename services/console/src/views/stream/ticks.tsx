import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import type { Stream, Tick } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { now } from '../../browser/clock.ts'
import { count, plural } from '../../parts/amounts.ts'
import { AddressField } from '../../parts/address-field.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Empty, Panel } from '../../parts/panel.tsx'
import { dayOf, hoursOf, localDay, type Share, shiftDay } from './tick-hours.ts'
import { RunWindow } from './run-ticks.tsx'
import { TickList } from './tick-list.tsx'
import { moodOf, outcomes } from './tick-words.ts'

const route = getRouteApi('/inside/streams/$stream')
/** Pages of 500 entries that one day reads before it says that there are more. */
const mostPages = 6

/** A day of a stream, hour by hour: which ticks ran, which did not, and why. */
export function Ticks({ stream }: { readonly stream: Stream }) {
  const { day = localDay(now()) } = route.useSearch()
  const { since, until } = dayOf(day)
  const [asked, setAsked] = useState(false)
  const read = useInfiniteQuery(useQueries().ticks(stream.name, since, until))
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = read
  const pages = read.data?.pages.length ?? 0
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && pages < mostPages) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, pages])
  const ticks = useMemo(() => read.data?.pages.flatMap(({ items }) => items), [read.data])
  return (
    <>
      <DayChoice day={day}>
        <button className="button" type="button" onClick={() => setAsked(true)}>
          Run missed ticks
        </button>
      </DayChoice>
      <Loaded read={{ data: ticks, error: read.error, refetch: read.refetch }}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="No tick on this day">
              <p>Ticks are counted from the first start of the stream on. What is not yet due does not stand here.</p>
            </Empty>
          ) : (
            <>
              <Calendar ticks={all} day={day} more={hasNextPage} />
              <TickList key={day} day={day} stream={stream} ticks={all} />
            </>
          )
        }
      </Loaded>
      {asked ? <RunWindow stream={stream} since={since} until={until} onClose={() => setAsked(false)} /> : null}
    </>
  )
}

function DayChoice({ day, children }: { readonly day: string; readonly children: ReactNode }) {
  const navigate = route.useNavigate()
  const go = (to: string) => void navigate({ search: (old) => ({ ...old, day: to }), replace: true })
  return (
    <div className="filters">
      <button className="button" type="button" onClick={() => go(shiftDay(day, -1))}>
        ← Day before
      </button>
      <AddressField type="date" aria-label="Day" value={day} required onValue={(chosen) => (chosen === '' ? undefined : go(chosen))} />
      <button className="button" type="button" onClick={() => go(shiftDay(day, 1))}>
        Day after →
      </button>
      {children}
    </div>
  )
}

function Calendar({ ticks, day, more }: { readonly ticks: readonly Tick[]; readonly day: string; readonly more: boolean }) {
  const hours = useMemo(() => hoursOf(ticks, day), [ticks, day])
  const most = Math.max(...hours.map(({ shares }) => shares.reduce((sum, { ticks: part }) => sum + part, 0)), 1)
  return (
    <Panel title="Hour by hour" beside={<Legend />}>
      {more ? <p className="muted small">Only the newest {count(ticks.length)} entries of the day.</p> : null}
      <ol className="hours">
        {hours.map(({ hour, shares }) => (
          <li key={hour}>
            <span className="muted small number">{String(hour).padStart(2, '0')}</span>
            <span className="hour" role="img" aria-label={spoken(hour, shares)}>
              {shares.map(({ mood, what, ticks: part }) => (
                <span key={what} data-mood={mood} title={`${plural(part, 'tick')}: ${what}`} style={{ width: `${(part / most) * 100}%` }} />
              ))}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  )
}

const spoken = (hour: number, shares: readonly Share[]): string =>
  `${hour} o’clock: ${shares.length === 0 ? 'nothing due' : shares.map(({ what, ticks }) => `${plural(ticks, 'tick')} ${what}`).join(', ')}`

function Legend() {
  return (
    <div className="acts">
      {(['ran', 'inProgress', 'skipped', 'missed'] as const).map((outcome) => (
        <Badge key={outcome} mood={moodOf({ outcome, state: 'succeeded' })} label={outcomes[outcome]} />
      ))}
      <Badge mood="warn" label="ran late" />
      <Badge mood="bad" label="ran and failed" />
    </div>
  )
}
