import { Link } from '@tanstack/react-router'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Stream } from '../../api/resources.ts'
import { plural } from '../../parts/amounts.ts'
import { Badge, DesiredBadge, RunBadge } from '../../parts/badge.tsx'
import { RunStrip } from '../../parts/run-strip.tsx'
import { scheduleText } from '../../parts/schedule.ts'
import { Time } from '../../parts/time.tsx'

/** Height of a row, pixels; narrow screens wrap a row, and it is measured. */
const rowHeight = 46

interface StreamTableProps {
  readonly streams: readonly Stream[]
  /** Names, or all that fit. */
  readonly selected: ReadonlySet<string> | 'all'
  readonly onSelect: (selected: ReadonlySet<string>) => void
  /** The last row that was read is seen. */
  readonly onEnd: () => void
}

/** Only the rows that can be seen are there, so thousands of streams scroll like ten. */
export function StreamTable({ streams, selected, onSelect, onEnd }: StreamTableProps) {
  const body = useRef<HTMLDivElement>(null)
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => setOffset((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY), [])
  const rows = useWindowVirtualizer({ count: streams.length, estimateSize: () => rowHeight, overscan: 6, scrollMargin: offset })
  const seen = rows.getVirtualItems()
  const atEnd = (seen.at(-1)?.index ?? 0) >= streams.length - 1
  useEffect(() => {
    if (atEnd) onEnd()
  }, [atEnd, onEnd])
  const isSelected = (name: string) => selected === 'all' || selected.has(name)
  const allSelected = streams.every(({ name }) => isSelected(name))
  const toggle = (name: string) => {
    const next = new Set(selected === 'all' ? streams.map((stream) => stream.name) : selected)
    if (!next.delete(name)) next.add(name)
    onSelect(next)
  }
  return (
    <div className="grid-table" role="table" aria-label="Streams" aria-rowcount={streams.length + 1}>
      <div role="rowgroup">
        <div role="row" className="grid-row grid-head" aria-rowindex={1}>
          <span role="columnheader">
            <input
              type="checkbox"
              aria-label="Select all streams that are shown"
              checked={allSelected}
              onChange={() => onSelect(allSelected ? new Set() : new Set(streams.map(({ name }) => name)))}
            />
          </span>
          {['Stream', 'State', 'Last runs', 'Good data', 'Next tick', 'Version'].map((title) => (
            <span key={title} role="columnheader">
              {title}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" ref={body} className="grid-body" style={{ height: rows.getTotalSize() }}>
        {seen.map(({ index, start, key }) => {
          const stream = streams[index]
          if (stream === undefined) return null
          return (
            <div
              key={key}
              ref={rows.measureElement}
              data-index={index}
              role="row"
              aria-rowindex={index + 2}
              className="grid-row"
              style={{ transform: `translateY(${start - offset}px)` }}
            >
              <span role="cell">
                <input
                  type="checkbox"
                  aria-label={`Select ${stream.name}`}
                  checked={isSelected(stream.name)}
                  onChange={() => toggle(stream.name)}
                />
              </span>
              <Cells stream={stream} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

function Cells({ stream }: { readonly stream: Stream }) {
  const { late, failures, lastRuns = [] } = stream
  return (
    <>
      <span role="cell" className="grid-name">
        <Link to="/streams/$stream" params={{ stream: stream.name }} search={{}}>
          {stream.name}
        </Link>
        <span className="muted small">
          {stream.adapter}, {scheduleText(stream.schedule)}
        </span>
      </span>
      <span role="cell" className="grid-badges">
        <DesiredBadge state={stream.desired} />
        {late ? <Badge mood="warn" label="late" title="Its data are older than it allows, or its ticks wait or are missed." /> : null}
        {failures > 0 ? <Badge mood="bad" label="failing" title={`Its last ${plural(failures, 'run')} failed.`} /> : null}
        {failures === 0 && lastRuns[0] !== undefined ? <RunBadge state={lastRuns[0].state} /> : null}
      </span>
      <span role="cell">
        <RunStrip runs={lastRuns} />
      </span>
      <span role="cell" className="small">
        <Time at={stream.freshness.goodAt} />
      </span>
      <span role="cell" className="small">
        <Time at={stream.desired === 'started' ? stream.nextTickAt : null} />
      </span>
      <span role="cell" className="number small">
        {stream.version}
      </span>
    </>
  )
}
